export {
  announceEvent,
  catalogChangedChannel,
  forgetOrganisation,
  readCatalogChange,
  type CatalogChange,
} from './announce-change.ts'
export { cancelEvent } from './cancel-event.ts'
export { changeEvent } from './change-event.ts'
export { changeTicketType } from './change-ticket-type.ts'
export { changeVenue } from './change-venue.ts'
export { createEvent } from './create-event.ts'
export { createTicketType } from './create-ticket-type.ts'
export { createVenue } from './create-venue.ts'
export {
  catalogMachines,
  eventMachine,
  saleWindowOf,
  type EventForSale,
  type EventId,
  type EventOrganiser,
  type EventState,
  type FeeRule,
  type RefundPolicy,
  type RefundPolicyId,
  type TaxRate,
  type Terms,
  type TermsId,
  type TicketType,
  type TicketTypeId,
  type Venue,
  type VenueId,
} from './event.ts'
export { eventCancelled, eventChanged, eventPublished } from './events.ts'
export { findEventForSale, findPublicEventId, listPublicEvents, listUpcomingEvents } from './find-event.ts'
export {
  priceBasket,
  priceUnit,
  type Basket,
  type BasketLine,
  type PricedLine,
  type PricedUnit,
  type PricePart,
  type PriceRules,
  type Split,
} from './price-basket.ts'
export { catalogProblems } from './problems.ts'
export { publishEvent, type PublishCheck } from './publish-event.ts'
export { publishRefundPolicy } from './publish-refund-policy.ts'
export { publishTerms } from './publish-terms.ts'
export { stateOfEvent } from './catalog-store.ts'
export { readEventForSale } from './read-event-for-sale.ts'
export { catalogRoutes } from './routes.ts'
export type { CatalogDeps } from './staff-access.ts'
export { setEventFees, setFees, type NewFee } from './set-fees.ts'
export { setTaxRates } from './set-tax-rates.ts'
