import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import type { PaymentsDeps } from './desks.ts'
import { askForSession } from './open-session.ts'
import { silencePatience, type Payment, type PaymentId } from './payment.ts'
import * as store from './payment-store.ts'
import { readVerdict } from './read-verdict.ts'
import { bringToDesk, isSettled } from './settle-payment.ts'

/**
 * Ends a payment, and asks the provider first: its session is expired there, and if it turns out to be complete it is
 * settled instead. While the provider does not answer nothing changes, until five minutes after the session's own end;
 * then the payment is given up, announced as stuck, and still asked for. A payment in the bank's hands is left alone.
 */
export async function endPayment(deps: PaymentsDeps, orgId: OrgId, paymentId: PaymentId): Promise<Payment> {
  const payment = await store.readPayment(deps.db, orgId, paymentId)
  if (!payment) throw requestProblems.notFound()
  if (isSettled(payment) || payment.state === 'processing') return payment
  if (payment.sessionId === null && !payment.inDoubt) {
    await bringToDesk(deps, payment, { kind: 'never-asked' }, 'ended')
  } else {
    const known = payment.sessionId === null ? await askForSession(deps, payment) : payment
    if (known.sessionId !== null && !isSettled(known)) await endSession(deps, known, known.sessionId)
    else if (known.state === 'created') await giveUpAfterLongSilence(deps, known, known.requestExpiresAt)
  }
  return (await store.readPayment(deps.db, orgId, paymentId)) ?? payment
}

async function endSession(deps: PaymentsDeps, payment: Payment, sessionId: string): Promise<void> {
  await withOrg(deps.db, payment.orgId, (tx) =>
    store.noteAsked(tx, payment.orgId, payment.id, deps.clock.now()),
  )
  // Ending twice is harmless, and an error kept under a key would stay; so each minute has its own key.
  const minute = Math.floor(deps.clock.now().getTime() / 60_000)
  const ended = await deps.provider.expireSession(sessionId, `expire:${payment.id}:${minute}`)
  // Refused means that it is not open any more; unknown, that it may be over. Either way the session itself tells.
  const answer = ended.outcome === 'ok' ? ended : await deps.provider.retrieveSession(sessionId)
  if (answer.outcome === 'ok') {
    await bringToDesk(deps, payment, readVerdict(payment, answer.value), 'ended')
    return
  }
  await giveUpAfterLongSilence(deps, payment, payment.sessionExpiresAt)
}

async function giveUpAfterLongSilence(
  deps: PaymentsDeps,
  payment: Payment,
  sessionEnd: Date | null,
): Promise<void> {
  if (sessionEnd === null) return
  if (deps.clock.now().getTime() < sessionEnd.getTime() + silencePatience) return
  await bringToDesk(deps, payment, { kind: 'given-up' }, 'ended')
}
