import { z } from 'zod'
import { moneyAnswer, timeAnswer } from '#platform/http'
import { idAnswer } from '#platform/ids'

const organiserShape = {
  id: idAnswer('org'),
  slug: z.string(),
  name: z.string(),
  about: z.string(),
  accentColor: z.string().nullable().describe('like #0f766e'),
}
const band = z.enum(['many', 'few', 'last', 'none'])

export const organiserListAnswer = z.object({ items: z.array(z.object(organiserShape)) })

export const organiserPageAnswer = z.object({
  ...organiserShape,
  websiteUrl: z.string().nullable(),
  locale: z.enum(['en', 'de']),
  testMode: z.boolean(),
  events: z.array(
    z.object({
      id: idAnswer('evt'),
      slug: z.string(),
      name: z.string(),
      summary: z.string(),
      imageUrl: z.string().nullable(),
      startsAt: timeAnswer,
      endsAt: timeAnswer,
      doorsAt: timeAnswer.nullable(),
      timeZone: z.string(),
      state: z.enum(['published', 'cancelled']),
      venue: z.object({ name: z.string(), city: z.string(), country: z.string() }).nullable(),
      priceFrom: moneyAnswer.nullable(),
      availability: z.object({ band }),
    }),
  ),
})

const saleState = z.enum(['not_yet', 'on_sale', 'ended', 'sold_out'])
const availability = z.object({
  band,
  left: z.number().int().nullable().describe('a number only where the band is `last`: 1 to 5'),
})

export const eventPageAnswer = z.object({
  id: idAnswer('evt'),
  slug: z.string(),
  name: z.string(),
  summary: z.string(),
  description: z.string().describe('plain text; an empty line separates paragraphs'),
  imageUrl: z.string().nullable(),
  state: z.enum(['published', 'cancelled']),
  timeZone: z.string(),
  doorsAt: timeAnswer.nullable(),
  startsAt: timeAnswer,
  endsAt: timeAnswer,
  currency: z.string(),
  testMode: z.boolean(),
  organiser: z.object({ ...organiserShape, websiteUrl: z.string().nullable() }),
  venue: z
    .object({
      name: z.string(),
      addressLines: z.array(z.string()),
      city: z.string(),
      postalCode: z.string().nullable(),
      country: z.string(),
      latitude: z.number().nullable(),
      longitude: z.number().nullable(),
    })
    .nullable(),
  ticketTypes: z.array(
    z.object({
      id: idAnswer('tty'),
      name: z.string(),
      description: z.string(),
      kind: z.enum(['paid', 'free']),
      price: moneyAnswer.describe('for one, with everything'),
      breakdown: z.object({
        face: moneyAnswer,
        fees: moneyAnswer,
        tax: moneyAnswer,
        taxIncluded: z
          .boolean()
          .describe('true when `face` and `fees` contain it; else it comes on top of them'),
      }),
      saleState,
      saleStartsAt: timeAnswer.nullable(),
      saleEndsAt: timeAnswer.nullable(),
      minPerOrder: z.number().int(),
      maxPerOrder: z.number().int(),
      availability,
    }),
  ),
  priceFrom: moneyAnswer.nullable(),
  terms: z.object({ version: z.number().int(), text: z.string() }),
  refundPolicy: z.object({
    version: z.number().int(),
    kind: z.enum(['none', 'until', 'always']),
    until: timeAnswer.nullable(),
    keepsFees: z.boolean(),
    text: z.string(),
  }),
})

export const liveAnswer = z.object({
  ticketTypes: z.array(z.object({ id: idAnswer('tty'), saleState, availability })),
})

export const quoteAnswer = z.object({
  currency: z.string(),
  lines: z.array(
    z.object({
      ticketTypeId: idAnswer('tty'),
      name: z.string(),
      quantity: z.number().int(),
      unitPrice: moneyAnswer,
      total: moneyAnswer,
      parts: z.array(
        z.object({
          kind: z.enum(['face', 'fee', 'tax']),
          label: z.string(),
          amount: moneyAnswer.describe('for the whole line'),
          included: z.boolean().describe('true when the prices above contain it already'),
        }),
      ),
    }),
  ),
  subtotal: moneyAnswer.describe('face prices'),
  fees: moneyAnswer,
  tax: moneyAnswer.describe('all tax, also that which prices contain'),
  total: moneyAnswer,
})

export type OrganiserList = z.infer<typeof organiserListAnswer>
export type OrganiserPage = z.infer<typeof organiserPageAnswer>
export type EventPage = z.infer<typeof eventPageAnswer>
export type LiveMessage = z.infer<typeof liveAnswer>
export type Quote = z.infer<typeof quoteAnswer>
