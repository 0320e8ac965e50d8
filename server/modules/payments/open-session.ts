import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from '#platform/clock'
import { actAs, withOrg } from '#platform/database'
import { publicId, type Id, type OrgId } from '#platform/ids'
import { defineJob, enqueue } from '#platform/jobs'
import { killPoint } from '#platform/kill-point'
import { requestProblems } from '#platform/problem'
import type { PaymentsDeps } from './desks.ts'
import { paymentOpened } from './events.ts'
import { checkoutKey, sessionLife, type Payment, type PaymentId, type SessionRequest } from './payment.ts'
import * as store from './payment-store.ts'
import type { Answer, ProviderSession } from './provider.ts'
import { readVerdict } from './read-verdict.ts'
import { bringToDesk } from './settle-payment.ts'

export const openWaitingJob = defineJob<Record<string, never>>('payments.open-waiting')

const second = 1000
/** Longer than a call can take, with its second try. */
const lease = 45 * second

/**
 * Asks the provider for a session, or joins the line when others wait or the provider's rate is used up. Safe to repeat
 * and at once: two tabs get the same session. Without an answer the payment stays `created` and is asked for again with
 * the same key and body. Gives the payment as it is then; refuses an unknown id with request.not-found.
 */
export async function openSession(deps: PaymentsDeps, orgId: OrgId, paymentId: PaymentId): Promise<Payment> {
  const payment = await store.readPayment(deps.db, orgId, paymentId)
  if (!payment) throw requestProblems.notFound()
  if (payment.state !== 'created' || payment.waitingSince) return payment
  const { bucket, line } = deps.payments
  if ((await line.isEmpty()) && bucket.take()) return askForSession(deps, payment)
  await withOrg(deps.db, orgId, async (tx) => {
    await store.joinLine(tx, orgId, paymentId, deps.clock.now())
    await enqueue(tx, openWaitingJob, {}, { key: openWaitingJob.name })
  })
  return { ...payment, waitingSince: deps.clock.now() }
}

/** The payment's place in the line for the provider, 1 for the first; null when it does not wait. */
export async function positionInLine(
  deps: Pick<PaymentsDeps, 'payments'>,
  _orgId: OrgId,
  paymentId: PaymentId,
): Promise<number | null> {
  return deps.payments.line.position(paymentId)
}

const atOnce = 25
const longestRun = 50 * second

/**
 * Serves the line in order, as fast as the bucket allows, until nobody waits. Job `payments.open-waiting`. Stops after a
 * while and lets the next job go on, so that a worker can be stopped.
 */
export async function openWaiting(deps: PaymentsDeps): Promise<void> {
  const time = stopwatch()
  const running = new Set<Promise<unknown>>()
  await store.gatherForgotten(deps.db, deps.clock.now(), new Date(deps.clock.now().getTime() - lease))
  const begun = new Set<PaymentId>()
  while (time() < longestRun) {
    const next = (await store.nextInLine(deps.db, deps.clock.now(), atOnce)).filter(
      (one) => !begun.has(one.id),
    )
    if (next.length === 0) break
    for (const { orgId, id } of next) {
      while (!deps.payments.bucket.take()) await sleep(Math.max(10, deps.payments.bucket.wait()))
      if (running.size >= atOnce) await Promise.race(running)
      begun.add(id)
      const one: Promise<unknown> = openOne(deps, orgId, id).finally(() => running.delete(one))
      running.add(one)
    }
    if (begun.size > atOnce) await Promise.race(running)
  }
  await Promise.all(running)
  if (time() >= longestRun) {
    const [first] = await store.nextInLine(deps.db, deps.clock.now(), 1)
    if (first)
      await withOrg(deps.db, first.orgId, (tx) =>
        enqueue(tx, openWaitingJob, {}, { key: openWaitingJob.name }),
      )
  }
}

async function openOne(deps: PaymentsDeps, orgId: OrgId, id: PaymentId): Promise<void> {
  try {
    const payment = await store.readPayment(deps.db, orgId, id)
    if (payment?.state === 'created') await askForSession(deps, payment)
  } catch (error) {
    // One payment that cannot be opened must not hold up those behind it; its lease ends and it is tried again.
    deps.log.error({ err: error, paymentId: id }, 'a session could not be opened')
  }
}

/** Asks now, whatever the line. The request and its key are on disk before the call; nothing is locked during it. */
export async function askForSession(deps: PaymentsDeps, payment: Payment): Promise<Payment> {
  const { orgId, id } = payment
  const now = deps.clock.now()
  const request = requestFor(deps, payment, now)
  const leased = await withOrg(deps.db, orgId, (tx) =>
    store.leaseForAsking(tx, orgId, id, request, now, new Date(now.getTime() + lease)),
  )
  if (!leased?.request) return (await store.readPayment(deps.db, orgId, id)) ?? payment
  killPoint('payments.session-intended')
  const answer = await deps.provider.createSession(leased.request, checkoutKey(leased))
  killPoint('payments.session-made')
  await applyAnswer(deps, leased, leased.wasInDoubt, answer)
  return (await store.readPayment(deps.db, orgId, id)) ?? payment
}

