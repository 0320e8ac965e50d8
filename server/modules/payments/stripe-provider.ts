import { setTimeout as sleep } from 'node:timers/promises'
import { BrokenCircuitError, CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel'
import Stripe from 'stripe'
import { stopwatch } from '#platform/clock'
import type { Platform } from '#platform/platform'
import type { SessionRequest } from './payment.ts'
import type { Answer, PaymentProvider, ProviderEvent, ProviderRefund, ProviderSession } from './provider.ts'
import {
  demandKind,
  labelsOf,
  readCharge,
  readEvent,
  readRefund,
  readSession,
  UnreadableAnswer,
} from './stripe-shapes.ts'

export interface StripeOptions {
  /** Undefined for the provider itself. */
  apiUrl: string | undefined
  secretKey: string
  timeoutMs?: number
  /** How many calls in a row must find nobody before none is made for a while, and how long that while is. */
  breaker?: { failures: number; pauseMs: number }
}

type Ground = { stripe: Stripe; run: Run }
type Run = <Value>(name: string, work: () => Promise<Value>) => Promise<Answer<Value>>

/** Stripe behind the port. Every POST carries a key of ours; nothing is retried by the library itself. */
export function createStripeProvider(
  options: StripeOptions,
  deps: Pick<Platform, 'metrics' | 'log'>,
): PaymentProvider {
  const stripe = new Stripe(options.secretKey, {
    ...addressOf(options.apiUrl),
    telemetry: false,
    maxNetworkRetries: 0,
    timeout: options.timeoutMs ?? 20_000,
  })
  const run = createRun(options, deps)
  const ground: Ground = { stripe, run }
  return { ...sessionCalls(ground), ...moneyCalls(ground), ...eventCalls(ground) }
}

function addressOf(apiUrl: string | undefined): Partial<Stripe.StripeConfig> {
  if (apiUrl === undefined) return {}
  const url = new URL(apiUrl)
  const protocol = url.protocol === 'http:' ? 'http' : 'https'
  return { host: url.hostname, port: url.port || (protocol === 'http' ? 80 : 443), protocol }
}

function sessionCalls({ stripe, run }: Ground) {
  const whole = { expand: ['payment_intent'] }
  return {
    createSession: (request: SessionRequest, key: string) =>
      run('create-session', async () =>
        readSession(await stripe.checkout.sessions.create(sessionParams(request), { idempotencyKey: key })),
      ),
    retrieveSession: (sessionId: string) =>
      run('retrieve-session', async () => {
        const session = readSession(await stripe.checkout.sessions.retrieve(sessionId, whole))
        if (session.id !== sessionId)
          throw new UnreadableAnswer('another session than the one that was asked for')
        return session
      }),
    expireSession: (sessionId: string, key: string) =>
      run('expire-session', async () =>
        readSession(await stripe.checkout.sessions.expire(sessionId, whole, { idempotencyKey: key })),
      ),
    findSession: (paymentId: string, since: Date) =>
      run('find-session', async (): Promise<ProviderSession | undefined> => {
        const created = { gte: Math.floor(since.getTime() / 1000) }
        for await (const raw of pages((after) =>
          stripe.checkout.sessions.list({ created, limit: 100, ...after }),
        )) {
          const session = readSession(raw)
          // The list gives a payment by its id alone; what is decided about money is decided from the session itself.
          if (session.metadata['payment'] === paymentId)
            return readSession(await stripe.checkout.sessions.retrieve(session.id, whole))
        }
        return undefined
      }),
  }
}

function moneyCalls({ stripe, run }: Ground) {
  const whole = { expand: ['balance_transaction', 'failure_balance_transaction'] }
  return {
    refundPayment: (
      request: { providerPayment: string; amount: number; metadata: Record<string, string> },
      key: string,
    ) =>
      run('refund-payment', async () =>
        readRefund(
          await stripe.refunds.create(
            {
              payment_intent: request.providerPayment,
              amount: request.amount,
              metadata: request.metadata,
              ...whole,
            },
            { idempotencyKey: key },
          ),
        ),
      ),
    retrieveRefund: (refundId: string) =>
      run('retrieve-refund', async () => readRefund(await stripe.refunds.retrieve(refundId, whole))),
    listRefunds: (providerPayment: string) =>
      run('list-refunds', async () => {
        const found: ProviderRefund[] = []
        const expand = whole.expand.map((path) => `data.${path}`)
        const list = (after: { starting_after?: string }) =>
          stripe.refunds.list({ payment_intent: providerPayment, limit: 100, expand, ...after })
        for await (const raw of pages(list)) found.push(readRefund(raw))
        return found
      }),
    retrieveCharge: (chargeId: string) =>
      run('retrieve-charge', async () =>
        readCharge(await stripe.charges.retrieve(chargeId, { expand: ['balance_transaction'] })),
      ),
  }
}

function eventCalls({ stripe, run }: Ground) {
  return {
    retrieveEvent: (eventId: string) =>
      run('retrieve-event', async () => readEvent(await stripe.events.retrieve(eventId))),
    listEvents: (since: Date, types: readonly string[]) =>
      run('list-events', async () => {
        const found: ProviderEvent[] = []
        const created = { gte: Math.floor(since.getTime() / 1000) }
        const list = (after: { starting_after?: string }) =>
          stripe.events.list({ created, types: [...types], limit: 100, ...after })
        for await (const raw of pages(list)) found.push(readEvent(raw))
        return found.toReversed()
      }),
    probe: () =>
      run('probe', async () => {
        demandKind(await stripe.balance.retrieve(), 'balance')
        return true as const
      }),
  }
}

/** 3-D Secure is left to the provider, whose default is `automatic`: it asks where the bank or the law wants it. */
function sessionParams(request: SessionRequest): Stripe.Checkout.SessionCreateParams {
  const metadata = labelsOf(request)
  return {
    mode: 'payment',
    client_reference_id: request.orderId,
    metadata,
    payment_intent_data: { metadata, description: request.description },
    line_items: request.lines.map((line) => ({
      quantity: line.quantity,
      price_data: {
        currency: request.currency.toLowerCase(),
        unit_amount: line.unitAmount,
        product_data: { name: line.name.slice(0, 250) },
      },
    })),
    customer_email: request.buyerEmail,
    billing_address_collection: 'auto',
    locale: request.locale,
    success_url: request.successUrl,
    cancel_url: request.cancelUrl,
    expires_at: request.expiresAtSeconds,
  }
}

type Page = { object?: unknown; data: { id: string }[]; has_more: boolean }

const mostPages = 100

async function* pages(list: (after: { starting_after?: string }) => Promise<Page>): AsyncGenerator {
  let last: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await list(last === undefined ? {} : { starting_after: last })
    demandKind(answer, 'list')
    yield* answer.data
    last = answer.data.at(-1)?.id
    if (!answer.has_more || last === undefined) return
  }
  // Half a list is no proof that something is absent.
  throw new UnreadableAnswer('a list of the provider does not end')
}

