import type Stripe from 'stripe'
import { findCard } from '../cards.ts'
import { invalidRequest, noSuch, noSuchReference } from '../errors.ts'
import { page, within } from '../lists.ts'
import { absent, choice, flag, integer, mergeMetadata, metadata, paging, text, timeRange } from '../params.ts'
import type { Values } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { ChargeWork } from '../store.ts'
import { money } from '../text.ts'
import type { World } from '../world.ts'
import { bookEntry, settlementTime } from './balance-transactions.ts'

const createShape = {
  charge: text(),
  payment_intent: text(),
  amount: integer({ min: 1 }),
  reason: choice('duplicate', 'fraudulent', 'requested_by_customer'),
  metadata: metadata(),
  // Only destination charges have these; a separate transfer is never reversed by a refund.
  reverse_transfer: flag(),
  refund_application_fee: flag(),
  currency: absent(),
  customer: absent(),
  instructions_email: absent(),
  origin: absent(),
}

function workOf(world: World, charge: Stripe.Charge): ChargeWork {
  return world.store.chargeWork.get(charge.id) as ChargeWork
}

/** The charge that a refund is about; refuses as the provider does when there is none that can be refunded. */
function refundableCharge(world: World, params: Partial<Values<typeof createShape>>): Stripe.Charge {
  if (params.charge === undefined && params.payment_intent === undefined) {
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  }
  if (params.charge !== undefined) {
    const charge = world.store.charges.get(params.charge)
    if (!charge) throw noSuchReference('charge', params.charge, 'charge')
    return charge
  }
  const id = params.payment_intent as string
  const intent = world.store.paymentIntents.get(id)
  if (!intent) throw noSuchReference('payment_intent', id, 'payment_intent')
  const charge = world.store.charges.get((intent.latest_charge as string | null) ?? '')
  if (charge?.status !== 'succeeded') {
    throw invalidRequest(`This PaymentIntent (${id}) does not have a successful charge to refund.`)
  }
  return charge
}

/** Refunds a charge, in full or in part; refuses what the provider refuses. */
export function createRefund(world: World, params: Partial<Values<typeof createShape>>): Stripe.Refund {
  const charge = refundableCharge(world, params)
  if (charge.status !== 'succeeded') {
    throw invalidRequest(`Charge ${charge.id} has not succeeded; it cannot be refunded.`, { param: 'charge' })
  }
  if (!charge.captured) {
    const intent = charge.payment_intent as string
    throw invalidRequest(
      `This uncaptured Charge was created by a PaymentIntent (${intent}). You cannot refund it; cancel the PaymentIntent instead.`,
      { param: 'charge' },
    )
  }
  const work = workOf(world, charge)
  const left = remaining(world, charge)
  if (left === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    })
  }
  const amount = params.amount ?? left
  if (amount > left) {
    throw invalidRequest(
      `Refund amount (${money(amount, charge.currency)}) is greater than unrefunded amount on charge (${money(left, charge.currency)})`,
      { param: 'amount' },
    )
  }
  const covered = world.ledger.total(charge.currency) >= amount
  if (!covered && world.settings.refundOnEmptyBalance === 'refuse') {
    throw invalidRequest('Insufficient funds in your Stripe balance to refund this amount.', {
      code: 'balance_insufficient',
    })
  }
  const behaviour = findCard(work.cardNumber ?? '')?.refund
  const refund = insertRefund(world, charge, amount, params)
  const waits = !covered && world.settings.refundOnEmptyBalance === 'pending'
  if (behaviour === 'pending_first' || waits) {
    refund.status = 'pending'
    refund.pending_reason = waits ? 'insufficient_funds' : 'processing'
    work.refundsPending += amount
    world.emit('refund.created', refund)
    world.later('refund.settle', refund.id, world.settings.refundPendingMs)
    return refund
  }
  bookRefund(world, refund, charge)
  world.emit('refund.created', refund)
  tellCharge(world, charge, amount)
  if (behaviour === 'fails_later') world.later('refund.fail', refund.id, world.settings.refundFailureMs)
  return refund
}

/** What can still be refunded of a charge: captured, less refunded, less what is under way. */
export function remaining(world: World, charge: Stripe.Charge): number {
  const released = world.settings.partialCaptureCountsAsRefunded ? charge.amount - charge.amount_captured : 0
  return charge.amount_captured - (charge.amount_refunded - released) - workOf(world, charge).refundsPending
}

