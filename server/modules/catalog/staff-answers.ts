import { z } from 'zod'
import { moneyAnswer, timeAnswer } from '#platform/http'
import { idAnswer, publicId } from '#platform/ids'
import { eventsFrom } from '#platform/state-machine'
import type { EventListing, EventRow, TicketTypeRow } from './catalog-store.ts'
import { eventMachine, type EventForSale, type RefundPolicy, type Terms, type Venue } from './event.ts'
import { priceUnit } from './price-basket.ts'
import type { FeeRow, PolicyRow, Published } from './rules-store.ts'

export const venueAnswer = z.object({
  id: idAnswer('ven'),
  name: z.string(),
  addressLines: z.array(z.string()),
  city: z.string(),
  postalCode: z.string().nullable(),
  country: z.string(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
})

export const eventStaffAnswer = z.object({
  id: idAnswer('evt'),
  slug: z.string(),
  name: z.string(),
  summary: z.string(),
  imageUrl: z.string().nullable(),
  startsAt: timeAnswer,
  endsAt: timeAnswer,
  doorsAt: timeAnswer.nullable(),
  timeZone: z.string(),
  currency: z.string(),
  state: z.enum(['draft', 'published', 'cancelled']),
  allowedActions: z.array(z.enum(['publish', 'cancel'])),
  publishedAt: timeAnswer.nullable(),
  cancelledAt: timeAnswer.nullable(),
  venue: z.object({ id: idAnswer('ven'), name: z.string(), city: z.string() }).nullable(),
})

export const ticketTypeStaffAnswer = z.object({
  id: idAnswer('tty'),
  name: z.string(),
  description: z.string(),
  kind: z.enum(['paid', 'free']),
  price: moneyAnswer.describe('for one, before fees and taxes on top'),
  buyerPays: moneyAnswer.describe('for one, with everything'),
  organiserReceives: moneyAnswer.describe('for one, before the costs of payment'),
  saleStartsAt: timeAnswer.nullable(),
  saleEndsAt: timeAnswer.nullable(),
  minPerOrder: z.number().int(),
  maxPerOrder: z.number().int(),
  admits: z.number().int(),
  position: z.number().int(),
})

export const feeRuleAnswer = z.object({
  party: z.enum(['platform', 'organiser']),
  label: z.string(),
  fixed: z.number().int(),
  ppm: z.number().int(),
  bearing: z.enum(['passed_on', 'absorbed']),
})
export const defaultFeeAnswer = feeRuleAnswer.extend({ currency: z.string().nullable() })

export const taxRateAnswer = z.object({
  name: z.string(),
  jurisdiction: z.string(),
  ppm: z.number().int(),
  inclusive: z.boolean(),
  appliesToFees: z.boolean(),
})

const publishedShape = { publishedAt: timeAnswer, publishedBy: z.string() }
const termsShape = { id: idAnswer('trm'), version: z.number().int(), text: z.string() }
const policyShape = {
  id: idAnswer('rfp'),
  version: z.number().int(),
  kind: z.enum(['none', 'until', 'always']),
  hoursBeforeStart: z.number().int().nullable(),
  keepsFees: z.boolean(),
  text: z.string(),
}
export const termsAnswer = z.object({ ...termsShape, ...publishedShape })
export const policyAnswer = z.object({ ...policyShape, ...publishedShape })

export const eventDetailAnswer = eventStaffAnswer.extend({
  description: z.string(),
  venue: venueAnswer.nullable(),
  terms: z.object(termsShape).nullable(),
  refundPolicy: z.object({ ...policyShape, until: timeAnswer.nullable() }).nullable(),
  ticketTypes: z.array(ticketTypeStaffAnswer),
  fees: z.array(feeRuleAnswer).describe('those in force'),
  ownFees: z.object({ platform: z.boolean(), organiser: z.boolean() }),
  taxes: z.array(taxRateAnswer),
})

export const iso = (at: Date): string => at.toISOString()
export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null

export function shapeVenue(venue: Venue): z.infer<typeof venueAnswer> {
  return { ...venue, id: publicId('ven', venue.id) }
}

function shapeRow(event: EventRow): Omit<z.infer<typeof eventStaffAnswer>, 'venue'> {
  return {
    id: publicId('evt', event.id),
    slug: event.slug,
    name: event.name,
    summary: event.summary,
    imageUrl: event.imageUrl,
    startsAt: iso(event.startsAt),
    endsAt: iso(event.endsAt),
    doorsAt: isoOrNull(event.doorsAt),
    timeZone: event.timeZone,
    currency: event.currency,
    state: event.state,
    allowedActions: eventsFrom(eventMachine, event.state),
    publishedAt: isoOrNull(event.publishedAt),
    cancelledAt: isoOrNull(event.cancelledAt),
  }
}

export function shapeListing(event: EventListing): z.infer<typeof eventStaffAnswer> {
  const venue =
    event.venueId === null
      ? null
      : { id: publicId('ven', event.venueId), name: event.venueName ?? '', city: event.venueCity ?? '' }
  return { ...shapeRow(event), venue }
}

type Rules = Pick<EventForSale, 'currency' | 'fees' | 'taxes' | 'rounding'>

export function shapeTicketType(rules: Rules, type: TicketTypeRow): z.infer<typeof ticketTypeStaffAnswer> {
  const unit = priceUnit(rules, type.facePrice)
  const money = (amount: number) => ({ amount, currency: rules.currency })
  return {
    id: publicId('tty', type.id),
    name: type.name,
    description: type.description,
    kind: type.kind,
    price: money(type.facePrice),
    buyerPays: money(unit.total),
    organiserReceives: money(unit.split.organiser),
    saleStartsAt: isoOrNull(type.saleStartsAt),
    saleEndsAt: isoOrNull(type.saleEndsAt),
    minPerOrder: type.minPerOrder,
    maxPerOrder: type.maxPerOrder,
    admits: type.admits,
    position: type.position,
  }
}

export function shapeDetail(row: EventRow, event: EventForSale): z.infer<typeof eventDetailAnswer> {
  return {
    ...shapeRow(row),
    description: event.description,
    venue: event.venue && shapeVenue(event.venue),
    terms: event.terms && {
      id: publicId('trm', event.terms.id),
      version: event.terms.version,
      text: event.terms.text,
    },
    refundPolicy: event.refundPolicy && shapePolicyOfEvent(event.refundPolicy),
    ticketTypes: event.ticketTypes.map((type) => shapeTicketType(event, type)),
    fees: event.fees,
    ownFees: { platform: row.ownPlatformFees, organiser: row.ownOrganiserFees },
    taxes: event.taxes,
  }
}

function shapePolicyOfEvent(policy: RefundPolicy) {
  return { ...shapePolicyTerms(policy), until: isoOrNull(policy.until) }
}

function shapePolicyTerms({ id, version, kind, hoursBeforeStart, keepsFees, text }: PolicyRow) {
  return { id: publicId('rfp', id), version, kind, hoursBeforeStart, keepsFees, text }
}

export function shapePolicy(policy: PolicyRow & Published): z.infer<typeof policyAnswer> {
  return {
    ...shapePolicyTerms(policy),
    publishedAt: iso(policy.publishedAt),
    publishedBy: policy.publishedBy,
  }
}

export function shapeTerms(terms: Terms & Published): z.infer<typeof termsAnswer> {
  const { id, version, text, publishedAt, publishedBy } = terms
  return { id: publicId('trm', id), version, text, publishedAt: iso(publishedAt), publishedBy }
}

export function shapeDefaultFee({
  party,
  label,
  fixed,
  ppm,
  bearing,
  currency,
}: FeeRow): z.infer<typeof defaultFeeAnswer> {
  return { party, label, fixed, ppm, bearing, currency }
}
