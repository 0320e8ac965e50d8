import type Stripe from 'stripe'
import { answerChallenge, payCheckout } from './checkout.ts'
import type { CheckoutResult } from './checkout.ts'
import { findCard } from './cards.ts'
import { ApiError } from './errors.ts'
import type { ArmedFault, FaultOrder } from './faults.ts'
import type { LoggedRequest, RequestLog } from './request-log.ts'
import { eventObject } from './resources/events.ts'
import { createRefund, failRefund } from './resources/refunds.ts'
import { expireSession } from './resources/session-life.ts'
import { rollSecret, setConfiguredEndpoint } from './resources/webhook-endpoints.ts'
import type { Settings } from './settings.ts'
import type { DeliveryRecord } from './store.ts'
import type { Timeline } from './timeline.ts'
import type { World } from './world.ts'

export interface PayOptions {
  /** A card number or a `pm_card_..` name. Default 4242424242424242. */
  card?: string | undefined
  /** How the buyer answers a 3-D Secure challenge; left out, the challenge stays open. */
  threeDS?: 'pass' | 'fail' | undefined
  /** Pay by bank debit instead; it succeeds or fails days later. */
  bankDebit?: 'succeeds' | 'fails' | undefined
  email?: string | undefined
  name?: string | undefined
  phone?: string | undefined
  country?: string | undefined
  postalCode?: string | undefined
}

export interface PayOutcome {
  /** `complete` includes bank debits that are still processing; see the session's `payment_status`. */
  status: 'complete' | 'requires_action' | 'declined' | 'closed'
  session: Stripe.Checkout.Session | null
  paymentIntent: string | null
  message: string | null
  code: string | null
}

const copy = <T>(value: T): T => structuredClone(value)

/** What tests, the dashboard and the HTTP controls can do to a sandbox and read of it. */
export class Controls {
  readonly #world: World
  readonly #timeline: Timeline
  readonly #log: RequestLog

  constructor(world: World, timeline: Timeline, log: RequestLog) {
    this.#world = world
    this.#timeline = timeline
    this.#log = log
  }

  /** Pays a session as a buyer would on the hosted page. Refuses an unknown session id. */
  payCheckout(sessionId: string, options: PayOptions = {}): PayOutcome {
    const world = this.#world
    const session = world.store.sessions.get(sessionId)
    if (!session)
      throw new ApiError(404, { type: 'invalid_request_error', message: `No such session: ${sessionId}` })
    const known = findCard(options.card ?? '4242424242424242')
    const number = known?.number ?? options.card ?? ''
    const billing = {
      email: options.email ?? session.customer_email ?? 'buyer@example.com',
      name: options.name ?? 'Test Buyer',
      phone: options.phone,
      country: options.country ?? 'US',
      postalCode: options.postalCode ?? '12345',
    }
    const expYear = new Date(world.clock.now()).getUTCFullYear() + 2
    const cvc = known?.brand === 'amex' ? '1234' : '123'
    const card = { number, expMonth: 12, expYear, cvc }
    let result: CheckoutResult = world.perform(`pay ${sessionId}`, () =>
      payCheckout(world, sessionId, {
        billing,
        method: options.bankDebit
          ? { type: 'us_bank_account', outcome: options.bankDebit }
          : { type: 'card', card },
      }),
    )
    if (result.kind === 'challenge' && options.threeDS) {
      const { intent } = result
      const outcome = options.threeDS
      const answered = world.perform(`challenge ${intent.id}`, () =>
        answerChallenge(world, intent.id, outcome),
      )
      if (answered.kind !== 'answered') result = answered
    }
    return this.#outcome(sessionId, result)
  }

  /** Answers the challenge of a payment intent, of a session or not. */
  answerChallenge(intentId: string, outcome: 'pass' | 'fail'): Stripe.PaymentIntent {
    const world = this.#world
    const intent = world.store.paymentIntents.get(intentId)
    if (intent?.status !== 'requires_action') {
      throw new ApiError(400, {
        type: 'invalid_request_error',
        message: `Payment intent ${intentId} waits for no challenge.`,
      })
    }
    world.perform(`challenge ${intentId}`, () => answerChallenge(world, intentId, outcome))
    return copy(intent)
  }

