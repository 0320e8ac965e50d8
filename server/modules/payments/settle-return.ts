import { actAs, withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import { post, transfers } from '#modules/ledger'
import type { PaymentsDeps } from './desks.ts'
import { paymentReturned, paymentReturnFailed } from './events.ts'
import { returnKey, type Payment, type PaymentReturn, type ReturnId } from './payment.ts'
import { readPayment } from './payment-store.ts'
import type { Answer, ProviderRefund } from './provider.ts'
import * as store from './return-store.ts'
import { labelsOf } from './stripe-shapes.ts'

const hour = 3_600_000
const lease = 60_000
/** The provider forgets keys after 24 hours; an hour before that we look instead of asking again. */
const keyLife = 23 * hour

type SettledReturn = 'settled' | 'no_effect' | 'waiting'

/**
 * Asks the provider to send a payment back, or how far that is, and writes down the answer with its posting. Job
 * `payments.settle-return`; safe to run any number of times. Gives `waiting` while there is no certain answer: the same
 * key is used for a day, then the provider's list decides before a new one is.
 */
export async function settleReturn(
  deps: PaymentsDeps,
  orgId: OrgId,
  returnId: ReturnId,
): Promise<SettledReturn> {
  const now = deps.clock.now()
  const one = await withOrg(deps.db, orgId, (tx) =>
    store.leaseReturn(tx, orgId, returnId, now, new Date(now.getTime() + lease)),
  )
  if (!one) return 'no_effect'
  const payment = await readPayment(deps.db, orgId, one.paymentId)
  if (!payment?.providerPayment) throw new Error(`return ${returnId} has no payment at the provider`)
  killPoint('payments.return-intended')
  if (one.refundId !== null)
    return applyAnswer(deps, one, payment, false, await deps.provider.retrieveRefund(one.refundId), false)
  if (one.wasInDoubt) {
    const found = await lookForOurs(deps, payment.providerPayment, one)
    if (found) return applyRefund(deps, one, found, false)
    if (isTooOld(one, now)) return beginAnew(deps, one, payment.providerPayment)
  }
  const answer = await deps.provider.refundPayment(
    {
      providerPayment: payment.providerPayment,
      amount: one.amount,
      metadata: { ...labelsOf({ ...one }), return: one.id },
    },
    returnKey(one),
  )
  killPoint('payments.return-asked')
  return applyAnswer(deps, one, payment, one.wasInDoubt, answer, true)
}

function isTooOld(one: PaymentReturn, now: Date): boolean {
  return one.firstAskedAt !== null && now.getTime() - one.firstAskedAt.getTime() >= keyLife
}

async function lookForOurs(
  deps: PaymentsDeps,
  providerPayment: string,
  one: PaymentReturn,
): Promise<ProviderRefund | undefined> {
  const list = await deps.provider.listRefunds(providerPayment)
  return list.outcome === 'ok' ? list.value.find((refund) => refund.metadata['return'] === one.id) : undefined
}

/** The key is about to be forgotten. Only a list that certainly lacks our refund allows a new one. */
async function beginAnew(
  deps: PaymentsDeps,
  one: PaymentReturn,
  providerPayment: string,
): Promise<SettledReturn> {
  const list = await deps.provider.listRefunds(providerPayment)
  if (list.outcome !== 'ok') return release(deps, one, true)
  const ours = list.value.find((refund) => refund.metadata['return'] === one.id)
  if (ours) return applyRefund(deps, one, ours, false)
  await withOrg(deps.db, one.orgId, (tx) => store.nextReturnAttempt(tx, one.orgId, one.id, null))
  return 'waiting'
}

async function release(deps: PaymentsDeps, one: PaymentReturn, inDoubt: boolean): Promise<SettledReturn> {
  await withOrg(deps.db, one.orgId, (tx) => store.releaseReturn(tx, one.orgId, one.id, inDoubt))
  return 'waiting'
}

async function applyAnswer(
  deps: PaymentsDeps,
  one: PaymentReturn,
  payment: Payment,
  wasInDoubt: boolean,
  answer: Answer<ProviderRefund>,
  asked: boolean,
): Promise<SettledReturn> {
  if (answer.outcome === 'ok') return applyRefund(deps, one, answer.value, false)
  if (answer.outcome === 'busy') return release(deps, one, wasInDoubt)
  if (answer.outcome === 'unknown') {
    if (answer.stored && payment.providerPayment !== null)
      return beginAnew(deps, one, payment.providerPayment)
    return release(deps, one, asked)
  }
  if (!asked) throw new Error(`the provider does not know refund ${one.refundId}: ${answer.code}`)
  return applyRefusal(deps, one, payment.providerPayment ?? '', answer.code)
}

async function applyRefusal(
  deps: PaymentsDeps,
  one: PaymentReturn,
  providerPayment: string,
  code: string,
): Promise<SettledReturn> {
  if (code === 'balance_insufficient') {
    // Certain, but not for ever; the refusal is kept under its key, so the next try needs a new one.
    await withOrg(deps.db, one.orgId, (tx) => store.nextReturnAttempt(tx, one.orgId, one.id, code))
    return 'waiting'
  }
  if (code === 'charge_already_refunded') {
    const list = await deps.provider.listRefunds(providerPayment)
    if (list.outcome !== 'ok') return release(deps, one, true)
    const ours = list.value.find((refund) => refund.metadata['return'] === one.id)
    const alive = list.value.filter((refund) => refund.status !== 'failed' && refund.status !== 'canceled')
    const foreign = alive.find((refund) => refund.amount === one.amount) ?? alive[0]
    const refund = ours ?? foreign
    if (refund) return applyRefund(deps, one, refund, !ours)
  }
  return withOrg(deps.db, one.orgId, (tx) => fail(deps, tx, one, null, code))
}

/** Writes down what the provider said about a refund, and books what it did to the balance. */
async function applyRefund(
  deps: PaymentsDeps,
  one: PaymentReturn,
  refund: ProviderRefund,
  adopted: boolean,
): Promise<SettledReturn> {
  const { orgId } = one
  return withOrg(deps.db, orgId, async (tx) => {
    await actAs(tx, 'job:payments.settle-return')
    const paymentId = one.paymentId
    const now = deps.clock.now()
    const bookings = [
      ...(refund.balanceTransaction
        ? [transfers.refundBalanceTransaction({ ...refund.balanceTransaction, paymentId })]
        : []),
      ...(refund.failureBalanceTransaction
        ? [transfers.refundFailed({ ...refund.failureBalanceTransaction, paymentId })]
        : []),
    ]
    const booked = await post(tx, orgId, bookings, now)
    const set = { refundId: refund.id, adopted, refusal: null, now }
    if (refund.status === 'failed' || refund.status === 'canceled') {
      return fail(deps, tx, one, refund.id, refund.failureReason ?? refund.status)
    }
    const event = refund.status === 'succeeded' ? 'succeed' : 'accept'
    const moved = await store.moveReturn(tx, orgId, one.id, event, set)
    if (!moved) await store.releaseReturn(tx, orgId, one.id, false)
    if (moved && event === 'succeed') {
      const { orderId, eventId, amount, currency, reason } = one
      await deps.events.emit(tx, orgId, paymentReturned, [
        { paymentId, orderId, eventId, amount, currency, reason, adopted },
      ])
    }
    killPoint('payments.before-return-commit')
    return moved || booked > 0 ? 'settled' : 'no_effect'
  })
}

async function fail(
  deps: PaymentsDeps,
  tx: Tx,
  one: PaymentReturn,
  refundId: string | null,
  refusal: string,
): Promise<SettledReturn> {
  const { orgId, paymentId, orderId, eventId, amount, currency, reason } = one
  const moved = await store.moveReturn(tx, orgId, one.id, 'fail', {
    refundId,
    adopted: false,
    refusal,
    now: deps.clock.now(),
  })
  if (!moved) {
    await store.releaseReturn(tx, orgId, one.id, false)
    return 'no_effect'
  }
  // What we owe stays in refund_due; a person finds another way to the buyer.
  await deps.events.emit(tx, orgId, paymentReturnFailed, [
    { paymentId, orderId, eventId, amount, currency, reason, refusal },
  ])
  return 'settled'
}
