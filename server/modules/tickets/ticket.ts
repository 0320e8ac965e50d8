import type { Id, OrgId } from '#platform/ids'
import type { Machine, NamedMachine } from '#platform/state-machine'

export type TicketId = Id<'tkt'>
export type EventId = Id<'evt'>
export type OrderId = Id<'ord'>
export type TicketTypeId = Id<'tty'>

export type TicketState = 'valid' | 'void' | 'refunded'
type TicketEvent = 'void' | 'reinstate' | 'refund'

/** A ticket is void before its money moves, so that nobody can be refunded and admitted; it comes back only if the refund was refused for good. */
export const ticketMachine = {
  valid: { void: 'void', refund: 'refunded' },
  void: { reinstate: 'valid', refund: 'refunded' },
  refunded: {}, // the money went back
} satisfies Machine<TicketState, TicketEvent>

export const ticketsMachines: NamedMachine[] = [{ table: 'tickets.ticket', machine: ticketMachine }]

/** The right of one holder to be admitted, `admits` times. */
export interface Ticket {
  orgId: OrgId
  id: TicketId
  eventId: EventId
  orderId: OrderId
  /** Which line of the order, and which of that line's pieces. */
  lineNo: number
  seq: number
  /** Counted per event from 1 without gaps. */
  serial: number
  ticketTypeId: TicketTypeId
  typeName: string
  generation: number
  state: TicketState
  admits: number
  admitted: number
  holderName: string
  issuedAt: Date
}

/** What tickets need to know of an order: what `readOrders` of the orders module gives. */
export interface OrderForTickets {
  id: OrderId
  number: string
  eventId: EventId
  buyerName: string
  buyerEmail: string
  locale: string
  state: string
  currency: string
  total: number
  guestGeneration: number
  lines: readonly {
    lineNo: number
    ticketTypeId: TicketTypeId
    name: string
    quantity: number
    admits: number
  }[]
}

/** What is printed on a ticket and decides when it is valid: what the catalogue's event for sale gives. */
export interface EventOnTicket {
  id: EventId
  orgId: OrgId
  slug: string
  name: string
  summary: string
  state: string
  timeZone: string
  doorsAt: Date | null
  startsAt: Date
  endsAt: Date
  venue: VenueOnTicket | null
  organiser: { slug: string; name: string; accentColor: string | null; websiteUrl: string | null }
}

export interface VenueOnTicket {
  name: string
  addressLines: readonly string[]
  city: string
  postalCode: string | null
  country: string
  latitude: number | null
  longitude: number | null
}

/** The states of an order whose tickets exist. */
const paidStates: readonly string[] = ['paid', 'partially_refunded']

export function isPaid(order: Pick<OrderForTickets, 'state'>): boolean {
  return paidStates.includes(order.state)
}

const minute = 60_000

/**
 * When the doors let in: from half an hour before the doors open (two hours before the start where no time for doors is
 * given), so that the first in line is not refused, until two hours after the end, so that a long night stays open.
 */
export function admissionWindow(event: Pick<EventOnTicket, 'doorsAt' | 'startsAt' | 'endsAt'>): {
  from: Date
  until: Date
} {
  const from = event.doorsAt ? event.doorsAt.getTime() - 30 * minute : event.startsAt.getTime() - 120 * minute
  return { from: new Date(from), until: new Date(event.endsAt.getTime() + 120 * minute) }
}