function requestFor(deps: PaymentsDeps, payment: Payment, now: Date): SessionRequest {
  const order = publicId('ord', payment.orderId as Id<'ord'>)
  return {
    orgId: payment.orgId,
    orderId: payment.orderId,
    paymentId: payment.id,
    currency: payment.currency,
    ...payment.intent,
    successUrl: `${deps.publicUrl}/orders/${order}/return`,
    cancelUrl: `${deps.publicUrl}/orders/${order}`,
    expiresAtSeconds: Math.floor((now.getTime() + sessionLife) / 1000),
  }
}

async function applyAnswer(
  deps: PaymentsDeps,
  payment: Payment,
  wasInDoubt: boolean,
  answer: Answer<ProviderSession>,
): Promise<void> {
  const { orgId, id } = payment
  const now = deps.clock.now()
  const later = (milliseconds: number) => new Date(now.getTime() + milliseconds)
  if (answer.outcome === 'ok') return recordSession(deps, payment, answer.value)
  if (answer.outcome === 'busy') {
    if (answer.reason === 'rate-limit') deps.payments.bucket.slowDown()
    // A retry that was not made says nothing about the call before it.
    return withOrg(deps.db, orgId, (tx) => store.putBack(tx, orgId, id, wasInDoubt, now, later(second)))
  }
  if (answer.outcome === 'unknown') {
    if (answer.stored) return searchSession(deps, payment)
    return withOrg(deps.db, orgId, (tx) =>
      store.keepInDoubt(tx, orgId, id, now, later(pauseAfter(payment.asks))),
    )
  }
  // We asked too late with the frozen body. Had the key been used before, its answer would have come and not this; but
  // the provider forgets keys after a day, and then only its list tells what came of an earlier call.
  if (answer.param === 'expires_at')
    return wasInDoubt ? searchSession(deps, payment) : askAnew(deps, payment, true)
  deps.log.error(
    { paymentId: id, refusal: answer.code, param: answer.param },
    'the provider refused to open a session',
  )
  await bringToDesk(deps, payment, { kind: 'refused', because: answer.code }, 'asked')
}

/** 1, 4, 9, 16 .. seconds, at most a minute: a buyer waits. */
function pauseAfter(asks: number): number {
  return Math.min(60, asks * asks) * second
}

/**
 * The provider keeps an error under our key and will never say more. Whether it made the session shows in its list;
 * if it is not there, nothing came of the key and the next call has a new one.
 */
async function searchSession(deps: PaymentsDeps, payment: Payment): Promise<void> {
  const since = new Date(payment.createdAt.getTime() - 60 * second)
  const found = await deps.provider.findSession(payment.id, since)
  if (found.outcome === 'ok' && found.value) return recordSession(deps, payment, found.value)
  await askAnew(deps, payment, found.outcome === 'ok')
}

/** Back into the line; with a new key only where it is certain that nothing came of the one before. */
async function askAnew(deps: PaymentsDeps, { orgId, id }: Payment, withNewKey: boolean): Promise<void> {
  const now = deps.clock.now()
  await withOrg(deps.db, orgId, async (tx) => {
    await store.keepInDoubt(tx, orgId, id, now, new Date(now.getTime() + (withNewKey ? 0 : second)))
    if (withNewKey) await store.nextAttempt(tx, orgId, id)
    await enqueue(tx, openWaitingJob, {}, { key: openWaitingJob.name })
  })
}

/** The provider's answer meets our row: the session must be the one that we asked for. */
async function recordSession(deps: PaymentsDeps, payment: Payment, session: ProviderSession): Promise<void> {
  const { orgId, id, orderId, eventId } = payment
  const verdict = readVerdict(payment, session)
  // Looking for a lost answer may find that the session was paid, or is over, by now.
  if (verdict.kind !== 'open') return void (await bringToDesk(deps, payment, verdict, 'asked'))
  await withOrg(deps.db, orgId, async (tx) => {
    await actAs(tx, 'job:payments.open-session')
    const opened = await store.markOpen(tx, orgId, id, session, deps.clock.now())
    if (!opened) return
    await store.rememberReferences(tx, orgId, [{ kind: 'provider-session', key: session.id, id }])
    const windowEndsAt = opened.windowEndsAt.toISOString()
    await deps.events.emit(tx, orgId, paymentOpened, [{ paymentId: id, orderId, eventId, windowEndsAt }])
    deps.metrics.count('payments_moved', { event: 'open' })
  })
  killPoint('payments.session-recorded')
}
