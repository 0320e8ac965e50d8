import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sdk, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const hour = 3_600_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

describe('an idempotency key', () => {
  it('gives the first answer again, word for word, and does nothing twice', async () => {
    const options = { idempotencyKey: 'checkout:1:1' }
    const first = await shop.stripe.checkout.sessions.create(sessionParams(), options)
    const again = await shop.stripe.checkout.sessions.create(sessionParams(), options)
    expect(again).toEqual(first)
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(again.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId)
    expect(shop.sandbox.state.sessions()).toHaveLength(1)
  })

  it('does not mind another order of the parameters, but the order inside a list', async () => {
    const options = { idempotencyKey: 'k' }
    await shop.stripe.paymentIntents.create(
      { amount: 1000, currency: 'usd', metadata: { a: '1', b: '2' } },
      options,
    )
    const same = await shop.stripe.paymentIntents.create(
      { metadata: { b: '2', a: '1' }, currency: 'usd', amount: 1000 },
      options,
    )
    expect(same.lastResponse.headers['idempotent-replayed']).toBe('true')
    const two = { idempotencyKey: 'k2' }
    const create = (types: ('card' | 'us_bank_account')[]) =>
      shop.stripe.paymentIntents.create(
        { amount: 1000, currency: 'usd', allowed_payment_method_types: types },
        two,
      )
    await create(['card', 'us_bank_account'])
    const turned = await refusal(create(['us_bank_account', 'card']))
    expect(turned).toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
  })

  it('cannot be used for other parameters or another endpoint', async () => {
    const options = { idempotencyKey: 'k' }
    await shop.stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, options)
    const other = await refusal(shop.stripe.paymentIntents.create({ amount: 2000, currency: 'usd' }, options))
    expect(other).toMatchObject({
      statusCode: 400,
      type: 'StripeIdempotencyError',
      message:
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k' if you meant to execute a different request.",
    })
    expect(other.code).toBeUndefined()
    expect(await refusal(shop.stripe.customers.create({}, options))).toBeInstanceOf(
      Stripe.errors.StripeIdempotencyError,
    )
  })

  it('keeps a decline: the same key is declined again, a new key tries again', async () => {
    const params = { amount: 1000, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined' }
    const first = await refusal(shop.stripe.paymentIntents.create(params, { idempotencyKey: 'k' }))
    const again = await refusal(shop.stripe.paymentIntents.create(params, { idempotencyKey: 'k' }))
    expect(first).toBeInstanceOf(Stripe.errors.StripeCardError)
    expect(again).toMatchObject({ statusCode: 402, payment_intent: { id: first.payment_intent?.id } })
    expect(shop.sandbox.state.charges()).toHaveLength(1)
    await refusal(shop.stripe.paymentIntents.create(params, { idempotencyKey: 'k2' }))
    expect(shop.sandbox.state.charges()).toHaveLength(2)
  })

  it('keeps an executed 404, but not a refusal of the parameters', async () => {
    await refusal(shop.stripe.paymentIntents.cancel('pi_x', {}, { idempotencyKey: 'a' }))
    const kept = await refusal(shop.stripe.paymentIntents.cancel('pi_x', {}, { idempotencyKey: 'a' }))
    expect(kept.headers?.['idempotent-replayed']).toBe('true')
    const options = { idempotencyKey: 'b' }
    await refusal(shop.stripe.paymentIntents.create({ amount: 0, currency: 'usd' }, options))
    const corrected = await shop.stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, options)
    expect(corrected.amount).toBe(1000)
  })

  it('keeps a server error as well', async () => {
    shop.sandbox.faults.arm({ kind: 'error_before_commit', method: 'POST', path: '/v1/refunds' })
    const options = { idempotencyKey: 'r' }
    const paid = shop.sandbox.payCheckout((await shop.stripe.checkout.sessions.create(sessionParams())).id)
    const refund = () => shop.stripe.refunds.create({ payment_intent: paid.paymentIntent ?? '' }, options)
    expect((await refusal(refund())).statusCode).toBe(500)
    expect((await refusal(refund())).headers?.['idempotent-replayed']).toBe('true')
    expect(shop.sandbox.state.refunds()).toEqual([])
  })

  it('in flight is refused with 409, before its parameters are looked at', async () => {
    shop.sandbox.faults.arm({ kind: 'slow', path: '/v1/customers', ms: 150 })
    const options = { idempotencyKey: 'k' }
    const slow = shop.stripe.customers.create({ name: 'A' }, options)
    const inFlight = async (): Promise<Stripe.errors.StripeError> => {
      // The slow request is executed as soon as it arrives; from then on its key is in use.
      while (shop.sandbox.faults.list().length > 0) await new Promise((go) => setImmediate(go))
      return refusal(shop.stripe.customers.create({ name: 'B' }, options))
    }
    expect(await inFlight()).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' })
    expect((await slow).name).toBe('A')
    expect((await shop.stripe.customers.create({ name: 'A' }, options)).lastResponse.headers).toHaveProperty(
      'idempotent-replayed',
    )
  })

  it('is new again after a day, and never counts for reading', async () => {
    const options = { idempotencyKey: 'k' }
    await shop.stripe.customers.create({ name: 'A' }, options)
    await shop.sandbox.clock.advance(23 * hour)
    await shop.stripe.customers.create({ name: 'A' }, options)
    await shop.sandbox.clock.advance(2 * hour)
    await shop.stripe.customers.create({ name: 'B' }, options)
    expect((await shop.stripe.customers.list()).data).toHaveLength(2)
    await shop.stripe.balance.retrieve({}, options)
  })

  it('of one call survives the retries that the SDK makes', async () => {
    shop.sandbox.faults.arm({ kind: 'cut_after_commit', path: '/v1/customers' })
    const customer = await sdk(shop.sandbox, { retries: 2 }).customers.create({ name: 'A' })
    expect(customer.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect((await shop.stripe.customers.list()).data).toHaveLength(1)
  })
})
