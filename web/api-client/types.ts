import type { paths } from './generated.ts'

// The names the apps use, taken from the addresses, so that they do not depend on how the generator
// names its schemas.
type Ok<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: { 200: { content: { 'application/json': infer T } } }
}
  ? T
  : never

export type OrganiserList = Ok<'/v1/organisers', 'get'>
export type OrganiserPage = Ok<'/v1/organisers/{slug}', 'get'>
export type OrganiserEvent = OrganiserPage['events'][number]
export type EventPage = Ok<'/v1/organisers/{slug}/events/{eventSlug}', 'get'>
export type TicketType = EventPage['ticketTypes'][number]
export type Availability = TicketType['availability']
export type Venue = NonNullable<EventPage['venue']>
export type Money = TicketType['price']
export type Quote = Ok<'/v1/events/{eventId}/quote', 'post'>
export type QuoteLine = Quote['lines'][number]
export type Hold = Ok<'/v1/events/{eventId}/holds/{holdId}', 'get'>
export type BasketLine = Hold['lines'][number]
export type Order = Ok<'/v1/orders/{orderId}', 'get'>
export type Ticket = Order['tickets'][number]
export type Me = Ok<'/v1/me', 'get'>
export type Membership = Me['memberships'][number]
export type StaffEvent = Ok<'/v1/organisations/{orgId}/events', 'get'>['items'][number]
export type ScanAnswer = Ok<'/v1/organisations/{orgId}/events/{eventId}/scans', 'post'>
export type AdmissionCounts = Ok<'/v1/organisations/{orgId}/events/{eventId}/admission-counts', 'get'>
