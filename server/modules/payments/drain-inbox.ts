import { asPlatform, withOrg } from '#platform/database'
import { newId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import { scrub } from '#platform/telemetry'
import { platformOrgId } from '#modules/ledger'
import { bookBalanceTransactions, type ToBook } from './book-balance-transactions.ts'
import type { PaymentsDeps } from './desks.ts'
import { webhookGivenUp } from './events.ts'
import * as store from './inbox-store.ts'
import type { InboxItem, Outcome, Worked } from './inbox-store.ts'
import type { Payment, PaymentId } from './payment.ts'
import { adoptSession, lookUpReferences, paymentsById } from './payment-store.ts'
import { readVerdict, type Verdict } from './read-verdict.ts'
import { returnOfPayment } from './return-store.ts'
import { bringToDesk, isSettled } from './settle-payment.ts'
import { settleReturn } from './settle-return.ts'

const batch = 200
const lease = 120_000
/** After that many tries a person has to look. With growing pauses that is more than a day. */
const mostAttempts = 20

export interface Found {
  outcome: Outcome
  note: string | null
}

/**
 * Works off what the provider told us, in batches. The order does not matter: each event only says what to ask the
 * provider about. Job `payments.drain-inbox`. Returns how many were worked off.
 */
export async function drainInbox(deps: PaymentsDeps): Promise<number> {
  let total = 0
  for (;;) {
    const now = deps.clock.now()
    const items = await asPlatform(deps.db, (tx) =>
      store.claimDue(tx, now, new Date(now.getTime() + lease), batch),
    )
    if (items.length === 0) return total
    killPoint('payments.inbox-claimed')
    const found = await workOff(deps, items)
    killPoint('payments.inbox-settled')
    await writeOutcomes(deps, items, found)
    total += items.length
  }
}

async function workOff(deps: PaymentsDeps, items: readonly InboxItem[]): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  const guarded = (item: InboxItem, work: () => Promise<Found>) => async () => {
    try {
      found.set(item.id, await work())
    } catch (error) {
      found.set(item.id, {
        outcome: 'failed',
        note: scrub(error instanceof Error ? error.message : String(error)).slice(0, 500),
      })
    }
  }
  const sessions: (() => Promise<void>)[] = []
  const refunds: (() => Promise<void>)[] = []
  const atOnce = gate(width)
  const charges: InboxItem[] = []
  const payments = await paymentsOfSessions(
    deps,
    items.filter((item) => subjectOf(item) === 'session'),
  )
  for (const item of items) {
    const subject = subjectOf(item)
    if (typeof subject === 'object') found.set(item.id, subject)
    else if (subject === 'charge') charges.push(item)
    else if (subject === 'session')
      sessions.push(guarded(item, () => settleSession(deps, item, payments.get(item.id), atOnce)))
    else refunds.push(guarded(item, () => settleRefund(deps, item)))
  }
  // Whoever has the provider's answer waits at the desk with all the others, and no longer keeps a place at the gate.
  await Promise.all(sessions.map((task) => task()))
  await inParallel(refunds)
  for (const [id, one] of await bookCharges(deps, charges)) found.set(id, one)
  return found
}

/** How many questions to the provider are under way at a time, so that one slow answer does not hold up the batch. */
const width = 32

