import { z } from 'zod'
import type { Id, OrgId } from '#platform/ids'
import type { Rounding } from '#platform/money'
import type { Machine, NamedMachine } from '#platform/state-machine'

export type EventId = Id<'evt'>
export type VenueId = Id<'ven'>
export type TicketTypeId = Id<'tty'>
export type TermsId = Id<'trm'>
export type RefundPolicyId = Id<'rfp'>

export type EventState = 'draft' | 'published' | 'cancelled'
export type EventAction = 'publish' | 'cancel'

/** A cancelled event never comes back: buyers were told, and their money is on its way. */
export const eventMachine = {
  draft: { publish: 'published' },
  published: { cancel: 'cancelled' },
  cancelled: {},
} satisfies Machine<EventState, EventAction>

export const catalogMachines: NamedMachine[] = [{ table: 'catalog.event', machine: eventMachine }]

export interface Venue {
  id: VenueId
  name: string
  addressLines: string[]
  city: string
  postalCode: string | null
  /** ISO 3166-1 alpha-2. */
  country: string
  latitude: number | null
  longitude: number | null
}

export interface TicketType {
  id: TicketTypeId
  name: string
  description: string
  kind: 'paid' | 'free'
  /** What the organiser asks for one, in minor units of the event's currency; fees and taxes follow from the rules. */
  facePrice: number
  saleStartsAt: Date | null
  saleEndsAt: Date | null
  /** When selling ends for good: the end of the sale window, and at the latest the end of the event. */
  closesAt: Date
  minPerOrder: number
  maxPerOrder: number
  /** How many people one ticket lets in. */
  admits: number
  position: number
}

export interface FeeRule {
  /** Whom the fee belongs to. */
  party: 'platform' | 'organiser'
  label: string
  /** Minor units for each ticket. */
  fixed: number
  /** A share of the face price, in parts per million. */
  ppm: number
  /** Passed on: the buyer pays it on top of the price. Absorbed: it comes out of the organiser's share. */
  bearing: 'passed_on' | 'absorbed'
}

export interface TaxRate {
  name: string
  jurisdiction: string
  /** Parts per million: 190,000 is 19 per cent. */
  ppm: number
  /** True when prices already contain it. */
  inclusive: boolean
  appliesToFees: boolean
}

export interface Terms {
  id: TermsId
  version: number
  text: string
}

export interface RefundPolicy {
  id: RefundPolicyId
  version: number
  kind: 'none' | 'until' | 'always'
  hoursBeforeStart: number | null
  /** The last moment of a refund on request; only where the kind is `until`. */
  until: Date | null
  keepsFees: boolean
  text: string
}

export interface EventOrganiser {
  id: OrgId
  slug: string
  name: string
  about: string
  accentColor: string | null
  websiteUrl: string | null
  locale: 'en' | 'de'
}

/** Everything that selling one event depends on, read at once. */
export interface EventForSale {
  id: EventId
  orgId: OrgId
  slug: string
  name: string
  summary: string
  description: string
  imageUrl: string | null
  state: EventState
  timeZone: string
  doorsAt: Date | null
  startsAt: Date
  endsAt: Date
  currency: string
  venue: Venue | null
  organiser: EventOrganiser
  /** Null only while the event is a draft. */
  terms: Terms | null
  refundPolicy: RefundPolicy | null
  /** In the order in which they are shown. */
  ticketTypes: TicketType[]
  fees: FeeRule[]
  taxes: TaxRate[]
  rounding: Rounding
}

/** Whether a ticket type can be bought at a time, as far as its window goes. The first instant counts, the last does not. */
export function saleWindowOf(
  type: Pick<TicketType, 'saleStartsAt' | 'closesAt'>,
  now: Date,
): 'not_yet' | 'on_sale' | 'ended' {
  if (now >= type.closesAt) return 'ended'
  if (type.saleStartsAt !== null && now < type.saleStartsAt) return 'not_yet'
  return 'on_sale'
}

/** When selling ends: the window's own end, but never after the event. */
export function closingTime(saleEndsAt: Date | null, eventEndsAt: Date): Date {
  return saleEndsAt !== null && saleEndsAt < eventEndsAt ? saleEndsAt : eventEndsAt
}

const hour = 3_600_000

export function refundsUntil(
  policy: { kind: string; hoursBeforeStart: number | null },
  startsAt: Date,
): Date | null {
  return policy.kind === 'until' ? new Date(startsAt.getTime() - (policy.hoursBeforeStart ?? 0) * hour) : null
}

/** The currencies that this machine can write; ISO 4217 codes. */
const currencies = new Set(Intl.supportedValuesOf('currency'))

export const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be three capital letters')
  .refine((code) => currencies.has(code), 'is not a currency in use (ISO 4217)')

/** A zone of the time zone database, or one of its links, spelt as it is there. `UTC` is one. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are accepted by Intl but know no summer time; a place does.
  if (!/^[A-Za-z][A-Za-z0-9+\-_/]*$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export const timeZoneName = z.string().max(64).refine(isTimeZone, 'is not a time zone (such as Europe/Rome)')
