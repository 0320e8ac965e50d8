import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startStripeSandbox, type FaultKind, type StripeSandbox } from '@tessera/sandbox-stripe'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLogger, createMetrics } from '#platform/telemetry'
import type { SessionRequest } from './payment.ts'
import type { PaymentProvider } from './provider.ts'
import { createStripeProvider, type StripeOptions } from './stripe-provider.ts'

const log = createLogger({ level: 'silent', pretty: false })
let stripe: StripeSandbox
let provider: PaymentProvider
beforeAll(async () => {
  stripe = await startStripeSandbox()
  provider = make()
})
afterAll(() => stripe.close())
afterEach(() => stripe.faults.disarm())

function make(options: Partial<StripeOptions> = {}): PaymentProvider {
  const breaker = { failures: 1000, pauseMs: 1 }
  return createStripeProvider(
    { apiUrl: stripe.url, secretKey: stripe.apiKey, timeoutMs: 300, breaker, ...options },
    { log, metrics: createMetrics() },
  )
}

let counter = 0
function request(over: Partial<SessionRequest> = {}): SessionRequest {
  counter += 1
  return {
    orgId: 'org',
    orderId: `order-${counter}`,
    paymentId: `payment-${counter}`,
    currency: 'EUR',
    description: 'Open Air',
    lines: [{ name: 'Standard', quantity: 2, unitAmount: 2500 }],
    buyerEmail: 'ana@example.com',
    locale: 'de',
    successUrl: 'https://tickets.example/return',
    cancelUrl: 'https://tickets.example/order',
    expiresAtSeconds: Math.floor(stripe.clock.now().getTime() / 1000) + 31 * 60,
    ...over,
  }
}

describe('what an answer of the provider is taken for', () => {
  const cases: [FaultKind, object][] = [
    ['timeout_after_commit', { outcome: 'unknown', reason: 'timeout' }],
    ['cut_before_commit', { outcome: 'unknown', reason: 'connection' }],
    ['cut_after_commit', { outcome: 'unknown', reason: 'connection' }],
    ['error_before_commit', { outcome: 'unknown', reason: 'server-error', stored: true }],
    ['error_after_commit', { outcome: 'unknown', reason: 'server-error', stored: true }],
    ['bare_error', { outcome: 'unknown', reason: 'unreadable' }],
    ['truncated_body', { outcome: 'unknown' }],
    ['rate_limit', { outcome: 'busy', reason: 'rate-limit' }],
  ]
  test.each(cases)('%s', async (kind, expected) => {
    stripe.faults.arm({ kind, count: 12 })
    const one = request()
    expect(await provider.createSession(one, `key-${one.orderId}`)).toMatchObject(expected)
  })

  test('a time-out is given up after its time, and asked again only with the same key', async () => {
    stripe.faults.arm({ kind: 'timeout_after_commit' })
    const one = request()
    const first = await provider.createSession(one, 'the-key')
    const second = await provider.createSession(one, 'the-key')
    expect(first).toMatchObject({ outcome: 'unknown' })
    expect(second).toMatchObject({ outcome: 'ok', value: { clientReference: one.orderId } })
    expect(
      stripe.state.sessions().filter((session) => session.client_reference_id === one.orderId),
    ).toHaveLength(1)
  })

  test('a refusal is certain and names what was wrong', async () => {
    expect(await provider.createSession(request({ expiresAtSeconds: 5 }), 'k1')).toMatchObject({
      outcome: 'refused',
      param: 'expires_at',
    })
    expect(await provider.retrieveSession('cs_test_nobody')).toMatchObject({
      outcome: 'refused',
      status: 404,
      code: 'resource_missing',
    })
    expect(await make({ secretKey: 'sk_test_wrong' }).probe()).toMatchObject({
      outcome: 'refused',
      status: 401,
    })
  })

  test('the same key with another body is refused and never executed', async () => {
    const one = request()
    await provider.createSession(one, 'used')
    expect(await provider.createSession(request(), 'used')).toMatchObject({
      outcome: 'refused',
      code: 'idempotency_error',
    })
  })

  test('an answer that is not the provider’s is not believed, whatever its status', async () => {
    const answers = [
      '{}',
      '{"id":"cs_1","object":"customer"}',
      '[]',
      'null',
      '<html>',
      '{"object":"checkout.session","id":"re_1"}',
    ]
    for (const body of answers) {
      const server = createServer((_request, response) =>
        response.setHeader('content-type', 'application/json').end(body),
      )
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const stranger = make({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
      expect(await stranger.retrieveSession('cs_1')).toMatchObject({ outcome: 'unknown' })
      expect(await stranger.probe()).toMatchObject({ outcome: 'unknown' })
      server.closeAllConnections()
      server.close()
    }
  })

  test('nobody listens: unknown, and never thrown', async () => {
    const nobody = make({ apiUrl: 'http://127.0.0.1:1' })
    expect(await nobody.probe()).toMatchObject({ outcome: 'unknown', reason: 'connection' })
  })

  test('a lost session is found by its label, however many there are', async () => {
    const since = new Date(stripe.clock.now().getTime() - 60_000)
    const wanted = request()
    await provider.createSession(wanted, 'wanted')
    for (let n = 0; n < 105; n += 1) await provider.createSession(request(), `other-${n}`)
    expect(await provider.findSession(wanted.paymentId, since)).toMatchObject({
      outcome: 'ok',
      value: { clientReference: wanted.orderId },
    })
    expect(await provider.findSession('nobody', since)).toEqual({ outcome: 'ok', value: undefined })
  })
})

describe('the breaker', () => {
  test('opens when nobody answers, says so at once, and closes when somebody does', async () => {
    const careful = make({ breaker: { failures: 3, pauseMs: 1000 } })
    stripe.faults.arm({ kind: 'bare_error', count: 3 })
    await careful.probe()
    await careful.probe()
    const before = stripe.state.requests().length
    expect(await careful.probe()).toEqual({ outcome: 'busy', reason: 'breaker-open' })
    expect(stripe.state.requests()).toHaveLength(before)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await careful.probe()).toEqual({ outcome: 'ok', value: true })
  })

  test('stays closed for refusals and "too many", however often', async () => {
    const careful = make({ breaker: { failures: 3, pauseMs: 60_000 } })
    stripe.faults.arm({ kind: 'rate_limit', count: 5 })
    for (let n = 0; n < 5; n += 1)
      expect(await careful.probe()).toMatchObject({ outcome: 'busy', reason: 'rate-limit' })
    for (let n = 0; n < 5; n += 1)
      expect(await careful.retrieveSession('cs_no')).toMatchObject({ outcome: 'refused' })
    expect(await careful.probe()).toMatchObject({ outcome: 'ok' })
  })
})
