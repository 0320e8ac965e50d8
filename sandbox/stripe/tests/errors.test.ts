import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sdk, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

/** Sends parameters that the SDK's types would not allow. */
function raw(
  path: string,
  params: Record<string, unknown> = {},
  method: 'GET' | 'POST' = 'POST',
): Promise<unknown> {
  return shop.stripe.rawRequest(method, path, method === 'GET' ? undefined : params)
}

describe('a request that is wrong', () => {
  it('is refused without a key or with another key', async () => {
    const wrong = await refusal(sdk(shop.sandbox, { apiKey: 'sk_test_somebody_else' }).balance.retrieve())
    expect(wrong).toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
    expect(wrong.message).toBe('Invalid API Key provided: sk_test_*********else')
    const none = await fetch(`${shop.sandbox.url}/v1/balance`)
    expect(none.status).toBe(401)
  })

  it('names the unknown parameter, wherever it is', async () => {
    const top = await refusal(raw('/v1/refunds', { charge: 'ch_1', colour: 'red' }))
    expect(top).toMatchObject({
      statusCode: 400,
      code: 'parameter_unknown',
      param: 'colour',
      message: 'Received unknown parameter: colour',
    })
    const nested = await refusal(
      raw('/v1/checkout/sessions', {
        mode: 'payment',
        line_items: [{ price_data: { currency: 'usd', sort: 1 } }],
      }),
    )
    expect(nested).toMatchObject({ code: 'parameter_unknown', param: 'line_items[0][price_data][sort]' })
    const removed = await refusal(
      raw('/v1/checkout/sessions', { mode: 'payment', payment_method_types: ['card'] }),
    )
    expect(removed).toMatchObject({ code: 'parameter_unknown', param: 'payment_method_types' })
  })

  it('names the missing parameter', async () => {
    const missing = await refusal(raw('/v1/payment_intents', { amount: 100 }))
    expect(missing).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'currency',
      message: 'Missing required param: currency.',
    })
  })

  it('says openly what the sandbox does not simulate, instead of pretending', async () => {
    const subscription = await refusal(
      shop.stripe.checkout.sessions.create(sessionParams({ mode: 'subscription' })),
    )
    expect(subscription).toMatchObject({ statusCode: 400, code: 'sandbox_not_simulated', param: 'mode' })
  })

  it('is told apart: unknown address, unknown object, unknown reference', async () => {
    const address = await refusal(raw('/v1/ticket_machines', {}, 'GET'))
    expect(address).toMatchObject({
      statusCode: 404,
      message:
        'Unrecognized request URL (GET: /v1/ticket_machines). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.',
    })
    const intent = await refusal(shop.stripe.paymentIntents.retrieve('pi_x'))
    expect(intent).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'intent',
      message: "No such payment_intent: 'pi_x'",
    })
    const charge = await refusal(shop.stripe.charges.retrieve('ch_x'))
    expect(charge).toMatchObject({ statusCode: 404, param: 'id', message: "No such charge: 'ch_x'" })
    const reference = await refusal(shop.stripe.refunds.create({ payment_intent: 'pi_x' }))
    expect(reference).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'payment_intent' })
  })

  it('is refused for amounts that cannot be charged', async () => {
    const create = (amount: number) => refusal(shop.stripe.paymentIntents.create({ amount, currency: 'usd' }))
    expect(await create(0)).toMatchObject({ code: 'parameter_invalid_integer', param: 'amount' })
    expect(await create(49)).toMatchObject({
      code: 'amount_too_small',
      message: 'Amount must be at least $0.50 usd',
    })
    expect(await create(123_456_789)).toMatchObject({ code: 'amount_too_large' })
  })

  it('cannot keep a session open for less than half an hour or more than a day', async () => {
    const now = Math.floor(shop.sandbox.clock.now().getTime() / 1000)
    for (const expires_at of [now + 29 * 60, now + 25 * 3600]) {
      const refused = await refusal(shop.stripe.checkout.sessions.create(sessionParams({ expires_at })))
      expect(refused).toMatchObject({ statusCode: 400, param: 'expires_at' })
    }
  })

  it('speaks one version and serves no account but its own', async () => {
    const version = await refusal(shop.stripe.balance.retrieve({}, { apiVersion: '2020-08-27' }))
    expect(version.message).toMatch(/^Invalid Stripe API version: 2020-08-27/)
    const account = await refusal(shop.stripe.balance.retrieve({}, { stripeAccount: 'acct_other' }))
    expect(account).toBeInstanceOf(Stripe.errors.StripePermissionError)
    expect(account.code).toBe('account_invalid')
  })

  it('is refused with 429 beyond the rate limit, and let in again a second later', async () => {
    shop.sandbox.settings.rateLimitPerSecond = 25
    const calls = await Promise.allSettled(Array.from({ length: 30 }, () => shop.stripe.balance.retrieve()))
    const refused = calls.filter((call) => call.status === 'rejected')
    expect(refused).toHaveLength(5)
    expect(refused[0]?.reason).toBeInstanceOf(Stripe.errors.StripeRateLimitError)
    await shop.sandbox.clock.advance(1000)
    await shop.stripe.balance.retrieve()
  })

  it('carries the number of its request in the answer and in the error', async () => {
    const balance = await shop.stripe.balance.retrieve()
    expect(balance.lastResponse.requestId).toMatch(/^req_/)
    const error = await refusal(shop.stripe.charges.retrieve('ch_x'))
    expect(error.requestId).toMatch(/^req_/)
    expect(error.doc_url).toBe('https://stripe.com/docs/error-codes/resource-missing')
  })
})

describe('expansion', () => {
  it('is refused for what cannot be expanded, before anything is done', async () => {
    const refused = await refusal(
      shop.stripe.checkout.sessions.create({ ...sessionParams(), expand: ['colour'] }),
    )
    expect(refused.message).toBe('This property cannot be expanded (colour).')
    expect(shop.sandbox.state.sessions()).toEqual([])
    const list = await refusal(shop.stripe.charges.list({ expand: ['payment_intent'] }))
    expect(list.message).toContain("You may want to try expanding 'data.payment_intent' instead.")
  })

  it('fills in objects in lists and line items on request', async () => {
    const session = await shop.stripe.checkout.sessions.create({ ...sessionParams(), expand: ['line_items'] })
    expect(session.line_items?.data[0]).toMatchObject({ description: 'Ticket, row 3', amount_total: 11_300 })
    shop.sandbox.payCheckout(session.id)
    const [row] = (await shop.stripe.checkout.sessions.list({ expand: ['data.payment_intent'] })).data
    expect(row?.payment_intent).toMatchObject({ object: 'payment_intent', amount: 11_300 })
    expect(row).not.toHaveProperty('line_items')
  })
})
