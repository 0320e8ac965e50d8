import type Stripe from 'stripe'
import { ApiError } from './errors.ts'
import { attemptPayment, failChallenge } from './payments.ts'
import type { Attempt } from './payments.ts'
import { completeSession } from './resources/session-life.ts'
import { createCustomer } from './resources/customers.ts'
import { createIntent } from './resources/intent-life.ts'
import { createBankMethod, createCardMethod } from './resources/payment-methods.ts'
import type { Billing, CardDetails } from './resources/payment-methods.ts'
import type { World } from './world.ts'

/** What a buyer enters on the hosted page. */
export interface Payment {
  billing: Billing & { email: string }
  method:
    | { type: 'card'; card: CardDetails }
    | { type: 'us_bank_account'; outcome: 'succeeds' | 'fails' }
    | null
}

/** What became of it. `closed` means that the session can no longer be paid. */
export type CheckoutResult =
  | { kind: 'complete'; session: Stripe.Checkout.Session }
  | { kind: 'challenge'; session: Stripe.Checkout.Session; intent: Stripe.PaymentIntent }
  | { kind: 'declined'; message: string; code: string; param: string | undefined }
  | { kind: 'closed'; session: Stripe.Checkout.Session | undefined }

/** The intent of a session, made when the buyer confirms for the first time. */
function intentOf(world: World, session: Stripe.Checkout.Session): Stripe.PaymentIntent {
  const present = world.store.paymentIntents.get((session.payment_intent as string | null) ?? '')
  if (present) return present
  const data = world.store.sessionWork.get(session.id)?.intentData ?? {}
  const intent = createIntent(world, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? '',
    captureMethod: data.capture_method,
    customer: session.customer as string | null,
    description: data.description,
    metadata: data.metadata,
    receiptEmail: data.receipt_email,
    setupFutureUsage: data.setup_future_usage,
    statementDescriptor: data.statement_descriptor,
    statementDescriptorSuffix: data.statement_descriptor_suffix,
    transferGroup: data.transfer_group,
    methodTypes: session.payment_method_types,
    automaticMethods: null,
    session: session.id,
    returnUrl: session.success_url ?? undefined,
  })
  session.payment_intent = intent.id
  world.store.sessions.touch(session)
  return intent
}

function keepDetails(session: Stripe.Checkout.Session, billing: Payment['billing']): void {
  session.customer_details = {
    address: {
      city: null,
      country: billing.country ?? null,
      line1: null,
      line2: null,
      postal_code: billing.postalCode ?? null,
      state: null,
    },
    business_name: null,
    email: billing.email,
    individual_name: null,
    name: billing.name ?? null,
    phone: billing.phone ?? null,
    tax_exempt: 'none',
    tax_ids: [],
  }
}

function complete(world: World, session: Stripe.Checkout.Session, attempt: Attempt): void {
  completeSession(
    world,
    session,
    attempt.kind === 'paid'
      ? 'paid'
      : attempt.kind === 'held'
        ? world.settings.manualCapturePaymentStatus
        : 'unpaid',
  )
}

/** Runs the attempt and places `checkout.session.completed` among its events where the settings want it. */
function attemptAndComplete(
  world: World,
  session: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  authenticated: boolean,
): Attempt {
  const position = world.settings.sessionCompletedPosition
  let told = false
  const beforeSuccess = (): void => {
    if (position === 'last') return
    told = true
    complete(world, session, { kind: intent.capture_method === 'manual' ? 'held' : 'paid' })
  }
  const attempt = attemptPayment(world, intent, method, { offSession: false, authenticated, beforeSuccess })
  if (!told && attempt.kind !== 'declined' && attempt.kind !== 'challenge') complete(world, session, attempt)
  return attempt
}

function resultOf(
  session: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent,
  attempt: Attempt,
): CheckoutResult {
  if (attempt.kind === 'challenge') return { kind: 'challenge', session, intent }
  if (attempt.kind === 'declined') {
    const { message, code, param } = attempt.decline
    return { kind: 'declined', message, code, param }
  }
  return { kind: 'complete', session }
}

/**
 * The buyer presses "Pay". Card details that are wrong in themselves are refused without an attempt; a declined
 * attempt leaves the session open, so that another card can be tried.
 */
export function payCheckout(world: World, sessionId: string, payment: Payment): CheckoutResult {
  const session = world.store.sessions.get(sessionId)
  if (session?.status !== 'open') return { kind: 'closed', session }
  if (session.amount_total === 0 || payment.method === null) {
    if (session.amount_total !== 0)
      return { kind: 'declined', message: 'Choose a way to pay.', code: '', param: '' }
    keepDetails(session, payment.billing)
    completeSession(world, session, 'no_payment_required')
    return { kind: 'complete', session }
  }
  let method: Stripe.PaymentMethod
  try {
    method =
      payment.method.type === 'card'
        ? createCardMethod(world, payment.method.card, payment.billing)
        : createBankMethod(world, payment.method.outcome, payment.billing)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const { message, code, param } = error.body
    return { kind: 'declined', message, code: code ?? '', param }
  }
  if (session.customer_creation === 'always' && session.customer === null) {
    const { email, name } = payment.billing
    session.customer = createCustomer(world, { email, name } as Parameters<typeof createCustomer>[1]).id
    world.store.sessions.touch(session)
  }
  const intent = intentOf(world, session)
  keepDetails(session, payment.billing)
  return resultOf(session, intent, attemptAndComplete(world, session, intent, method, false))
}

/**
 * The buyer answers the 3-D Secure challenge. Works for intents of sessions and for those that the API confirmed;
 * `closed` when there is nothing to answer any more.
 */
export function answerChallenge(
  world: World,
  intentId: string,
  outcome: 'pass' | 'fail',
): CheckoutResult | { kind: 'answered'; intent: Stripe.PaymentIntent } {
  const intent = world.store.paymentIntents.get(intentId)
  const work = world.store.intentWork.get(intentId)
  const session = world.store.sessions.get(work?.session ?? '')
  const method = world.store.paymentMethods.get(work?.challenged ?? '')
  if (!intent || !work || !method || intent.status !== 'requires_action') return { kind: 'closed', session }
  if (session && session.status !== 'open') return { kind: 'closed', session }
  work.challenged = null
  if (outcome === 'fail') {
    const attempt = failChallenge(world, intent, method)
    return session ? resultOf(session, intent, attempt) : { kind: 'answered', intent }
  }
  if (session) return resultOf(session, intent, attemptAndComplete(world, session, intent, method, true))
  attemptPayment(world, intent, method, { offSession: false, authenticated: true })
  return { kind: 'answered', intent }
}
