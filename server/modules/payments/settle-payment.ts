import { actAs, withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import { requestProblems } from '#platform/problem'
import { can, isEnd } from '#platform/state-machine'
import type { PaymentsDeps } from './desks.ts'
import * as events from './events.ts'
import { paymentMachine, type Payment, type PaymentId } from './payment.ts'
import * as store from './payment-store.ts'
import type { Answer, ProviderSession } from './provider.ts'
import { readVerdict, type Verdict } from './read-verdict.ts'
import { requestReturns } from './return-payment.ts'

export type SettleSource = 'webhook' | 'success-page' | 'sweeper' | 'ended' | 'asked'

export interface Settling {
  paymentId: PaymentId
  verdict: Verdict
  source: SettleSource
}

export type Settled = 'settled' | 'no_effect' | 'frozen'

/**
 * Asks the provider how a payment stands and does what follows: the same for webhook, success page and sweeper, any
 * number of times and at once. The provider's silence changes nothing. Refuses an unknown id with request.not-found.
 */
export async function settlePayment(
  deps: PaymentsDeps,
  orgId: OrgId,
  paymentId: PaymentId,
  source: SettleSource,
): Promise<Payment> {
  const payment = await store.readPayment(deps.db, orgId, paymentId)
  if (!payment) throw requestProblems.notFound()
  if (isSettled(payment) || (payment.sessionId === null && !payment.unconfirmed)) return payment
  const answer = await askAbout(deps, payment)
  if (answer.outcome !== 'ok') {
    await withOrg(deps.db, orgId, (tx) => store.noteAsked(tx, orgId, paymentId, deps.clock.now()))
    return payment
  }
  killPoint('payments.session-read')
  const verdict: Verdict = answer.value ? readVerdict(payment, answer.value) : { kind: 'never-asked' }
  await bringToDesk(deps, payment, verdict, source)
  return (await store.readPayment(deps.db, orgId, paymentId)) ?? payment
}

/** A payment that was given up without hearing of a session is looked for in the provider's list: there may be none. */
function askAbout(deps: PaymentsDeps, payment: Payment): Promise<Answer<ProviderSession | undefined>> {
  if (payment.sessionId !== null) return deps.provider.retrieveSession(payment.sessionId)
  return deps.provider.findSession(payment.id, new Date(payment.createdAt.getTime() - 60_000))
}

/** Nothing that the provider says can change it any more. */
export function isSettled(payment: Payment): boolean {
  if (payment.frozenBecause !== null) return true
  return isEnd(paymentMachine, payment.state) || (payment.state === 'expired' && !payment.unconfirmed)
}

/** Waits at the desk of the payment's event. Network calls are over by then: the desk's transaction waits for nobody. */
export function bringToDesk(
  deps: PaymentsDeps,
  payment: Pick<Payment, 'orgId' | 'eventId' | 'id'>,
  verdict: Verdict,
  source: SettleSource,
): Promise<Settled> {
  return deps.payments.settling.ask(`${payment.orgId}:${payment.eventId}`, {
    paymentId: payment.id,
    verdict,
    source,
  })
}

/** One transaction for all payments of an event that wait: states, directory, facts and what belongs to them. */
export async function settleAtDesk(
  deps: PaymentsDeps,
  key: string,
  requests: readonly Settling[],
): Promise<Settled[]> {
  const orgId = key.slice(0, key.indexOf(':')) as OrgId
  const settled = await withOrg(deps.db, orgId, async (tx) => {
    await actAs(tx, 'job:payments.settle', [...new Set(requests.map((request) => request.source))].join(', '))
    const locked = await store.lockPayments(
      tx,
      orgId,
      requests.map((request) => request.paymentId),
    )
    const plan = decide(locked, requests)
    await carryOut(deps, tx, orgId, plan)
    killPoint('payments.before-settle-commit')
    return plan.answers
  })
  killPoint('payments.settled')
  return settled
}

interface Plan {
  answers: Settled[]
  moves: Record<'process' | 'succeed' | 'fail' | 'expire', store.Move[]>
  frozen: { id: PaymentId; because: string }[]
  confirmed: PaymentId[]
  touched: Map<PaymentId, Payment>
}

/** Decides each request in order of arrival. What one request of the batch does, the next one already sees. */
function decide(locked: readonly Payment[], requests: readonly Settling[]): Plan {
  const touched = new Map(locked.map((payment) => [payment.id, { ...payment }]))
  const bought = new Set(locked.filter((one) => one.state === 'succeeded').map((one) => one.orderId))
  const plan: Plan = {
    answers: [],
    moves: { process: [], succeed: [], fail: [], expire: [] },
    frozen: [],
    confirmed: [],
    touched,
  }
  for (const { paymentId, verdict } of requests) {
    const payment = touched.get(paymentId)
    plan.answers.push(payment ? decideOne(plan, payment, verdict, bought) : 'no_effect')
  }
  return plan
}

const eventOf = {
  paid: 'succeed',
  processing: 'process',
  failed: 'fail',
  refused: 'fail',
  expired: 'expire',
  'never-asked': 'expire',
  'given-up': 'expire',
} as const

function decideOne(plan: Plan, payment: Payment, verdict: Verdict, bought: Set<string>): Settled {
  if (payment.frozenBecause !== null) return 'frozen'
  if (verdict.kind === 'open') return 'no_effect'
  if (verdict.kind === 'mismatch') {
    // What is settled stays settled; a strange answer about it is still worth an alert.
    payment.frozenBecause = verdict.because
    plan.frozen.push({ id: payment.id, because: verdict.because })
    return 'frozen'
  }
  // Between reading and now somebody may have begun to ask for a session; then it is not ours to end.
  if (verdict.kind === 'never-asked' && (payment.inDoubt || payment.sessionId !== null)) return 'no_effect'
  const nobodyPaid = verdict.kind === 'expired' || verdict.kind === 'never-asked'
  if (nobodyPaid && payment.state === 'expired' && payment.unconfirmed) plan.confirmed.push(payment.id)
  const event = eventOf[verdict.kind]
  if (!can(paymentMachine, payment.state, event)) return 'no_effect'
  const surplus = event === 'succeed' && bought.has(payment.orderId)
  if (event === 'succeed') bought.add(payment.orderId)
  plan.moves[event].push({
    id: payment.id,
    sessionId: 'sessionId' in verdict ? verdict.sessionId : null,
    providerPayment: 'providerPayment' in verdict ? verdict.providerPayment : null,
    providerCharge: 'providerCharge' in verdict ? verdict.providerCharge : null,
    surplus,
    unconfirmed: verdict.kind === 'given-up',
    refusal: 'because' in verdict ? verdict.because : null,
  })
  payment.state = paymentMachine[payment.state][event as never]
  return 'settled'
}

async function carryOut(deps: PaymentsDeps, tx: Tx, orgId: OrgId, plan: Plan): Promise<void> {
  const now = deps.clock.now()
  for (const event of ['succeed', 'process', 'fail', 'expire'] as const) {
    const moves = plan.moves[event]
    const moved = await store.movePayments(tx, orgId, event, moves, now)
    // The rows are locked since they were read, so the guard can only agree; if it ever does not, nothing is kept.
    if (moved.length !== moves.length)
      throw new Error(`${moves.length} payments were to ${event}, ${moved.length} did`)
  }
  if (plan.frozen.length > 0) await store.freezePayments(tx, orgId, plan.frozen)
  if (plan.confirmed.length > 0) await store.confirmExpiry(tx, orgId, plan.confirmed)
  await store.rememberReferences(tx, orgId, referencesOf(plan))
  await announce(deps, tx, orgId, plan)
}

function referencesOf(plan: Plan): Parameters<typeof store.rememberReferences>[2] {
  return [...plan.moves.succeed, ...plan.moves.process].flatMap((move) => [
    ...(move.sessionId === null
      ? []
      : [{ kind: 'provider-session' as const, key: move.sessionId, id: move.id }]),
    ...(move.providerPayment === null
      ? []
      : [{ kind: 'provider-payment' as const, key: move.providerPayment, id: move.id }]),
  ])
}

async function announce(deps: PaymentsDeps, tx: Tx, orgId: OrgId, plan: Plan): Promise<void> {
  const about = (id: PaymentId) => {
    const payment = plan.touched.get(id)
    if (!payment) throw new Error('a payment that was not read cannot have moved')
    return { payment, fact: { paymentId: id, orderId: payment.orderId, eventId: payment.eventId } }
  }
  const { succeed, process, fail, expire } = plan.moves
  const emit = deps.events.emit.bind(deps.events)
  const buying = succeed
    .filter((move) => !move.surplus)
    .map((move) => {
      const { payment, fact } = about(move.id)
      const { amount, currency } = payment
      const sessionId = move.sessionId ?? ''
      return {
        ...fact,
        amount,
        currency,
        sessionId,
        providerPayment: move.providerPayment ?? '',
        providerCharge: move.providerCharge,
      }
    })
  await emit(tx, orgId, events.paymentSucceeded, buying)
  const surplus = succeed.filter((move) => move.surplus).map((move) => about(move.id).payment)
  await requestReturns(deps, tx, orgId, surplus, 'paid-twice')
  await emit(
    tx,
    orgId,
    events.paymentProcessing,
    process.map((move) => about(move.id).fact),
  )
  await emit(
    tx,
    orgId,
    events.paymentFailed,
    fail.map((move) => ({ ...about(move.id).fact, reason: move.refusal ?? 'declined' })),
  )
  await emit(
    tx,
    orgId,
    events.paymentExpired,
    expire.map((move) => ({ ...about(move.id).fact, unconfirmed: move.unconfirmed })),
  )
  const stuck = expire.filter((move) => move.unconfirmed)
  await emit(
    tx,
    orgId,
    events.paymentStuck,
    stuck.map((move) => ({ ...about(move.id).fact, sessionId: about(move.id).payment.sessionId })),
  )
  await emit(
    tx,
    orgId,
    events.paymentFrozen,
    plan.frozen.map(({ id, because }) => ({ ...about(id).fact, because })),
  )
  for (const [event, moves] of Object.entries(plan.moves))
    deps.metrics.count('payments_moved', { event }, moves.length)
}
