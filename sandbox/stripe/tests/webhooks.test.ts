import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, secret, sessionParams } from './harness.ts'
import type { Received, Shop } from './harness.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const opened = Date.parse('2027-03-01T10:00:00Z')

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

async function pay(): Promise<string> {
  const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
  shop.sandbox.payCheckout(id)
  return id
}

/** Verifies as a shop does; throws when the signature is not good. */
function verify(webhook: Received | undefined, key = secret): void {
  shop.stripe.webhooks.constructEvent(
    webhook?.body ?? '',
    webhook?.signature ?? '',
    key,
    300,
    undefined,
    opened,
  )
}

describe('webhook delivery', () => {
  it('tries again with growing pauses until the endpoint answers with 2xx', async () => {
    shop.receiver.answers.push(500, 302, 404)
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    expect(shop.receiver.received).toHaveLength(1)
    await shop.sandbox.clock.advance(day)
    const [delivery] = shop.sandbox.state.deliveries()
    expect(delivery?.state).toBe('succeeded')
    expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 302, 404, 200])
    const pauses = delivery?.attempts.map(({ at }) => at - opened)
    expect(pauses).toEqual([0, minute, 6 * minute, 36 * minute])
    expect(new Set(shop.receiver.events().map((event) => event.id)).size).toBe(1)
  })

  it('gives up after three days', async () => {
    shop.receiver.answers.push(...Array.from({ length: 20 }, () => 500))
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.clock.advance(10 * day)
    const [delivery] = shop.sandbox.state.deliveries()
    expect(delivery?.state).toBe('failed')
    expect(delivery?.attempts).toHaveLength(9)
    expect((delivery?.attempts.at(-1)?.at ?? 0) - opened).toBeLessThan(3.5 * day)
  })

  it('signs each try anew', async () => {
    shop.sandbox.settings.webhookSignatureClock = 'sandbox'
    shop.receiver.answers.push(500)
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.clock.advance(hour)
    const [first, second] = shop.receiver.received
    expect(first?.body).toBe(second?.body)
    expect(first?.signature).not.toBe(second?.signature)
    verify(first)
    // The second was signed a minute later, which is the future for the clock that verifies here.
    expect(second?.signature).toContain(`t=${(opened + minute) / 1000},`)
  })

  it('waits no longer than the time-out for an answer', async () => {
    shop.sandbox.settings.webhookTimeoutMs = 50
    shop.receiver.answers.push(0)
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    expect(shop.sandbox.state.deliveries()[0]?.attempts).toMatchObject([{ status: null, note: 'timed out' }])
  })

  it('signs with both secrets while one is rolled, for a day at most', async () => {
    const rolled = shop.sandbox.rollWebhookSecret({ overlapMs: 3 * day, secret: 'whsec_second' })
    expect(rolled).toBe('whsec_second')
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    verify(shop.receiver.received[0])
    verify(shop.receiver.received[0], 'whsec_second')
    await shop.sandbox.clock.advance(day + minute)
    await shop.stripe.customers.create({ name: 'B' })
    await shop.sandbox.idle()
    verify(shop.receiver.received[1], 'whsec_second')
    expect(() => verify(shop.receiver.received[1])).toThrow('No signatures found matching')
  })

  it('delivers an event again on request', async () => {
    await pay()
    await shop.sandbox.idle()
    const [completed] = shop.sandbox.state.events('checkout.session.completed')
    shop.sandbox.redeliver(completed?.id ?? '')
    expect(await shop.sandbox.deliverDue()).toBe(1)
    const again = shop.receiver.events().filter((event) => event.id === completed?.id)
    expect(again).toHaveLength(2)
  })

  it('goes to endpoints made over the API, for the events they want, until they are disabled or deleted', async () => {
    const endpoint = await shop.stripe.webhookEndpoints.create({
      url: shop.receiver.url,
      enabled_events: ['customer.created'],
    })
    expect(endpoint.secret).toMatch(/^whsec_/)
    expect(await shop.stripe.webhookEndpoints.retrieve(endpoint.id)).not.toHaveProperty('secret')
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    expect(shop.receiver.received).toHaveLength(2)
    verify(shop.receiver.received[1], endpoint.secret)
    await shop.stripe.webhookEndpoints.update(endpoint.id, { disabled: true })
    await shop.stripe.customers.create({ name: 'B' })
    await shop.sandbox.idle()
    expect(shop.receiver.received).toHaveLength(3)
    expect(await shop.stripe.webhookEndpoints.del(endpoint.id)).toMatchObject({ deleted: true })
    expect((await shop.stripe.webhookEndpoints.list()).data).toHaveLength(1)
  })
})

describe('an event', () => {
  it('keeps what was true when it happened, and who caused it', async () => {
    const customer = await shop.stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k' })
    await shop.stripe.customers.update(customer.id, { name: 'B' })
    const [updated, created] = (await shop.stripe.events.list()).data
    expect(created).toMatchObject({
      type: 'customer.created',
      data: { object: { name: 'A' } },
      request: { id: customer.lastResponse.requestId, idempotency_key: 'k' },
    })
    expect(updated?.data).toMatchObject({ object: { name: 'B' }, previous_attributes: { name: 'A' } })
  })

  it('says how many endpoints have not yet taken it', async () => {
    shop.receiver.answers.push(500)
    await shop.stripe.customers.create({ name: 'A' })
    await shop.sandbox.idle()
    const [before] = (await shop.stripe.events.list({ delivery_success: false })).data
    expect(before?.pending_webhooks).toBe(1)
    await shop.sandbox.clock.advance(hour)
    expect((await shop.stripe.events.retrieve(before?.id ?? '')).pending_webhooks).toBe(0)
  })

  it('can be listed by type and fetched for thirty days', async () => {
    await pay()
    const { data } = await shop.stripe.events.list({
      types: ['charge.succeeded', 'checkout.session.completed'],
    })
    expect(data.map((event) => event.type)).toEqual(['checkout.session.completed', 'charge.succeeded'])
    expect((await shop.stripe.events.list({ type: 'payment_intent.*' })).data).toHaveLength(2)
    const id = data[0]?.id ?? ''
    await shop.sandbox.clock.advance(29 * day)
    await shop.stripe.events.retrieve(id)
    await shop.sandbox.clock.advance(2 * day)
    expect((await refusal(shop.stripe.events.retrieve(id))).statusCode).toBe(404)
  })
})
