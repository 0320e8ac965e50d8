import { z } from 'zod'
import { holdsCardNumber } from '#platform/card-number'
import { humanText } from '#platform/http'
import { idOf } from '#platform/ids'
import { currencyCode, timeZoneName } from './event.ts'

/** A moment between 2000 and 2100, with its offset: outside of that it is a slip of the keyboard. */
export const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((at) => at.getUTCFullYear() >= 2000 && at.getUTCFullYear() < 2100, 'must be between 2000 and 2100')

const webAddress = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine(
    (text) => text.isWellFormed() && !/[\s\p{Cc}]/u.test(text) && /^https?:\/\//.test(text),
    'must be a web address',
  )

export const slugField = z
  .string()
  .min(1)
  .max(80)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'may have small letters, digits and single hyphens between them')
  .refine((text) => !holdsCardNumber(text), 'looks like the number of a card')

/** Without these, addresses of pages under an organiser would mean two things. */
const reservedSlugs = new Set(['checkout'])

const venueShape = {
  name: humanText({ max: 200 }),
  addressLines: z.array(humanText({ max: 200 })).max(5),
  city: humanText({ max: 100 }),
  postalCode: humanText({ max: 20 }).nullable(),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be two capital letters (ISO 3166)'),
  latitude: z.number().min(-90).max(90).nullable(),
  longitude: z.number().min(-180).max(180).nullable(),
}

export const newVenueInput = z.strictObject({
  ...venueShape,
  addressLines: venueShape.addressLines.default([]),
  postalCode: venueShape.postalCode.default(null),
  latitude: venueShape.latitude.default(null),
  longitude: venueShape.longitude.default(null),
})
export const venueChange = z.strictObject(venueShape).partial()

const eventShape = {
  slug: slugField.refine((slug) => !reservedSlugs.has(slug), 'is reserved'),
  name: humanText({ max: 200 }),
  summary: humanText({ min: 0, max: 300 }),
  description: humanText({ min: 0, max: 20_000, lines: true }),
  imageUrl: webAddress.nullable(),
  venueId: idOf('ven').nullable(),
  timeZone: timeZoneName,
  doorsAt: moment.nullable(),
  startsAt: moment,
  endsAt: moment,
  currency: currencyCode,
}

export const newEventInput = z.strictObject({
  ...eventShape,
  slug: eventShape.slug.optional(),
  summary: eventShape.summary.default(''),
  description: eventShape.description.default(''),
  imageUrl: eventShape.imageUrl.default(null),
  venueId: eventShape.venueId.default(null),
  doorsAt: eventShape.doorsAt.default(null),
  currency: eventShape.currency.optional(),
})
export const eventChange = z
  .strictObject({ ...eventShape, termsId: idOf('trm'), refundPolicyId: idOf('rfp') })
  .partial()

const ticketTypeShape = {
  name: humanText({ max: 100 }),
  description: humanText({ min: 0, max: 1000, lines: true }),
  kind: z.enum(['paid', 'free']),
  price: z
    .number()
    .int()
    .min(0)
    .max(99_999_999)
    .describe('for one, in minor units of the currency of the event, before fees'),
  saleStartsAt: moment.nullable(),
  saleEndsAt: moment.nullable(),
  minPerOrder: z.number().int().min(1).max(100),
  maxPerOrder: z.number().int().min(1).max(100),
  admits: z.number().int().min(1).max(100),
  position: z.number().int().min(0).max(10_000),
}

export const newTicketTypeInput = z.strictObject({
  ...ticketTypeShape,
  description: ticketTypeShape.description.default(''),
  saleStartsAt: ticketTypeShape.saleStartsAt.default(null),
  saleEndsAt: ticketTypeShape.saleEndsAt.default(null),
  minPerOrder: ticketTypeShape.minPerOrder.default(1),
  maxPerOrder: ticketTypeShape.maxPerOrder.default(10),
  admits: ticketTypeShape.admits.default(1),
  position: ticketTypeShape.position.optional(),
})
export const ticketTypeChange = z.strictObject(ticketTypeShape).partial()

export const taxRateInput = z.strictObject({
  name: humanText({ max: 60 }),
  jurisdiction: z
    .string()
    .min(2)
    .max(20)
    .regex(/^[A-Z0-9]+(-[A-Z0-9]+)*$/, 'must be a code such as DE or US-NY')
    .refine((text) => !holdsCardNumber(text), 'looks like the number of a card'),
  ppm: z.number().int().min(1).max(1_000_000).describe('parts per million: 190000 is 19 per cent'),
  inclusive: z.boolean().describe('true when prices contain it already'),
  appliesToFees: z.boolean(),
})

export const taxRatesInput = z.strictObject({ rates: z.array(taxRateInput).max(10) })

export const feeRuleInput = z
  .strictObject({
    label: humanText({ max: 60 }),
    fixed: z.number().int().min(0).max(9_999_999).describe('minor units for each ticket'),
    ppm: z.number().int().min(0).max(1_000_000).describe('share of the price, in parts per million'),
    bearing: z.enum(['passed_on', 'absorbed']),
  })
  .refine((rule) => rule.fixed > 0 || rule.ppm > 0, 'must be a fixed amount, a share, or both')

export const feesInput = z.strictObject({
  currency: currencyCode.nullable(),
  rules: z.array(feeRuleInput).max(5),
})
/** Null gives the event back to the organisation's rules. */
export const eventFeesInput = z.strictObject({ rules: z.array(feeRuleInput).max(5).nullable() })

/** Who moves on to the new version: all events that had the one before, or only those not yet published. */
export const termsInput = z.strictObject({ text: humanText({ max: 50_000, lines: true }) })

export const refundPolicyInput = z
  .strictObject({
    kind: z.enum(['none', 'until', 'always']),
    hoursBeforeStart: z.number().int().min(0).max(8760).nullable().default(null),
    keepsFees: z.boolean().default(false),
    text: humanText({ max: 20_000, lines: true }),
  })
  .refine((policy) => (policy.kind === 'until') === (policy.hoursBeforeStart !== null), {
    path: ['hoursBeforeStart'],
    message: 'belongs to the kind "until", and only to it',
  })

export const cancelInput = z.strictObject({ reason: humanText({ max: 500 }).optional() })

type Values<S extends z.ZodType> = z.output<S>
/** What an operation is given, after the defaults. */
export type NewVenue = z.input<typeof newVenueInput>
export type VenueChange = Values<typeof venueChange>
export type NewEvent = Omit<z.input<typeof newEventInput>, 'startsAt' | 'endsAt' | 'doorsAt' | 'venueId'> &
  Pick<Values<typeof newEventInput>, 'startsAt' | 'endsAt'> &
  Partial<Pick<Values<typeof newEventInput>, 'doorsAt' | 'venueId'>>
export type EventChange = Values<typeof eventChange>
export type NewTicketType = Omit<z.input<typeof newTicketTypeInput>, 'saleStartsAt' | 'saleEndsAt'> &
  Partial<Pick<Values<typeof newTicketTypeInput>, 'saleStartsAt' | 'saleEndsAt'>>
export type TicketTypeChange = Values<typeof ticketTypeChange>
export type NewRefundPolicy = z.input<typeof refundPolicyInput>
