import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sdk, secret, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const minute = 60_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

const customers = '/v1/customers'
const create = (stripe = shop.stripe) => stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k' })
const count = async () => (await shop.stripe.customers.list()).data.length

describe('a fault of the API', () => {
  it('time-out after commit: no answer, but the work is done and the key gives it', async () => {
    shop.sandbox.faults.arm({ kind: 'timeout_after_commit', path: customers })
    const impatient = new Stripe(shop.sandbox.apiKey, {
      host: shop.sandbox.host,
      port: shop.sandbox.port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
      timeout: 100,
    })
    expect(await refusal(create(impatient))).toBeInstanceOf(Stripe.errors.StripeConnectionError)
    expect(await count()).toBe(1)
    expect((await create()).lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(await count()).toBe(1)
  })

  it.each([
    ['cut_before_commit', 0],
    ['cut_after_commit', 1],
  ] as const)('%s: the connection breaks, with %i customers made', async (kind, made) => {
    // The SDK itself tries once more after a reset connection, so the fault strikes twice.
    shop.sandbox.faults.arm({ kind, path: customers, method: 'POST', count: 2 })
    expect(await refusal(create())).toBeInstanceOf(Stripe.errors.StripeConnectionError)
    expect(await count()).toBe(made)
  })

  it.each([
    ['error_before_commit', 0],
    ['error_after_commit', 1],
  ] as const)('%s: a 500 that the key keeps, with %i customers made', async (kind, made) => {
    shop.sandbox.faults.arm({ kind, path: customers, method: 'POST' })
    expect(await refusal(create())).toBeInstanceOf(Stripe.errors.StripeAPIError)
    expect(await count()).toBe(made)
    expect((await refusal(create())).statusCode).toBe(500)
    expect(await count()).toBe(made)
  })

  it('bare error: a 500 that the SDK takes for an answer', async () => {
    shop.sandbox.faults.arm({ kind: 'bare_error', path: customers })
    const answer = await create()
    expect(answer.id).toBeUndefined()
    expect(answer.lastResponse.statusCode).toBe(500)
    expect(await count()).toBe(0)
  })

  it('429 burst: exactly as many as armed, nothing kept', async () => {
    shop.sandbox.faults.arm({ kind: 'rate_limit', method: 'POST', path: '/v1/**', count: 2 })
    expect(await refusal(create())).toBeInstanceOf(Stripe.errors.StripeRateLimitError)
    expect((await refusal(create())).code).toBe('rate_limit')
    expect((await create()).name).toBe('A')
    shop.sandbox.faults.arm({ kind: 'rate_limit', code: 'lock_timeout' })
    expect((await refusal(create())).code).toBe('lock_timeout')
  })

  it('truncated body: the work is done, and the SDK does not retry', async () => {
    shop.sandbox.faults.arm({ kind: 'truncated_body', path: customers, method: 'POST' })
    expect(await refusal(create(sdk(shop.sandbox, { retries: 2 })))).toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    )
    expect(shop.sandbox.state.requests().filter((request) => request.method === 'POST')).toHaveLength(1)
    expect(await count()).toBe(1)
  })

  it('slow: the answer comes later', async () => {
    shop.sandbox.faults.arm({ kind: 'slow', path: customers, ms: 60 })
    const before = performance.now()
    await create()
    expect(performance.now() - before).toBeGreaterThan(55)
  })

  it('strikes only where it is armed, after those that it lets pass, until it is disarmed', async () => {
    const id = shop.sandbox.faults.arm({
      kind: 'error_before_commit',
      path: '/v1/payment_intents/*/capture',
      count: 5,
    })
    await create()
    shop.sandbox.faults.disarm(id)
    expect(shop.sandbox.faults.list()).toEqual([])
    shop.sandbox.faults.arm({ kind: 'error_before_commit', path: customers, method: 'POST', skip: 1 })
    await shop.stripe.customers.create({ name: 'B' })
    expect((await refusal(shop.stripe.customers.create({ name: 'C' }))).statusCode).toBe(500)
    await shop.stripe.customers.create({ name: 'D' })
  })

  it('with a rate strikes the same requests for the same seed', async () => {
    const struck = async (seed: string): Promise<string> => {
      const other = await openShop({ seed })
      other.sandbox.faults.arm({ kind: 'error_before_commit', rate: 0.3 })
      let out = ''
      for (let i = 0; i < 40; i++) {
        out += await other.stripe.balance.retrieve().then(
          () => '.',
          () => 'x',
        )
      }
      await other.close()
      return out
    }
    const first = await struck('a')
    expect(await struck('a')).toBe(first)
    expect(await struck('b')).not.toBe(first)
    expect(first).toContain('x')
    expect(first).toContain('.')
  })

  it('of an unknown kind is not armed', () => {
    expect(() => shop.sandbox.faults.arm({ kind: 'earthquake' as never })).toThrow('unknown fault')
  })
})

describe('a fault of the webhooks', () => {
  async function pay(): Promise<void> {
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    shop.sandbox.payCheckout(id)
    await shop.sandbox.idle()
  }

  it('delay: the event comes later', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.delay', event: 'charge.succeeded', ms: minute })
    await pay()
    expect(shop.receiver.types()).not.toContain('charge.succeeded')
    await shop.sandbox.clock.advance(minute)
    expect(shop.receiver.types()).toContain('charge.succeeded')
  })

  it('duplicate: the same event comes more than once', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.duplicate', event: 'checkout.session.*', copies: 2 })
    await pay()
    const ids = shop.receiver.events().filter((event) => event.type === 'checkout.session.completed')
    expect(ids).toHaveLength(3)
    expect(new Set(ids.map((event) => event.id)).size).toBe(1)
  })

  it('twin: two events with different ids describe one change', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.twin', event: 'checkout.session.completed' })
    await pay()
    const twins = shop.receiver.events().filter((event) => event.type === 'checkout.session.completed')
    expect(new Set(twins.map((event) => event.id)).size).toBe(2)
    expect(twins[0]?.data).toEqual(twins[1]?.data)
  })

  it('reorder: later events overtake', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.reorder', event: 'payment_intent.created', behind: 3 })
    await pay()
    expect(shop.receiver.types()).toEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
      'payment_intent.created',
    ])
  })

  it('reorder behind events that never come ends after a minute', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.reorder', behind: 9 })
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    expect(shop.receiver.received).toHaveLength(0)
    await shop.sandbox.clock.advance(minute)
    expect(shop.receiver.received).toHaveLength(1)
  })

  it('drop: the event never comes, but can be listed', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.drop', event: 'checkout.session.completed' })
    await pay()
    await shop.sandbox.clock.advance(10 * 24 * 60 * minute)
    expect(shop.receiver.types()).not.toContain('checkout.session.completed')
    expect((await shop.stripe.events.list({ type: 'checkout.session.completed' })).data).toHaveLength(1)
    const dropped = shop.sandbox.state.deliveries().filter((delivery) => delivery.state === 'dropped')
    expect(dropped).toHaveLength(1)
  })

  it('tamper: the body does not fit its signature, and the next try is whole', async () => {
    shop.sandbox.faults.arm({ kind: 'webhook.tamper', event: 'customer.created' })
    shop.receiver.answers.push(400)
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.clock.advance(minute)
    const now = shop.sandbox.clock.now().getTime()
    const check = (i: number) => {
      const { body = '', signature = '' } = shop.receiver.received[i] ?? {}
      return shop.stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, now)
    }
    expect(() => check(0)).toThrow('No signatures found matching')
    expect(check(1).type).toBe('customer.created')
  })
})
