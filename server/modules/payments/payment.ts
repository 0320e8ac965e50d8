import type { Id, OrgId } from '#platform/ids'
import type { Machine, NamedMachine } from '#platform/state-machine'

export type PaymentId = Id<'pay'>
export type ReturnId = Id<'ret'>

export type PaymentState = 'created' | 'open' | 'processing' | 'succeeded' | 'failed' | 'expired'
type PaymentEvent = 'open' | 'process' | 'succeed' | 'fail' | 'expire'

/** Every life that a payment can have. What the provider says wins, in whatever order it arrives. */
export const paymentMachine = {
  // Written down; the provider has not answered yet, though a buyer may have paid before its answer reached us.
  created: { open: 'open', process: 'processing', succeed: 'succeeded', fail: 'failed', expire: 'expired' },
  open: { process: 'processing', succeed: 'succeeded', fail: 'failed', expire: 'expired' },
  // The buyer did everything, the bank has not.
  processing: { succeed: 'succeeded', fail: 'failed' },
  succeeded: {},
  failed: {},
  // Given up while the provider could not be asked; it may turn out that it was paid.
  expired: { process: 'processing', succeed: 'succeeded' },
} satisfies Machine<PaymentState, PaymentEvent>

export type ReturnState = 'requested' | 'processing' | 'succeeded' | 'failed'
type ReturnEvent = 'accept' | 'succeed' | 'fail'

/** Money on its way back to a buyer for whom there was nothing. */
export const paymentReturnMachine = {
  requested: { accept: 'processing', succeed: 'succeeded', fail: 'failed' },
  processing: { succeed: 'succeeded', fail: 'failed' },
  // A bank can send a refund back up to 30 days later.
  succeeded: { fail: 'failed' },
  failed: {},
} satisfies Machine<ReturnState, ReturnEvent>

export const paymentsMachines: NamedMachine[] = [
  { table: 'payments.payment', machine: paymentMachine },
  { table: 'payments.payment_return', machine: paymentReturnMachine },
]

/** What is paid for, as it was when the payment was made. Amounts in minor units; the lines add up to the amount. */
export interface PaymentIntent {
  description: string
  lines: { name: string; quantity: number; unitAmount: number }[]
  buyerEmail: string
  locale: string
}

export interface NewPayment extends PaymentIntent {
  orderId: string
  eventId: string
  amount: number
  currency: string
  /** Until when the buyer may pay. If the buyer first waits in line for the provider, the same time counts from then. */
  windowEndsAt: Date
}

export interface Payment {
  orgId: OrgId
  id: PaymentId
  orderId: string
  eventId: string
  attempt: number
  state: PaymentState
  amount: number
  currency: string
  intent: PaymentIntent
  request: SessionRequest | null
  requestExpiresAt: Date | null
  inDoubt: boolean
  asks: number
  waitingSince: Date | null
  leaseUntil: Date | null
  sessionId: string | null
  /** Where the buyer pays, while the payment is open. */
  url: string | null
  sessionExpiresAt: Date | null
  windowMs: number
  windowEndsAt: Date
  providerPayment: string | null
  providerCharge: string | null
  balanceTransaction: string | null
  surplus: boolean
  /** The payment whose labels the session carries, where that is not this one. */
  adoptedFrom: PaymentId | null
  unconfirmed: boolean
  frozenBecause: string | null
  refusal: string | null
  createdAt: Date
  openedAt: Date | null
  endedAt: Date | null
}

/** What the provider is asked for, frozen before the first call. Minor units; the currency in capitals. */
export interface SessionRequest {
  orgId: string
  orderId: string
  paymentId: string
  currency: string
  description: string
  lines: { name: string; quantity: number; unitAmount: number }[]
  buyerEmail: string
  locale: string
  successUrl: string
  cancelUrl: string
  /** Seconds since the epoch: a whole number in the body of the request. */
  expiresAtSeconds: number
}

export interface PaymentReturn {
  orgId: OrgId
  id: ReturnId
  paymentId: PaymentId
  orderId: string
  eventId: string
  amount: number
  currency: string
  reason: string
  state: ReturnState
  attempt: number
  asks: number
  inDoubt: boolean
  firstAskedAt: Date | null
  refundId: string | null
  adopted: boolean
  refusal: string | null
  createdAt: Date
}

export const checkoutKey = (payment: Pick<Payment, 'orderId' | 'attempt'>): string =>
  `checkout:${payment.orderId}:${payment.attempt}`

export const returnKey = (one: Pick<PaymentReturn, 'paymentId' | 'attempt'>): string =>
  one.attempt === 1 ? `return:${one.paymentId}` : `return:${one.paymentId}:${one.attempt}`

const minute = 60_000
/** The provider wants at least 30 minutes from its own time of receipt; one more for the way and for a retry. */
export const sessionLife = 31 * minute
/** How long after the provider's own end of a session its silence is waited out. */
export const silencePatience = 5 * minute
