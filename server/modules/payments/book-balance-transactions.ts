import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { post, postedAmong, transfers, type BalanceTransaction } from '#modules/ledger'
import type { PaymentsDeps } from './desks.ts'
import type { Found } from './drain-inbox.ts'
import { paymentFrozen } from './events.ts'
import type { PaymentId } from './payment.ts'
import { freezePayments, noteBooked, paymentsById } from './payment-store.ts'

export interface ToBook {
  orgId: OrgId
  paymentId: PaymentId
  chargeId: string
}

/**
 * Asks for the balance transactions of charges and books those that are there (P2), once what they settle is in the
 * books itself; until then they are deferred. One answer for each, in order.
 */
export async function bookBalanceTransactions(
  deps: PaymentsDeps,
  asked: readonly ToBook[],
): Promise<Found[]> {
  const found = await Promise.all(asked.map((one) => readOne(deps, one)))
  const byOrg = Map.groupBy([...asked.entries()], ([, one]) => one.orgId)
  for (const [orgId, entries] of byOrg) {
    const seen = entries.flatMap(([index, one]) => {
      const transaction = found[index]
      return transaction && 'id' in transaction ? [{ index, paymentId: one.paymentId, transaction }] : []
    })
    try {
      for (const [index, outcome] of await bookOfOrg(deps, orgId, seen)) found[index] = outcome
    } catch (error) {
      const note = error instanceof Error ? error.message.slice(0, 300) : 'unknown'
      for (const { index } of seen) found[index] = { outcome: 'failed', note }
    }
  }
  return found.map((one) => ('id' in one ? { outcome: 'failed', note: 'not booked' } : one))
}

async function readOne(
  deps: PaymentsDeps,
  { chargeId, paymentId }: ToBook,
): Promise<Found | BalanceTransaction> {
  const answer = await deps.provider.retrieveCharge(chargeId)
  if (answer.outcome === 'refused')
    return { outcome: 'no_effect', note: `the provider does not know it: ${answer.code}` }
  if (answer.outcome !== 'ok') return { outcome: 'deferred', note: `the provider is ${answer.reason}` }
  const label = answer.value.metadata['payment']
  if (label !== undefined && label !== paymentId)
    return { outcome: 'no_effect', note: 'the charge belongs to another payment' }
  // It comes with a later event, or is asked for when that does not come.
  return (
    answer.value.balanceTransaction ?? { outcome: 'no_effect', note: 'the provider has not settled it yet' }
  )
}

interface Seen {
  index: number
  paymentId: PaymentId
  transaction: BalanceTransaction
}

async function bookOfOrg(
  deps: PaymentsDeps,
  orgId: OrgId,
  seen: readonly Seen[],
): Promise<Map<number, Found>> {
  const outcomes = new Map<number, Found>()
  if (seen.length === 0) return outcomes
  await withOrg(deps.db, orgId, async (tx) => {
    outcomes.clear()
    const ids = seen.map((one) => one.paymentId)
    const payments = await paymentsById(tx, orgId, ids)
    const received = await postedAmong(tx, orgId, 'payment-received', ids)
    const toPost: Seen[] = []
    const strange: { id: PaymentId; because: string }[] = []
    for (const one of seen) {
      const payment = payments.get(one.paymentId)
      const { amount, currency } = one.transaction
      if (!payment || !received.has(one.paymentId)) {
        outcomes.set(one.index, { outcome: 'deferred', note: 'what it settles is not booked yet' })
      } else if (payment.amount !== amount || payment.currency !== currency) {
        const because = `the provider settled ${amount} ${currency} instead of ${payment.amount} ${payment.currency}`
        strange.push({ id: payment.id, because })
        outcomes.set(one.index, { outcome: 'no_effect', note: because })
      } else {
        toPost.push(one)
        outcomes.set(one.index, {
          outcome: payment.balanceTransaction === null ? 'settled' : 'no_effect',
          note: null,
        })
      }
    }
    const bookings = toPost.map((one) =>
      transfers.balanceTransactionSeen({ ...one.transaction, paymentId: one.paymentId }),
    )
    await post(tx, orgId, bookings, deps.clock.now())
    await noteBooked(
      tx,
      orgId,
      toPost.map((one) => ({ id: one.paymentId, balanceTransaction: one.transaction.id })),
    )
    const frozen = new Set(await freezePayments(tx, orgId, strange))
    const facts = strange
      .filter((one) => frozen.has(one.id))
      .map(({ id, because }) => {
        const payment = payments.get(id)
        return { paymentId: id, orderId: payment?.orderId ?? '', eventId: payment?.eventId ?? '', because }
      })
    await deps.events.emit(tx, orgId, paymentFrozen, facts)
  })
  return outcomes
}