function insertRefund(
  world: World,
  charge: Stripe.Charge,
  amount: number,
  params: Partial<Values<typeof createShape>>,
): Stripe.Refund {
  const bank = charge.id.startsWith('py_')
  const refund: Stripe.Refund = {
    id: world.id(bank ? 'pyr_' : 're_'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: world.clock.seconds(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: bank
      ? { type: 'us_bank_transfer', us_bank_transfer: { reference: null, reference_status: 'pending' } }
      : {
          card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
          type: 'card',
        },
    metadata: mergeMetadata(null, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }
  world.store.refunds.insert(refund)
  return refund
}

/** Moves the money of a refund. The processing fee of the charge is not given back. */
function bookRefund(world: World, refund: Stripe.Refund, charge: Stripe.Charge): void {
  const bank = charge.id.startsWith('py_')
  const entry = bookEntry(world, {
    amount: -refund.amount,
    fee: 0,
    currency: refund.currency,
    description: `REFUND FOR ${bank ? 'PAYMENT' : 'CHARGE'} (${charge.description ?? ''})`,
    source: refund.id,
    type: bank ? 'payment_refund' : 'refund',
    reportingCategory: 'refund',
    availableOn: settlesWith(world, charge),
    sourceType: bank ? 'bank_account' : 'card',
  })
  refund.balance_transaction = entry.id
}

/** A refund of money that is still pending is taken from pending money, so that it cannot overdraw the rest. */
function settlesWith(world: World, charge: Stripe.Charge): number {
  const entry = world.store.balanceTransactions.get((charge.balance_transaction as string | null) ?? '')
  return entry ? entry.available_on : settlementTime(world, charge.created)
}

function tellCharge(world: World, charge: Stripe.Charge, amount: number): void {
  const before = { amount_refunded: charge.amount_refunded, refunded: charge.refunded }
  charge.amount_refunded += amount
  charge.refunded = charge.amount_refunded >= charge.amount
  world.emit('charge.refunded', charge, before)
}

/** A pending refund goes through; one that waits for money goes on waiting while there is none. */
export function settleRefund(world: World, refundId: string): void {
  const refund = world.store.refunds.get(refundId)
  const charge = refund && world.store.charges.get(refund.charge as string)
  if (!refund || !charge || refund.status !== 'pending') return
  if (refund.pending_reason === 'insufficient_funds' && world.ledger.total(refund.currency) < refund.amount) {
    world.later('refund.settle', refund.id, world.settings.refundPendingMs)
    return
  }
  const before = { status: 'pending', pending_reason: refund.pending_reason, balance_transaction: null }
  workOf(world, charge).refundsPending -= refund.amount
  refund.status = 'succeeded'
  delete refund.pending_reason
  bookRefund(world, refund, charge)
  world.emit('refund.updated', refund, before)
  tellCharge(world, charge, refund.amount)
}

/** The day has come on which the "fails later" card returns its refund. */
export function failRefundByTimer(world: World, refundId: string): void {
  const refund = world.store.refunds.get(refundId)
  if (refund && (refund.status === 'succeeded' || refund.status === 'pending')) failRefund(world, refundId)
}

/**
 * A refund fails, which can happen up to 30 days later: its money comes back to the balance and the charge is no
 * longer refunded. Refuses a refund that is unknown or has already failed.
 */
export function failRefund(
  world: World,
  refundId: string,
  reason = 'expired_or_canceled_card',
): Stripe.Refund {
  const refund = world.store.refunds.get(refundId)
  const charge = refund && world.store.charges.get(refund.charge as string)
  if (!refund || !charge) throw noSuch('refund', refundId)
  if (refund.status !== 'succeeded' && refund.status !== 'pending') {
    throw invalidRequest(`A refund that is ${refund.status} cannot fail.`)
  }
  const before = { status: refund.status }
  if (refund.status === 'pending') {
    workOf(world, charge).refundsPending -= refund.amount
    delete refund.pending_reason
  } else {
    const entry = bookEntry(world, {
      amount: refund.amount,
      fee: 0,
      currency: refund.currency,
      description: `REFUND FAILURE (${charge.description ?? ''})`,
      source: refund.id,
      type: 'refund_failure',
      reportingCategory: 'refund_failure',
      availableOn: Math.max(world.clock.seconds(), settlesWith(world, charge)),
      sourceType: charge.id.startsWith('py_') ? 'bank_account' : 'card',
    })
    refund.failure_balance_transaction = entry.id
    charge.amount_refunded -= refund.amount
    charge.refunded = false
  }
  refund.status = 'failed'
  refund.failure_reason = reason
  world.emit('refund.failed', refund, before)
  world.emit('refund.updated', refund, before)
  world.emit('charge.refund.updated', refund, before)
  return refund
}

function existing(world: World, id: string): Stripe.Refund {
  const refund = world.store.refunds.get(id)
  if (!refund) throw noSuch('refund', id)
  return refund
}

export const refundRoutes: Route[] = [
  route({ method: 'POST', path: '/v1/refunds', returns: 'refund', params: createShape, run: createRefund }),
  route({
    method: 'GET',
    path: '/v1/refunds',
    returns: listOf('refund'),
    params: { ...paging, charge: text(), payment_intent: text(), created: timeRange() },
    run: (world, params) =>
      page(world.store.refunds, params, {
        url: '/v1/refunds',
        resource: 'refund',
        from:
          params.charge !== undefined
            ? ['charge', params.charge]
            : params.payment_intent !== undefined
              ? ['payment_intent', params.payment_intent]
              : undefined,
        keep: (row) =>
          within(params.created, row.created) &&
          (params.payment_intent === undefined || row.payment_intent === params.payment_intent),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/refunds/:id',
    returns: 'refund',
    params: {},
    run: (world, _params, { id = '' }) => existing(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/refunds/:id',
    returns: 'refund',
    params: { metadata: metadata() },
    run(world, params, { id = '' }) {
      const refund = existing(world, id)
      const before = refund.metadata
      refund.metadata = mergeMetadata(refund.metadata, params.metadata)
      world.emit('refund.updated', refund, { metadata: before })
      return refund
    },
  }),
  route({
    method: 'POST',
    path: '/v1/refunds/:id/cancel',
    returns: 'refund',
    params: {},
    run(world, _params, { id = '' }) {
      existing(world, id)
      // Only refunds that wait for the customer's action can be cancelled, and no method here makes such.
      throw invalidRequest('Canceling this refund is unsupported.')
    },
  }),
]
