import type Stripe from 'stripe'
import { findCard } from './cards.ts'
import type { Decline } from './cards.ts'
import { attachBalanceTransaction, createCharge } from './resources/charges.ts'
import { completeAsyncSession } from './resources/session-life.ts'
import type { World } from './world.ts'

/** What became of one attempt to pay. */
export type Attempt =
  | { kind: 'paid' }
  | { kind: 'held' }
  | { kind: 'processing' }
  | { kind: 'challenge' }
  | { kind: 'declined'; decline: Decline; charge: Stripe.Charge | null }

export interface AttemptOptions {
  /** The buyer is not there to answer a challenge. */
  offSession: boolean
  /** The challenge was passed. */
  authenticated: boolean
  /** Called between the charge and the success of the intent, to place a session's event among theirs. */
  beforeSuccess?: (() => void) | undefined
}

const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

const blockedByRule: Decline = {
  code: 'card_declined',
  declineCode: 'fraudulent',
  message: 'Your card was declined.',
  blocked: true,
}

const authenticationFailed: Decline = {
  code: 'payment_intent_authentication_failure',
  message:
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
}

const debitRefused: Decline = {
  code: 'insufficient_funds',
  message: "The customer's account has insufficient funds to cover this payment.",
}

/** Tries to pay an intent with a method and sends the events of what happened, in the provider's usual order. */
export function attemptPayment(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  options: AttemptOptions,
): Attempt {
  const work = world.store.methodWork.get(method.id)
  const known = findCard(work?.cardNumber ?? '')
  intent.last_payment_error = null
  intent.next_action = null
  if (known?.threeDSecure && !options.authenticated) {
    const exempt = known.threeDSecure === 'unless_set_up' && work?.setUp === true
    if (!exempt && options.offSession) return refuse(world, intent, method, authenticationRequired, options)
    if (!exempt) return challenge(world, intent, method)
  }
  const blocked = known?.risk === 'highest' && world.settings.blockHighestRisk
  const decline = known?.decline ?? (blocked ? blockedByRule : undefined)
  if (decline) return refuse(world, intent, method, decline, options)
  if (method.type === 'us_bank_account') return debit(world, intent, method)
  if (work && intent.setup_future_usage !== null) work.setUp = true
  return intent.capture_method === 'manual'
    ? hold(world, intent, method, options)
    : succeed(world, intent, method, options)
}

