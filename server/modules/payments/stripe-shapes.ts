import { z } from 'zod'
import type { BalanceTransaction } from '#modules/ledger'
import type { PaymentId } from './payment.ts'
import type {
  ProviderCharge,
  ProviderEvent,
  ProviderPayment,
  ProviderRefund,
  ProviderSession,
} from './provider.ts'

/**
 * What an answer of the provider must look like before anything is believed of it. The library resolves even where a
 * proxy in between answered, so every object is checked: its kind, its id, and the fields that we use.
 */
export class UnreadableAnswer extends Error {}

const currency = z
  .string()
  .regex(/^[a-z]{3}$/)
  .transform((text) => text.toUpperCase())
const amount = z.number().int()
const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {})
const id = (prefix: string) => z.string().startsWith(prefix).max(255)
/** An object's id, or the object itself where it was asked for. */
const reference = <Shape extends z.ZodType>(shape: Shape) => z.union([z.string(), shape]).nullish()

const balanceTransaction = z.object({
  id: id('txn_'),
  object: z.literal('balance_transaction'),
  amount,
  fee: amount,
  net: amount,
  currency,
})
const charge = z.object({
  id: z.string().regex(/^(ch|py)_/),
  object: z.literal('charge'),
  payment_intent: z.string().nullish(),
  metadata,
  balance_transaction: reference(balanceTransaction),
})
const paymentIntent = z.object({
  id: id('pi_'),
  object: z.literal('payment_intent'),
  status: z.string(),
  amount_received: amount,
  currency,
  latest_charge: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
})
const session = z.object({
  id: id('cs_'),
  object: z.literal('checkout.session'),
  status: z.enum(['open', 'complete', 'expired']),
  payment_status: z.enum(['paid', 'unpaid', 'no_payment_required']),
  amount_total: amount,
  currency,
  url: z.string().nullish(),
  expires_at: z.number().int(),
  client_reference_id: z.string().nullish(),
  metadata,
  payment_intent: reference(paymentIntent),
})
const refund = z.object({
  id: z.string().regex(/^(re|pyr)_/),
  object: z.literal('refund'),
  status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']),
  amount,
  currency,
  payment_intent: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
  metadata,
  failure_reason: z.string().nullish(),
  balance_transaction: reference(balanceTransaction),
  failure_balance_transaction: reference(balanceTransaction),
})
const event = z.object({
  id: id('evt_'),
  object: z.literal('event'),
  type: z.string().max(100),
  created: z.number().int(),
  account: z.string().max(255).nullish(),
  data: z.object({
    object: z.looseObject({
      id: z.string().max(255).optional(),
      object: z.string(),
      payment_intent: z.unknown().optional(),
      metadata: z.unknown().optional(),
    }),
  }),
})

function read<Shape extends z.ZodType>(shape: Shape, raw: unknown): z.output<Shape> {
  const parsed = shape.safeParse(raw)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new UnreadableAnswer(`an answer of the provider is not what was asked for (${where})`)
}

const fromSeconds = (seconds: number): Date => new Date(seconds * 1000)

export function readSession(raw: unknown): ProviderSession {
  const one = read(session, raw)
  return {
    id: one.id,
    status: one.status,
    paymentStatus: one.payment_status,
    amount: one.amount_total,
    currency: one.currency,
    url: one.url ?? null,
    expiresAt: fromSeconds(one.expires_at),
    clientReference: one.client_reference_id ?? null,
    metadata: one.metadata,
    payment: readPaymentIntent(one.payment_intent),
  }
}

function readPaymentIntent(raw: z.output<typeof session>['payment_intent']): ProviderPayment | null {
  if (raw === null || raw === undefined) return null
  // Sessions in a list carry only the id; whoever decides about money asks for the session itself.
  if (typeof raw === 'string') return { id: raw, status: 'unknown', amountReceived: 0, chargeId: null }
  const latest = raw.latest_charge
  return {
    id: raw.id,
    status: raw.status,
    amountReceived: raw.amount_received,
    chargeId: (typeof latest === 'string' ? latest : latest?.id) ?? null,
  }
}

export function readCharge(raw: unknown): ProviderCharge {
  const one = read(charge, raw)
  return {
    id: one.id,
    paymentId: one.payment_intent ?? null,
    metadata: one.metadata,
    balanceTransaction: readBalanceTransaction(one.balance_transaction),
  }
}

function readBalanceTransaction(
  raw: z.output<typeof balanceTransaction> | string | null | undefined,
): BalanceTransaction | null {
  if (raw === null || raw === undefined) return null
  if (typeof raw === 'string') throw new UnreadableAnswer('a balance transaction was asked for in full')
  return { id: raw.id, currency: raw.currency, amount: raw.amount, fee: raw.fee, net: raw.net }
}

export function readRefund(raw: unknown): ProviderRefund {
  const one = read(refund, raw)
  return {
    id: one.id,
    status: one.status,
    amount: one.amount,
    currency: one.currency,
    paymentId: (typeof one.payment_intent === 'string' ? one.payment_intent : one.payment_intent?.id) ?? null,
    metadata: one.metadata,
    failureReason: one.failure_reason ?? null,
    balanceTransaction: readBalanceTransaction(one.balance_transaction),
    failureBalanceTransaction: readBalanceTransaction(one.failure_balance_transaction),
  }
}

export function readEvent(raw: unknown): ProviderEvent {
  const one = read(event, raw)
  const { object } = one.data
  const inner = object.payment_intent
  const own = object.object === 'payment_intent' ? object.id : undefined
  const providerPayment = own ?? (typeof inner === 'string' && inner.startsWith('pi_') ? inner : null)
  const labels = metadata.safeParse(object.metadata)
  return {
    id: one.id,
    type: one.type,
    happenedAt: fromSeconds(one.created),
    account: one.account ?? null,
    objectId: object.id ?? '',
    providerPayment,
    metadata: labels.success ? labels.data : {},
  }
}

export function demandKind(raw: { object?: unknown }, kind: string): void {
  if (raw.object !== kind)
    throw new UnreadableAnswer(`the provider answered with something else than a ${kind}`)
}

/** The labels by which objects at the provider find back to us. */
export function labelsOf(about: {
  orgId: string
  orderId: string
  paymentId: string | PaymentId
}): Record<string, string> {
  return { org: about.orgId, order: about.orderId, payment: about.paymentId }
}
