import type Stripe from 'stripe'
import { invalidRequest, noSuch } from '../errors.ts'
import type { SessionWork } from '../store.ts'
import type { World } from '../world.ts'
import { endIntent } from './intent-life.ts'

/** How long a recovery address works. */
const recoverySeconds = 30 * 86_400

/** Finds a session, or refuses with the provider's 404. */
export function existingSession(world: World, id: string): Stripe.Checkout.Session {
  const session = world.store.sessions.get(id)
  if (!session) throw noSuch('checkout.session', id)
  return session
}

function expire(world: World, session: Stripe.Checkout.Session): void {
  session.status = 'expired'
  session.url = null
  const recovery = session.after_expiration?.recovery
  if (recovery?.enabled) {
    const work = world.store.sessionWork.get(session.id) as SessionWork
    work.recoveryToken = world.random.text(40)
    world.store.sessionWork.touch(work)
    recovery.url = `${world.publicUrl}/r/${work.recoveryToken}`
    recovery.expires_at = world.clock.seconds() + recoverySeconds
  }
  world.emit('checkout.session.expired', session)
  const intent = world.store.paymentIntents.get((session.payment_intent as string | null) ?? '')
  if (!intent || !world.settings.cancelIntentOnSessionExpiry) return
  // Whoever is at the challenge page right now must find out that it is too late.
  if (intent.status === 'requires_payment_method' || intent.status === 'requires_action') {
    endIntent(world, intent, null)
  }
}

/** Ends a session whose time has passed without payment. */
export function expireSessionByTimer(world: World, id: string): void {
  const session = world.store.sessions.get(id)
  if (session?.status === 'open') expire(world, session)
}

/** Ends an open session; refuses one that is already complete or expired. */
export function expireSession(world: World, id: string): Stripe.Checkout.Session {
  const session = existingSession(world, id)
  if (session.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    )
  }
  expire(world, session)
  return session
}

/** Marks a session as complete and tells it. */
export function completeSession(
  world: World,
  session: Stripe.Checkout.Session,
  paymentStatus: Stripe.Checkout.Session.PaymentStatus,
): void {
  session.status = 'complete'
  session.payment_status = paymentStatus
  session.url = null
  world.emit('checkout.session.completed', session)
}

/** The bank debit of a completed session succeeded or failed. */
export function completeAsyncSession(world: World, session: Stripe.Checkout.Session, paid: boolean): void {
  if (paid) session.payment_status = 'paid'
  world.emit(`checkout.session.async_payment_${paid ? 'succeeded' : 'failed'}`, session)
}

/** Opens a new session in place of an expired one, or undefined when the address is unknown or too old. */
export function recoverSession(world: World, token: string): Stripe.Checkout.Session | undefined {
  const work = world.store.sessionWork.with('recovery', token)[0]
  const former = work && world.store.sessions.get(work.id)
  const until = former?.after_expiration?.recovery?.expires_at ?? 0
  if (!work || !former || until < world.clock.seconds()) return undefined
  const id = world.id('cs_test_')
  const now = world.clock.seconds()
  const recovery = former.after_expiration?.recovery
  const session: Stripe.Checkout.Session = {
    ...structuredClone(former),
    id,
    created: now,
    expires_at: now + 86_400,
    status: 'open',
    payment_status: 'unpaid',
    payment_intent: null,
    recovered_from: former.id,
    url: `${world.publicUrl}/c/pay/${id}`,
    after_expiration: recovery ? { recovery: { ...recovery, expires_at: null, url: null } } : null,
  }
  world.store.sessions.insert(session)
  world.store.sessionWork.insert({ ...structuredClone(work), id, recoveryToken: null })
  world.scheduler.add('session.expire', id, session.expires_at * 1000)
  return session
}