/** One more try at once for what broke on the way: the key makes it the same request. A time-out waited long enough already. */
const pauseBeforeSecondTry = 250

function createRun(options: StripeOptions, { metrics, log }: Pick<Platform, 'metrics' | 'log'>): Run {
  const { failures, pauseMs } = options.breaker ?? { failures: 5, pauseMs: 10_000 }
  const breaker = circuitBreaker(handleWhen(isNobodyThere), {
    halfOpenAfter: pauseMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  breaker.onBreak(() => log.warn('the payment provider does not answer; calls pause'))
  breaker.onReset(() => log.info('the payment provider answers again'))
  metrics.gauge('provider_breaker_open', 'whether calls to the payment provider pause', () =>
    breaker.state === CircuitState.Closed ? 0 : 1,
  )
  return async (name, work) => {
    const time = stopwatch()
    let answer = await once(() => breaker.execute(work))
    if (answer.outcome === 'unknown' && answer.reason !== 'timeout' && answer.reason !== 'in-flight') {
      await sleep(pauseBeforeSecondTry)
      const second = await once(() => breaker.execute(work))
      // That the second was not made says nothing about the first.
      if (second.outcome !== 'busy') answer = second
    }
    metrics.count('provider_calls', { call: name, outcome: answer.outcome })
    metrics.observe('provider_call', time() / 1000, { call: name })
    if (answer.outcome !== 'ok')
      log.warn({ call: name, ...loggable(answer) }, 'the payment provider did not do it')
    return answer
  }
}

function loggable<Value>(answer: Exclude<Answer<Value>, { outcome: 'ok' }>): Record<string, unknown> {
  if (answer.outcome !== 'refused') return answer
  return { outcome: answer.outcome, httpStatus: answer.status, refusal: answer.code, param: answer.param }
}

async function once<Value>(work: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { outcome: 'ok', value: await work() }
  } catch (error) {
    return classify(error)
  }
}

function isNobodyThere(error: unknown): boolean {
  const answer = classify(error)
  return answer.outcome === 'unknown' && answer.reason !== 'in-flight'
}

function classify(error: unknown): Exclude<Answer<never>, { outcome: 'ok' }> {
  if (error instanceof BrokenCircuitError) return { outcome: 'busy', reason: 'breaker-open' }
  if (error instanceof UnreadableAnswer) return { outcome: 'unknown', reason: 'unreadable', stored: false }
  // The library stumbles over bodies that no provider sends; what the call did is as unknown as with any other.
  if (!(error instanceof Stripe.errors.StripeError))
    return { outcome: 'unknown', reason: 'unreadable', stored: false }
  const { statusCode: status, code, param, message, rawType } = error
  if (error instanceof Stripe.errors.StripeRateLimitError) return { outcome: 'busy', reason: 'rate-limit' }
  const stored = error.headers?.['idempotent-replayed'] === 'true'
  if (status === 409) return { outcome: 'unknown', reason: 'in-flight', stored: false }
  if (status !== undefined && status >= 400 && status < 500) {
    return { outcome: 'refused', status, code: code ?? rawType ?? 'unnamed', param: param ?? null, message }
  }
  if (status !== undefined && status >= 500) return { outcome: 'unknown', reason: 'server-error', stored }
  if (/timeout being reached/.test(message)) return { outcome: 'unknown', reason: 'timeout', stored: false }
  if (error instanceof Stripe.errors.StripeConnectionError)
    return { outcome: 'unknown', reason: 'connection', stored: false }
  return { outcome: 'unknown', reason: 'unreadable', stored: false }
}