  expireCheckout(sessionId: string): Stripe.Checkout.Session {
    return copy(this.#world.perform(`expire ${sessionId}`, () => expireSession(this.#world, sessionId)))
  }

  /** Refunds a payment, in full or in part, as a person at the provider's dashboard would. */
  refund(paymentIntent: string, amount?: number): Stripe.Refund {
    const wanted =
      amount === undefined ? { payment_intent: paymentIntent } : { payment_intent: paymentIntent, amount }
    return copy(this.#world.perform(`refund ${paymentIntent}`, () => createRefund(this.#world, wanted)))
  }

  /** Makes a refund fail that has succeeded or is pending. */
  failRefund(refundId: string, reason?: string): Stripe.Refund {
    return copy(this.#world.perform(`fail ${refundId}`, () => failRefund(this.#world, refundId, reason)))
  }

  /** Sets the one endpoint that the sandbox tells of events (or replaces it). */
  setWebhook(webhook: { url: string; secret: string; events?: string[] }): string {
    return this.#world.perform('webhook', () => setConfiguredEndpoint(this.#world, webhook)).id
  }

  /** Rolls the secret of the set endpoint; both secrets sign for the overlap (at most a day). Returns the new one. */
  rollWebhookSecret(options: { overlapMs: number; secret?: string }): string {
    const endpoint = this.#world.store.endpoints.all().find((row) => row.configured)
    if (!endpoint) throw new ApiError(400, { type: 'invalid_request_error', message: 'No webhook is set.' })
    return rollSecret(this.#world, endpoint.id, options.overlapMs, options.secret).secret
  }

  /** Delivers an event again, now. */
  redeliver(eventId: string): string[] {
    const event = this.#world.store.events.get(eventId)
    if (!event)
      throw new ApiError(404, { type: 'invalid_request_error', message: `No such event: ${eventId}` })
    return this.#world.perform(`redeliver ${eventId}`, () => this.#world.courier.redeliver(event))
  }

  arm(order: FaultOrder): string {
    return this.#world.faults.arm(order)
  }

  disarm(id?: string): void {
    this.#world.faults.disarm(id)
  }

  faults(): ArmedFault[] {
    return this.#world.faults.list()
  }

  now(): Date {
    return new Date(this.#world.clock.now())
  }

  async advance(ms: number): Promise<Date> {
    await this.#timeline.advance(ms)
    return this.now()
  }

  /** Makes every try that is due now; returns how many tries that were. */
  async deliverDue(): Promise<number> {
    const before = this.#world.courier.tries
    await this.#timeline.idle()
    return this.#world.courier.tries - before
  }

  async idle(): Promise<void> {
    await this.#timeline.idle()
  }

  /** Recounts the whole ledger; throws IdentityBroken with the figures if it does not add up. */
  checkBalance(): Stripe.Balance {
    this.#world.check('a check on request', true)
    return copy(this.#world.ledger.balance(this.#world.settings.defaultCurrency))
  }

  get settings(): Settings {
    return this.#world.settings
  }

  sessions(): Stripe.Checkout.Session[] {
    return copy(this.#world.store.sessions.all())
  }

  session(id: string): Stripe.Checkout.Session | undefined {
    return copy(this.#world.store.sessions.get(id))
  }

  paymentIntents(): Stripe.PaymentIntent[] {
    return copy(this.#world.store.paymentIntents.all())
  }

  charges(): Stripe.Charge[] {
    return copy(this.#world.store.charges.all())
  }

  refunds(): Stripe.Refund[] {
    return copy(this.#world.store.refunds.all())
  }

  balanceTransactions(): Stripe.BalanceTransaction[] {
    return copy(this.#world.store.balanceTransactions.all())
  }

  balance(): Stripe.Balance {
    return copy(this.#world.ledger.balance(this.#world.settings.defaultCurrency))
  }

  /** All events, oldest first, of one type if given. */
  events(type?: string): Stripe.Event[] {
    const rows =
      type === undefined ? this.#world.store.events.all() : this.#world.store.events.with('type', type)
    return rows.map((event) => eventObject(this.#world, event))
  }

  /** The delivery log, oldest first, of one event if given. */
  deliveries(eventId?: string): DeliveryRecord[] {
    const { deliveries } = this.#world.store
    return copy(eventId === undefined ? deliveries.all() : deliveries.with('event', eventId))
  }

  /** The latest requests to the API, oldest first. */
  requests(): LoggedRequest[] {
    return copy(this.#log.all())
  }

  #outcome(sessionId: string, result: CheckoutResult): PayOutcome {
    const session = this.session(sessionId) ?? null
    const declined = result.kind === 'declined' ? result : null
    return {
      status: result.kind === 'challenge' ? 'requires_action' : result.kind,
      session,
      paymentIntent: (session?.payment_intent as string | null | undefined) ?? null,
      message: declined?.message ?? null,
      code: declined?.code ?? null,
    }
  }
}
