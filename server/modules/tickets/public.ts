export { accentOf, type Accent } from './accent.ts'
export { admitTickets, findTicketsForScan, voidTickets, type AdmissionClaim } from './admit-tickets.ts'
export { ensureEventKey, isSignedWith, verifierOf } from './event-key.ts'
export { ensureTickets, type EnsureDeps } from './ensure-tickets.ts'
export { ticketsIssued, type TicketsIssued } from './events.ts'
export { issueTickets, type IssueDeps, type ReadOrders } from './issue-tickets.ts'
export {
  calendarEntry,
  readOrderWithTickets,
  ticketsFile,
  ticketViews,
  type DocumentDeps,
  type OrderFile,
  type OrderWithTickets,
  type TicketView,
} from './order-documents.ts'
export { ticketsProblems } from './problems.ts'
export { ticketsRoutes, type TicketsRoutesDeps } from './routes.ts'
export { codeOf, codesOf } from './ticket-codes.ts'
export { readTicketsOfOrders as ticketsOfOrders, tallyByType, type TypeTally } from './ticket-store.ts'
export { languageOf, placeOf, timesOf, type Language } from './ticket-words.ts'
export {
  admissionWindow,
  isPaid,
  ticketMachine,
  ticketsMachines,
  type EventId,
  type EventOnTicket,
  type OrderForTickets,
  type OrderId,
  type Ticket,
  type TicketId,
  type TicketState,
  type TicketTypeId,
  type VenueOnTicket,
} from './ticket.ts'
