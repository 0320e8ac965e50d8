import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const day = 86_400_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

const base = { amount: 5000, currency: 'usd' }
const create = (params: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  shop.stripe.paymentIntents.create({ ...base, ...params })
async function types(): Promise<string[]> {
  await shop.sandbox.idle()
  return shop.receiver.types()
}

describe('a payment intent', () => {
  it('is paid when it is confirmed, and told in the usual order', async () => {
    const intent = await create()
    expect(intent).toMatchObject({ status: 'requires_payment_method', capture_method: 'automatic_async' })
    const early = await refusal(shop.stripe.paymentIntents.confirm(intent.id))
    expect(early).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' })
    expect(early.message).toMatch(
      /^You cannot confirm this PaymentIntent because it's missing a payment method/,
    )
    const paid = await shop.stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' })
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 5000 })
    expect(await types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'])
  })

  it('is declined with 402, keeps the failed charge and waits for another method', async () => {
    const error = await refusal(
      create({ confirm: true, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
    )
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError)
    expect(error).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
    })
    expect(error.payment_intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds' },
    })
    const charge = await shop.stripe.charges.retrieve(error.charge ?? '')
    expect(charge).toMatchObject({
      status: 'failed',
      failure_code: 'card_declined',
      receipt_url: null,
      paid: false,
    })
    expect(charge.outcome?.type).toBe('issuer_declined')
    expect(await types()).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
    ])
  })

  it.each([
    ['4000000000000002', 'card_declined', 'generic_decline'],
    ['4000000000009987', 'card_declined', 'lost_card'],
    ['4000000000009979', 'card_declined', 'stolen_card'],
    ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000127', 'incorrect_cvc', 'incorrect_cvc'],
    ['4000000000000119', 'processing_error', 'processing_error'],
    ['4000000000006975', 'card_declined', 'card_velocity_exceeded'],
    ['4000000000000341', 'card_declined', 'generic_decline'],
    ['4100000000000019', 'card_declined', 'fraudulent'],
    ['4000000000004954', 'card_declined', 'fraudulent'],
  ])('declines the test card %s with %s, %s', async (number, code, declineCode) => {
    const card = { number, exp_month: 12, exp_year: 2030, cvc: '123' }
    const error = await refusal(
      create({ confirm: true, payment_method_data: { type: 'card', card } as never }),
    )
    expect(error).toMatchObject({ statusCode: 402, code, decline_code: declineCode })
  })

  it('refuses a wrong number, a date in the past and a card that is no test card', async () => {
    const method = (number: string, exp_year = 2030) =>
      refusal(
        shop.stripe.paymentMethods.create({
          type: 'card',
          card: { number, exp_month: 1, exp_year, cvc: '123' },
        }),
      )
    expect(await method('4242424242424241')).toMatchObject({ code: 'incorrect_number', param: 'number' })
    expect(await method('4242424242424242', 2026)).toMatchObject({ code: 'invalid_expiry_year' })
    expect(await method('4012888888881881')).toMatchObject({ decline_code: 'test_mode_live_card' })
  })

  it('attaches the card that declines later, and not the one that declines at once', async () => {
    const customer = await shop.stripe.customers.create({ name: 'A' })
    const attach = (id: string) => shop.stripe.paymentMethods.attach(id, { customer: customer.id })
    expect(await refusal(attach('pm_card_chargeDeclined'))).toBeInstanceOf(Stripe.errors.StripeCardError)
    const method = await attach('pm_card_chargeCustomerFail')
    expect(method.customer).toBe(customer.id)
    expect(await types()).toEqual(['customer.created', 'payment_method.attached'])
  })

  it('asks for 3-D Secure on session, and is refused off session', async () => {
    const asked = await create({
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
      return_url: 'https://shop.example/back',
    })
    expect(asked).toMatchObject({ status: 'requires_action', latest_charge: null })
    expect(asked.next_action?.redirect_to_url?.url).toBe(`${shop.sandbox.url}/challenge/${asked.id}`)
    shop.sandbox.answerChallenge(asked.id, 'pass')
    expect((await shop.stripe.paymentIntents.retrieve(asked.id)).status).toBe('succeeded')
    expect(await types()).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
    ])
    const off = await refusal(
      create({ confirm: true, off_session: true, payment_method: 'pm_card_authenticationRequired' }),
    )
    expect(off).toMatchObject({ statusCode: 402, code: 'authentication_required' })
  })

  it('spares a card that was set up from the challenge, off session as well', async () => {
    const customer = await shop.stripe.customers.create({ name: 'A' })
    const card = { number: '4000002500003155', exp_month: 12, exp_year: 2030, cvc: '123' }
    const method = await shop.stripe.paymentMethods.create({ type: 'card', card })
    await shop.stripe.paymentMethods.attach(method.id, { customer: customer.id })
    const pay = (params: Partial<Stripe.PaymentIntentCreateParams>) =>
      create({ confirm: true, customer: customer.id, payment_method: method.id, ...params })
    expect((await refusal(pay({ off_session: true }))).code).toBe('authentication_required')
    const first = await pay({ setup_future_usage: 'off_session' })
    expect(shop.sandbox.answerChallenge(first.id, 'pass').status).toBe('succeeded')
    expect((await pay({ off_session: true })).status).toBe('succeeded')
    const methods = await shop.stripe.paymentMethods.list({ customer: customer.id })
    expect(methods.data.map((row) => row.id)).toEqual([method.id])
  })

  it('fails without a charge when the challenge is failed', async () => {
    const asked = await create({ confirm: true, payment_method: 'pm_card_threeDSecure2Required' })
    const failed = shop.sandbox.answerChallenge(asked.id, 'fail')
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    })
    expect(shop.sandbox.state.charges()).toEqual([])
  })

  it('holds money until it is captured, and releases the rest', async () => {
    const held = await create({ confirm: true, payment_method: 'pm_card_visa', capture_method: 'manual' })
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 5000, amount_received: 0 })
    const charge = await shop.stripe.charges.retrieve(held.latest_charge as string)
    expect(charge).toMatchObject({
      captured: false,
      paid: true,
      status: 'succeeded',
      balance_transaction: null,
    })
    expect((charge.payment_method_details?.card?.capture_before ?? 0) - charge.created).toBe(7 * 86_400)
    const capture = (amount_to_capture?: number) =>
      shop.stripe.paymentIntents.capture(
        held.id,
        amount_to_capture === undefined ? {} : { amount_to_capture },
      )
    expect(await refusal(capture(5001))).toMatchObject({ code: 'amount_too_large' })
    expect(await refusal(capture(0))).toMatchObject({ code: 'parameter_invalid_integer' })
    expect(await capture(4000)).toMatchObject({
      status: 'succeeded',
      amount_received: 4000,
      amount_capturable: 0,
    })
    expect((await refusal(capture())).message).toBe(
      'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
    )
    await shop.sandbox.clock.advance(5000)
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
      'charge.captured',
      'payment_intent.succeeded',
      'charge.updated',
    ])
    expect(shop.sandbox.state.balanceTransactions()).toMatchObject([{ amount: 4000, fee: 146 }])
  })

  it('gives a hold back when it is cancelled, and when nobody captures it in time', async () => {
    const manual = { confirm: true, payment_method: 'pm_card_visa', capture_method: 'manual' } as const
    const first = await create(manual)
    const canceled = await shop.stripe.paymentIntents.cancel(first.id, { cancellation_reason: 'abandoned' })
    expect(canceled).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
      amount_capturable: 0,
    })
    expect((await types()).slice(-2)).toEqual(['payment_intent.canceled', 'charge.refunded'])
    const second = await create(manual)
    await shop.sandbox.clock.advance(7 * day)
    expect((await shop.stripe.paymentIntents.retrieve(second.id)).status).toBe('canceled')
    expect(shop.receiver.types().slice(-2)).toEqual(['charge.expired', 'payment_intent.canceled'])
    expect(shop.sandbox.state.balanceTransactions()).toEqual([])
  })

  it('can be neither captured nor cancelled in another state', async () => {
    const paid = await create({ confirm: true, payment_method: 'pm_card_visa' })
    expect((await refusal(shop.stripe.paymentIntents.cancel(paid.id))).message).toBe(
      'You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing.',
    )
    expect((await refusal(shop.stripe.paymentIntents.capture(paid.id))).message).toBe(
      'This PaymentIntent could not be captured because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.',
    )
    expect((await refusal(shop.stripe.paymentIntents.update(paid.id, { amount: 6000 }))).code).toBe(
      'payment_intent_unexpected_state',
    )
  })

  it('of a session can only be paid through the session', async () => {
    const session = await shop.stripe.checkout.sessions.create(sessionParams())
    const { paymentIntent } = shop.sandbox.payCheckout(session.id, { card: '4000000000000002' })
    const confirm = shop.stripe.paymentIntents.confirm(paymentIntent ?? '', {
      payment_method: 'pm_card_visa',
    })
    expect((await refusal(confirm)).code).toBe('payment_intent_unexpected_state')
    expect((await refusal(shop.stripe.paymentIntents.cancel(paymentIntent ?? ''))).code).toBe(
      'payment_intent_unexpected_state',
    )
  })

  it('books its fee at once when capture is not asynchronous', async () => {
    const paid = await create({ confirm: true, payment_method: 'pm_card_visa', capture_method: 'automatic' })
    const charge = await shop.stripe.charges.retrieve(paid.latest_charge as string)
    expect(charge.balance_transaction).toMatch(/^txn_/)
  })
})
