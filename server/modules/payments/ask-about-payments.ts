import type { PaymentsDeps } from './desks.ts'
import { endPayment } from './end-payment.ts'
import { bookBalanceTransactions } from './book-balance-transactions.ts'
import { storeEvents, rowOf } from './receive-webhook.ts'
import { asPlatform, withOrg } from '#platform/database'
import { enqueueMany } from '#platform/jobs'
import { moveStream, readStream } from './inbox-store.ts'
import { silencePatience } from './payment.ts'
import * as store from './payment-store.ts'
import { settleReturnJob } from './return-payment.ts'
import { stuckReturns } from './return-store.ts'
import { settlePayment } from './settle-payment.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const most = 200
const width = 8

/**
 * Asks about payments whose buyer's time is over (and ends them at the provider first), about banks that take their
 * time, and about what was given up in silence. Nobody has to tell us anything: no webhook is ever relied upon.
 */
export async function askAboutPayments(deps: PaymentsDeps): Promise<number> {
  const now = deps.clock.now().getTime()
  const at = (milliseconds: number) => new Date(now - milliseconds)
  const over = await store.pastTheirWindow(deps.db, at(0), at(silencePatience), at(50 * second), most)
  await eachOf(deps, over, (one) => endPayment(deps, one.orgId, one.id))
  const slow = await store.stillToAsk(deps.db, at(5 * minute), most)
  await eachOf(deps, slow, (one) => settlePayment(deps, one.orgId, one.id, 'sweeper'))
  return over.length + slow.length
}

/** One that fails is logged and comes again; it must not keep the others from being asked about. */
async function eachOf<One extends { id: string }>(
  deps: PaymentsDeps,
  all: readonly One[],
  work: (one: One) => Promise<unknown>,
): Promise<void> {
  const waiting = all.values()
  const clerk = async () => {
    for (const one of waiting) {
      try {
        await work(one)
      } catch (error) {
        deps.log.error({ err: error, id: one.id }, 'could not be asked about')
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, clerk))
}

/** The kinds of event that have an effect here. */
export const interestingEvents = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'charge.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
] as const

const overlap = 10 * minute

/**
 * Reads the provider's own list of events since the last time, a little further back than needed, and puts into the
 * inbox what never arrived. The provider keeps events for 30 days.
 */
export async function fillGaps(deps: PaymentsDeps): Promise<number> {
  const now = deps.clock.now()
  const seen = await asPlatform(deps.db, (tx) => readStream(tx, 'events'))
  const since = new Date((seen?.getTime() ?? now.getTime() - day) - overlap)
  const oldest = new Date(now.getTime() - 29 * day)
  const answer = await deps.provider.listEvents(since < oldest ? oldest : since, interestingEvents)
  if (answer.outcome !== 'ok') return 0
  const rows = answer.value.map((event) => rowOf(event, 'events-list', now))
  let stored = 0
  for (let from = 0; from < rows.length; from += 500) {
    const outcomes = await storeEvents(deps, rows.slice(from, from + 500))
    stored += outcomes.filter((outcome) => outcome === 'stored').length
  }
  // Only after all of them are stored, or a crash would leave a gap for good.
  await asPlatform(deps.db, (tx) => moveStream(tx, 'events', now))
  deps.metrics.count('webhooks_missed', {}, stored)
  return stored
}

/** Wakes returns that should have moved on: a worker died, the provider was away, a bank takes its time. */
export async function chaseReturns(deps: PaymentsDeps): Promise<number> {
  const stuck = await stuckReturns(deps.db, new Date(deps.clock.now().getTime() - 10 * minute), most)
  for (const [orgId, ofOrg] of Map.groupBy(stuck, (one) => one.orgId)) {
    const jobs = ofOrg.map((one) => ({
      kind: settleReturnJob,
      payload: { orgId, returnId: one.id },
      key: `${settleReturnJob.name}:${one.id}`,
    }))
    await withOrg(deps.db, orgId, (tx) => enqueueMany(tx, jobs))
  }
  return stuck.length
}

/** Asks for balance transactions that no event brought. */
export async function chaseBalanceTransactions(deps: PaymentsDeps): Promise<number> {
  const due = await store.withoutBalanceTransaction(
    deps.db,
    new Date(deps.clock.now().getTime() - 10 * minute),
    most,
  )
  for (let from = 0; from < due.length; from += width) {
    const some = due.slice(from, from + width)
    await bookBalanceTransactions(
      deps,
      some.map((one) => ({ orgId: one.orgId, paymentId: one.id, chargeId: one.chargeId })),
    )
  }
  return due.length
}
