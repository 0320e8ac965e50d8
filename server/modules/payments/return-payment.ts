import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { defineJob, enqueueMany } from '#platform/jobs'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { post, transfers } from '#modules/ledger'
import { paymentReturnRequested } from './events.ts'
import type { Payment, PaymentId, ReturnId } from './payment.ts'
import { findPayment } from './payment-store.ts'
import { insertReturns } from './return-store.ts'

export const settleReturnJob = defineJob<{ orgId: string; returnId: string }>('payments.settle-return')

type Deps = Pick<Platform, 'clock' | 'events'>

/**
 * Sends a payment back that buys nothing: owed from this moment, in the caller's transaction; the provider is asked by
 * a job. Safe to repeat. The payment must have succeeded and not be booked as a sale (a PostingConflict otherwise).
 */
export async function returnPayment(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  paymentId: PaymentId,
  reason: string,
): Promise<void> {
  const payment = await findPayment(tx, orgId, paymentId)
  if (!payment) throw requestProblems.notFound()
  if (payment.state !== 'succeeded')
    throw new Error(`payment ${paymentId} is ${payment.state}; there is nothing to return`)
  await requestReturns(deps, tx, orgId, [payment], reason)
}

/** The same for many, set-based. */
export async function requestReturns(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  payments: readonly Payment[],
  reason: string,
): Promise<void> {
  if (payments.length === 0) return
  const now = deps.clock.now()
  const rows = payments.map(({ id, orderId, eventId, amount, currency }) => {
    return { id: newId<ReturnId>(), paymentId: id, orderId, eventId, amount, currency, reason }
  })
  const fresh = await insertReturns(tx, orgId, rows, now)
  await post(
    tx,
    orgId,
    fresh.map((one) => transfers.latePaymentReceived(one)),
    now,
  )
  await enqueueMany(
    tx,
    fresh.map((one) => ({
      kind: settleReturnJob,
      payload: { orgId, returnId: one.id },
      key: `${settleReturnJob.name}:${one.id}`,
    })),
  )
  const facts = fresh.map(({ paymentId, orderId, eventId, amount, currency }) => ({
    paymentId,
    orderId,
    eventId,
    amount,
    currency,
    reason,
  }))
  await deps.events.emit(tx, orgId, paymentReturnRequested, facts)
}