type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Lets so many through at a time; the others wait in order. */
function gate(places: number): Gate {
  const waiting: (() => void)[] = []
  let free = places
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

async function inParallel(tasks: (() => Promise<void>)[]): Promise<void> {
  const waiting = tasks.values()
  await Promise.all(
    Array.from({ length: Math.min(width, tasks.length) }, async () => {
      for (const task of waiting) await task()
    }),
  )
}

const nothing = (note: string): Found => ({ outcome: 'no_effect', note })

function subjectOf(item: InboxItem): 'session' | 'charge' | 'refund' | Found {
  // A connected account can send whatever it likes about itself; our orders are none of its business.
  if (item.account !== null) return nothing('about a connected account')
  if (item.type.startsWith('checkout.session.')) return 'session'
  // Only this one can bring what the provider kept and when it settles.
  if (item.type === 'charge.updated') return 'charge'
  if (
    item.type.startsWith('refund.') ||
    item.type === 'charge.refunded' ||
    item.type === 'charge.refund.updated'
  )
    return 'refund'
  return nothing('adds nothing that is not asked for elsewhere')
}

/** What the whole batch is about, in two queries and not two for each: where to look, before anyone is asked. */
async function paymentsOfSessions(
  deps: PaymentsDeps,
  items: readonly InboxItem[],
): Promise<Map<string, Payment | 'not-ours' | 'not-here'>> {
  const known = await lookUpReferences(
    deps.db,
    'provider-session',
    items.map((item) => item.objectId),
  )
  const places = items.map((item) => {
    const hint = item.orgId && item.paymentId ? { orgId: item.orgId, id: item.paymentId } : undefined
    return { item, place: known.get(item.objectId) ?? hint }
  })
  const found = new Map<string, Payment | 'not-ours' | 'not-here'>()
  for (const { item, place } of places) found.set(item.id, place ? 'not-here' : 'not-ours')
  const byOrg = Map.groupBy(
    places.filter(({ place }) => place !== undefined),
    ({ place }) => place?.orgId,
  )
  for (const [orgId, ofOrg] of byOrg) {
    if (orgId === undefined) continue
    const ids = ofOrg.flatMap(({ place }) => (place ? [place.id] : []))
    const payments = await withOrg(deps.db, orgId, (tx) => paymentsById(tx, orgId, ids))
    for (const { item, place } of ofOrg) {
      const payment = place && payments.get(place.id)
      if (payment) found.set(item.id, payment)
    }
  }
  return found
}

/** The session is read anew and must name the payment; what the event said about it is only where to look. */
async function settleSession(
  deps: PaymentsDeps,
  item: InboxItem,
  payment: Payment | 'not-ours' | 'not-here' | undefined,
  atOnce: Gate,
): Promise<Found> {
  if (payment === 'not-ours' || payment === undefined)
    return nothing('made by somebody else at the same account of the provider')
  if (payment === 'not-here') return { outcome: 'deferred', note: 'no such payment yet' }
  if (isSettled(payment) && payment.sessionId === item.objectId) return nothing(`already ${payment.state}`)
  const answer = await atOnce(() => deps.provider.retrieveSession(item.objectId))
  if (answer.outcome === 'refused') return nothing(`the provider does not know it: ${answer.code}`)
  if (answer.outcome !== 'ok') return { outcome: 'deferred', note: `the provider is ${answer.reason}` }
  const verdict = readVerdict(payment, answer.value)
  const counts = payment.sessionId === null || payment.sessionId === item.objectId
  const subject = counts ? payment : await adoptStray(deps, payment, verdict)
  if (!subject) return nothing('another session of this payment counts')
  const settled = await bringToDesk(deps, subject, verdict, 'webhook')
  if (settled === 'frozen') return nothing('the payment is frozen until a person has looked')
  return { outcome: settled, note: counts ? null : 'a stray session that was paid; now a payment of its own' }
}

/** A session whose answer was lost was replaced by another; that somebody pays it must not happen, and must not lose money. */
async function adoptStray(
  deps: PaymentsDeps,
  original: Payment,
  verdict: Verdict,
): Promise<Payment | undefined> {
  if (verdict.kind !== 'paid' && verdict.kind !== 'processing') return undefined
  deps.log.error(
    { paymentId: original.id, sessionId: verdict.sessionId },
    'a session was paid that nobody should have had',
  )
  const { orgId } = original
  return withOrg(deps.db, orgId, (tx) =>
    adoptSession(tx, orgId, original, newId<PaymentId>(), verdict.sessionId, deps.clock.now()),
  )
}

/** Refunds interest us only where we are sending a payment back; the return itself asks how far that is. */
async function settleRefund(deps: PaymentsDeps, item: InboxItem): Promise<Found> {
  const byPayment =
    item.providerPayment === null
      ? undefined
      : (await lookUpReferences(deps.db, 'provider-payment', [item.providerPayment])).get(
          item.providerPayment,
        )
  const place =
    byPayment ?? (item.orgId && item.paymentId ? { orgId: item.orgId, id: item.paymentId } : undefined)
  if (!place) return nothing('no payment of ours')
  const one = await returnOfPayment(deps.db, place.orgId, place.id)
  if (!one) return nothing('nothing of this payment is on its way back')
  const settled = await settleReturn(deps, place.orgId, one.id)
  return settled === 'waiting'
    ? { outcome: 'deferred', note: 'no certain answer yet' }
    : { outcome: settled, note: null }
}

async function bookCharges(deps: PaymentsDeps, items: readonly InboxItem[]): Promise<Map<string, Found>> {
  const references = items.flatMap((item) => (item.providerPayment === null ? [] : [item.providerPayment]))
  const known = await lookUpReferences(deps.db, 'provider-payment', references)
  const found = new Map<string, Found>()
  const toBook: (ToBook & { itemId: string })[] = []
  for (const item of items) {
    const hint = item.orgId && item.paymentId ? { orgId: item.orgId, id: item.paymentId } : undefined
    const place = (item.providerPayment === null ? undefined : known.get(item.providerPayment)) ?? hint
    if (place)
      toBook.push({ itemId: item.id, orgId: place.orgId, paymentId: place.id, chargeId: item.objectId })
    else found.set(item.id, nothing('no payment of ours'))
  }
  const outcomes = await bookBalanceTransactions(deps, toBook)
  for (const [index, { itemId }] of toBook.entries()) {
    found.set(itemId, outcomes[index] ?? { outcome: 'failed', note: 'no outcome' })
  }
  return found
}

async function writeOutcomes(
  deps: PaymentsDeps,
  items: readonly InboxItem[],
  found: ReadonlyMap<string, Found>,
): Promise<void> {
  const now = deps.clock.now()
  const worked: Worked[] = []
  const givenUp: { inboxId: string; type: string; note: string }[] = []
  for (const item of items) {
    const { outcome, note } = found.get(item.id) ?? { outcome: 'failed' as const, note: 'no outcome' }
    const again = outcome === 'deferred' || outcome === 'failed'
    const dueAt =
      again && item.attempts < mostAttempts ? new Date(now.getTime() + pauseAfter(item.attempts)) : null
    worked.push({ id: item.id, outcome, note, dueAt })
    if (again && dueAt === null) givenUp.push({ inboxId: item.id, type: item.type, note: note ?? '' })
    deps.metrics.count('webhooks_worked_off', { outcome })
    if (!again)
      deps.metrics.observe('webhook_to_effect', Math.max(0, now.getTime() - item.receivedAt.getTime()) / 1000)
  }
  await asPlatform(deps.db, async (tx) => {
    await store.noteOutcomes(tx, worked, now)
    await deps.events.emit(tx, platformOrgId, webhookGivenUp, givenUp)
  })
}

const second = 1000
/** 5 s, 10 s, 20 s .. up to four hours. */
function pauseAfter(attempts: number): number {
  return Math.min(4 * 3600, 5 * 2 ** Math.min(attempts - 1, 12)) * second
}