function challenge(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Attempt {
  const work = world.store.intentWork.get(intent.id)
  if (work) work.challenged = method.id
  intent.status = 'requires_action'
  intent.payment_method = method.id
  intent.latest_charge = null
  intent.next_action =
    work?.returnUrl || work?.session
      ? {
          type: 'redirect_to_url',
          redirect_to_url: {
            return_url: work.returnUrl,
            url: `${world.publicUrl}/challenge/${intent.id}`,
          },
        }
      : { type: 'use_stripe_sdk', use_stripe_sdk: {} }
  world.emit('payment_intent.requires_action', intent)
  return { kind: 'challenge' }
}

function lastError(
  decline: Decline,
  method: Stripe.PaymentMethod,
  charge: Stripe.Charge | null,
): Stripe.PaymentIntent.LastPaymentError {
  return {
    type: 'card_error',
    code: decline.code,
    doc_url: `https://stripe.com/docs/error-codes/${decline.code.replaceAll('_', '-')}`,
    message: decline.message,
    payment_method: structuredClone(method),
    ...(decline.declineCode === undefined ? {} : { decline_code: decline.declineCode }),
    ...(decline.param === undefined ? {} : { param: decline.param }),
    ...(charge === null ? {} : { charge: charge.id }),
  }
}

function refuse(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  decline: Decline,
  options: AttemptOptions,
): Attempt {
  const charge = createCharge(world, intent, method, {
    status: 'failed',
    captured: false,
    decline,
    authenticated: options.authenticated,
  })
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent.latest_charge = charge.id
  intent.last_payment_error = lastError(decline, method, charge)
  world.emit('charge.failed', charge)
  world.emit('payment_intent.payment_failed', intent)
  return { kind: 'declined', decline, charge }
}

/** The challenge was failed or abandoned: no charge was tried. */
export function failChallenge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Attempt {
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent.next_action = null
  intent.last_payment_error = lastError(authenticationFailed, method, null)
  world.emit('payment_intent.payment_failed', intent)
  return { kind: 'declined', decline: authenticationFailed, charge: null }
}

function hold(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  options: AttemptOptions,
): Attempt {
  const charge = createCharge(world, intent, method, {
    status: 'succeeded',
    captured: false,
    decline: null,
    authenticated: options.authenticated,
  })
  intent.status = 'requires_capture'
  intent.payment_method = method.id
  intent.latest_charge = charge.id
  intent.amount_capturable = intent.amount
  world.emit('charge.succeeded', charge)
  options.beforeSuccess?.()
  world.emit('payment_intent.amount_capturable_updated', intent)
  world.later('charge.hold_expires', charge.id, world.settings.captureWindowMs)
  return { kind: 'held' }
}

function succeed(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  options: AttemptOptions,
): Attempt {
  const charge = createCharge(world, intent, method, {
    status: 'succeeded',
    captured: true,
    decline: null,
    authenticated: options.authenticated,
  })
  markPaid(intent, charge, method.id)
  if (intent.capture_method === 'automatic') attachBalanceTransaction(world, charge)
  else world.later('charge.book', charge.id, world.settings.balanceTransactionDelayMs)
  world.emit('charge.succeeded', charge)
  options.beforeSuccess?.()
  world.emit('payment_intent.succeeded', intent)
  return { kind: 'paid' }
}

function markPaid(intent: Stripe.PaymentIntent, charge: Stripe.Charge, methodId: string): void {
  intent.status = 'succeeded'
  intent.payment_method = methodId
  intent.latest_charge = charge.id
  intent.amount_received = charge.amount_captured
  intent.processing = null
}

function debit(world: World, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Attempt {
  const charge = createCharge(world, intent, method, {
    status: 'pending',
    captured: true,
    decline: null,
    authenticated: false,
  })
  intent.status = 'processing'
  intent.payment_method = method.id
  intent.latest_charge = charge.id
  world.emit('charge.pending', charge)
  world.emit('payment_intent.processing', intent)
  world.later('bank_debit.settle', charge.id, world.settings.bankDebitDelayMs)
  return { kind: 'processing' }
}

/** The bank has answered: the debit succeeds or fails, and so does the session that waited for it. */
export function settleBankDebit(world: World, chargeId: string): void {
  const charge = world.store.charges.get(chargeId)
  const intent = charge && world.store.paymentIntents.get(charge.payment_intent as string)
  if (!charge || !intent || charge.status !== 'pending') return
  const session = world.store.sessions.with('payment_intent', intent.id)[0]
  if (world.store.chargeWork.get(chargeId)?.bankOutcome === 'fails') {
    const method = world.store.paymentMethods.get(charge.payment_method ?? '') as Stripe.PaymentMethod
    charge.status = 'failed'
    charge.paid = false
    charge.captured = false
    charge.amount_captured = 0
    charge.failure_code = debitRefused.code
    charge.failure_message = debitRefused.message
    intent.status = 'requires_payment_method'
    intent.payment_method = null
    intent.last_payment_error = lastError(debitRefused, method, charge)
    world.emit('charge.failed', charge)
    world.emit('payment_intent.payment_failed', intent)
    if (session) completeAsyncSession(world, session, false)
    return
  }
  charge.status = 'succeeded'
  charge.paid = true
  charge.receipt_url = `${world.publicUrl}/receipts/${charge.id}`
  markPaid(intent, charge, charge.payment_method as string)
  world.later('charge.book', charge.id, world.settings.balanceTransactionDelayMs)
  world.emit('charge.succeeded', charge)
  world.emit('payment_intent.succeeded', intent)
  if (session) completeAsyncSession(world, session, true)
}
