import { z } from 'zod'
import { moneyAnswer, timeAnswer } from '#platform/http'
import { idAnswer, publicId } from '#platform/ids'
import type { EventForSale } from '#modules/catalog'
import type { Payment } from '#modules/payments'
import { buyerActions, type Order } from './order.ts'

/** A ticket as the buyer sees it; the module above gives these. */
export const ticketAnswer = z.object({
  id: idAnswer('tkt'),
  serial: z.int(),
  ticketTypeName: z.string(),
  holderName: z.string(),
  state: z.enum(['valid', 'void', 'refunded']),
  code: z.string().describe('what the QR code shows'),
  admits: z.int(),
  admitted: z.int(),
})
export type TicketAnswer = z.infer<typeof ticketAnswer>

const venueAnswer = z.object({
  name: z.string(),
  addressLines: z.array(z.string()),
  city: z.string(),
  postalCode: z.string().nullable(),
  country: z.string(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
})

const lineAnswer = z.object({
  ticketTypeId: idAnswer('tty'),
  name: z.string(),
  quantity: z.int(),
  unitPrice: moneyAnswer,
  total: moneyAnswer,
  parts: z.array(
    z.object({
      kind: z.enum(['face', 'fee', 'tax']),
      label: z.string(),
      amount: moneyAnswer,
      included: z.boolean(),
    }),
  ),
})

export const orderAnswer = z.object({
  id: idAnswer('ord'),
  number: z.string(),
  state: z.enum([
    'pending',
    'awaiting_session',
    'awaiting_payment',
    'awaiting_funds',
    'paid',
    'cancelled',
    'expired',
    'partially_refunded',
    'refunded',
  ]),
  allowedActions: z.array(z.string()),
  createdAt: timeAnswer,
  paidAt: timeAnswer.nullable(),
  event: z.object({
    id: idAnswer('evt'),
    slug: z.string(),
    name: z.string(),
    state: z.enum(['draft', 'published', 'cancelled']),
    startsAt: timeAnswer,
    endsAt: timeAnswer,
    doorsAt: timeAnswer.nullable(),
    timeZone: z.string(),
    imageUrl: z.string().nullable(),
    venue: venueAnswer.nullable(),
    organiser: z.object({ slug: z.string(), name: z.string(), accentColor: z.string().nullable() }),
  }),
  buyer: z.object({ name: z.string(), email: z.string() }),
  currency: z.string(),
  lines: z.array(lineAnswer),
  subtotal: moneyAnswer,
  fees: moneyAnswer,
  tax: moneyAnswer,
  total: moneyAnswer,
  payment: z
    .object({
      state: z.enum([
        'created',
        'waiting',
        'open',
        'processing',
        'succeeded',
        'failed',
        'expired',
        'returned',
      ]),
      url: z.string().nullable(),
      expiresAt: timeAnswer.nullable(),
      position: z.int().nullable().describe('place in the line for the payment provider'),
      serverTime: timeAnswer,
    })
    .nullable(),
  notice: z.object({ code: z.enum(['payment-returned', 'payment-declined', 'hold-ended']) }).nullable(),
  tickets: z.array(ticketAnswer),
})
export type OrderAnswer = z.infer<typeof orderAnswer>

export interface OrderView {
  order: Order
  event: EventForSale
  payment: Payment | undefined
  position: number | null
  tickets: TicketAnswer[]
  now: Date
}

export function describeOrder({ order, event, payment, position, tickets, now }: OrderView): OrderAnswer {
  const money = (amount: number) => ({ amount, currency: order.currency })
  const payable = order.state === 'awaiting_payment' && payment?.state === 'open'
  return {
    id: publicId('ord', order.id),
    number: order.number,
    state: order.state,
    allowedActions: buyerActions(order),
    createdAt: order.createdAt.toISOString(),
    paidAt: order.paidAt?.toISOString() ?? null,
    event: {
      id: publicId('evt', event.id),
      slug: event.slug,
      name: event.name,
      state: event.state,
      startsAt: event.startsAt.toISOString(),
      endsAt: event.endsAt.toISOString(),
      doorsAt: event.doorsAt?.toISOString() ?? null,
      timeZone: event.timeZone,
      imageUrl: event.imageUrl,
      venue: event.venue,
      organiser: {
        slug: event.organiser.slug,
        name: event.organiser.name,
        accentColor: event.organiser.accentColor,
      },
    },
    buyer: { name: order.buyerName, email: order.buyerEmail },
    currency: order.currency,
    lines: order.lines.map((line) => ({
      ticketTypeId: publicId('tty', line.ticketTypeId),
      name: line.name,
      quantity: line.quantity,
      unitPrice: money(line.unitPrice),
      total: money(line.total),
      parts: line.parts.map((part) => ({
        kind: part.kind,
        label: part.label,
        amount: money(part.amount),
        included: part.included,
      })),
    })),
    subtotal: money(order.subtotal),
    fees: money(order.fees),
    tax: money(order.tax),
    total: money(order.total),
    payment: payment
      ? {
          state: paymentState(payment, order, position),
          url: payable ? payment.url : null,
          expiresAt: payable ? payment.windowEndsAt.toISOString() : null,
          position,
          serverTime: now.toISOString(),
        }
      : null,
    notice: order.notice ? { code: order.notice } : null,
    tickets,
  }
}

function paymentState(
  payment: Payment,
  order: Order,
  position: number | null,
): NonNullable<OrderAnswer['payment']>['state'] {
  if (order.notice === 'payment-returned' && payment.state === 'succeeded') return 'returned'
  if (payment.state === 'created' && position !== null) return 'waiting'
  return payment.state
}
