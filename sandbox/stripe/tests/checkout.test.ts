import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, secret, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const minute = 60_000
const hour = 60 * minute

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

describe('a checkout session', () => {
  it('is open, unpaid and without a payment intent until the buyer confirms', async () => {
    const session = await shop.stripe.checkout.sessions.create(sessionParams())
    expect(session.id).toMatch(/^cs_test_/)
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      payment_intent: null,
      amount_total: 11_300,
    })
    expect(session.url).toBe(`${shop.sandbox.url}/c/pay/${session.id}`)
    expect(session.expires_at - session.created).toBe(86_400)
    await shop.sandbox.idle()
    expect(shop.receiver.received).toEqual([])
  })

  it('tells a paid card in the usual order, and the fee only seconds later', async () => {
    const { id } = await shop.stripe.checkout.sessions.create(
      sessionParams({ payment_intent_data: { metadata: { hold: '7' }, transfer_group: 'order-1' } }),
    )
    const paid = shop.sandbox.payCheckout(id)
    expect(paid.status).toBe('complete')
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
    const session = await shop.stripe.checkout.sessions.retrieve(id, {
      expand: ['payment_intent.latest_charge'],
    })
    expect(session).toMatchObject({ status: 'complete', payment_status: 'paid', url: null })
    const intent = session.payment_intent as import('stripe').Stripe.PaymentIntent
    expect(intent).toMatchObject({ status: 'succeeded', metadata: { hold: '7' }, transfer_group: 'order-1' })
    expect(intent.latest_charge).toMatchObject({ balance_transaction: null, paid: true })

    await shop.sandbox.clock.advance(5000)
    expect(shop.receiver.types().slice(4)).toEqual(['charge.updated'])
    const [entry] = (await shop.stripe.balanceTransactions.list()).data
    expect(entry).toMatchObject({ amount: 11_300, fee: 358, net: 10_942, status: 'pending', type: 'charge' })
  })

  it('signs its webhooks so that the SDK accepts them', async () => {
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    shop.sandbox.payCheckout(id)
    await shop.sandbox.idle()
    const [first] = shop.receiver.received
    const event = shop.stripe.webhooks.constructEvent(
      first?.body ?? '',
      first?.signature ?? '',
      secret,
      300,
      undefined,
      Date.parse('2027-03-01T10:00:00Z'),
    )
    expect(event.type).toBe('payment_intent.created')
    expect(event.api_version).toBe('2026-10-28.endive')
  })

  it('stays open after a decline, so that the buyer can try another card', async () => {
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    const declined = shop.sandbox.payCheckout(id, { card: '4000000000009995' })
    expect(declined).toMatchObject({ status: 'declined', message: 'Your card has insufficient funds.' })
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ])
    const again = shop.sandbox.payCheckout(id)
    expect(again.status).toBe('complete')
    expect(again.paymentIntent).toBe(declined.paymentIntent)
  })

  it('expires by its own clock, and can then not be paid', async () => {
    const now = Math.floor(shop.sandbox.clock.now().getTime() / 1000)
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams({ expires_at: now + 31 * 60 }))
    await shop.sandbox.clock.advance(30 * minute)
    expect((await shop.stripe.checkout.sessions.retrieve(id)).status).toBe('open')
    await shop.sandbox.clock.advance(2 * minute)
    expect((await shop.stripe.checkout.sessions.retrieve(id)).status).toBe('expired')
    expect(shop.receiver.types()).toEqual(['checkout.session.expired'])
    expect(shop.sandbox.payCheckout(id).status).toBe('closed')
  })

  it('decides the race between paying and expiring for the first of them', async () => {
    const paidFirst = await shop.stripe.checkout.sessions.create(sessionParams())
    shop.sandbox.payCheckout(paidFirst.id)
    const late = await refusal(shop.stripe.checkout.sessions.expire(paidFirst.id))
    expect(late.statusCode).toBe(400)
    expect(late.message).toBe(
      'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `complete`.',
    )
    const expiredFirst = await shop.stripe.checkout.sessions.create(sessionParams())
    await shop.stripe.checkout.sessions.expire(expiredFirst.id)
    expect(shop.sandbox.payCheckout(expiredFirst.id).status).toBe('closed')
    await shop.sandbox.clock.advance(48 * hour)
    expect(shop.receiver.types().filter((type) => type === 'checkout.session.expired')).toHaveLength(1)
  })
})
