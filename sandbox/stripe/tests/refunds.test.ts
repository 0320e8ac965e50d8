import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const day = 86_400_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

/** A paid session whose money is booked; the events so far are forgotten. */
async function paid(card = '4242424242424242'): Promise<{ intent: string; charge: string }> {
  const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
  const intent = shop.sandbox.payCheckout(id, { card }).paymentIntent ?? ''
  await shop.sandbox.clock.advance(5000)
  shop.receiver.received.length = 0
  const { latest_charge } = await shop.stripe.paymentIntents.retrieve(intent)
  return { intent, charge: latest_charge as string }
}

describe('a refund', () => {
  it('in part and then of the rest moves the money and tells the charge each time', async () => {
    const { intent, charge } = await paid()
    const first = await shop.stripe.refunds.create({
      payment_intent: intent,
      amount: 5650,
      metadata: { refund: '9' },
    })
    expect(first).toMatchObject({ status: 'succeeded', amount: 5650, metadata: { refund: '9' } })
    expect(await shop.stripe.charges.retrieve(charge)).toMatchObject({
      refunded: false,
      amount_refunded: 5650,
    })
    const rest = await shop.stripe.refunds.create({ charge })
    expect(rest.amount).toBe(5650)
    expect(await shop.stripe.charges.retrieve(charge)).toMatchObject({
      refunded: true,
      amount_refunded: 11_300,
    })
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.created',
      'charge.refunded',
    ])
    const entry = await shop.stripe.balanceTransactions.retrieve(first.balance_transaction as string)
    expect(entry).toMatchObject({ amount: -5650, fee: 0, net: -5650, type: 'refund', source: first.id })
    // The processing fee of 358 stays with the provider.
    expect((await shop.stripe.balance.retrieve()).pending[0]?.amount).toBe(-358)
  })

  it('is refused beyond what is left, in the words of the provider', async () => {
    const { intent, charge } = await paid()
    await shop.stripe.refunds.create({ charge, amount: 8300 })
    const over = await refusal(shop.stripe.refunds.create({ charge, amount: 4000 }))
    expect(over).toMatchObject({
      param: 'amount',
      message: 'Refund amount ($40.00) is greater than unrefunded amount on charge ($30.00)',
    })
    expect(over.code).toBeUndefined()
    await shop.stripe.refunds.create({ charge })
    expect(await refusal(shop.stripe.refunds.create({ payment_intent: intent }))).toMatchObject({
      code: 'charge_already_refunded',
      message: `Charge ${charge} has already been refunded.`,
    })
    expect((await refusal(shop.stripe.refunds.create({ charge, amount: 0 }))).code).toBe(
      'parameter_invalid_integer',
    )
    expect((await refusal(shop.stripe.refunds.create({}))).message).toBe(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  })

  it('is refused for what was never paid', async () => {
    const intent = await shop.stripe.paymentIntents.create({ amount: 1000, currency: 'usd' })
    expect((await refusal(shop.stripe.refunds.create({ payment_intent: intent.id }))).message).toBe(
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
    )
    const held = await shop.stripe.paymentIntents.create({
      amount: 1000,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
    })
    expect((await refusal(shop.stripe.refunds.create({ payment_intent: held.id }))).message).toContain(
      'uncaptured',
    )
  })

  it('that is pending first counts at once against what is left, but moves no money yet', async () => {
    const { charge } = await paid('4000000000007726')
    const refund = await shop.stripe.refunds.create({ charge })
    expect(refund).toMatchObject({
      status: 'pending',
      pending_reason: 'processing',
      balance_transaction: null,
    })
    expect((await shop.stripe.charges.retrieve(charge)).amount_refunded).toBe(0)
    expect((await refusal(shop.stripe.refunds.create({ charge, amount: 1 }))).code).toBe(
      'charge_already_refunded',
    )
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual(['refund.created'])
    await shop.sandbox.clock.advance(day)
    expect(shop.receiver.types().slice(1)).toEqual(['refund.updated', 'charge.refunded'])
    expect(await shop.stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'succeeded' })
  })

  it('can fail days later: the money comes back and the charge is no longer refunded', async () => {
    const { charge } = await paid('4000000000005126')
    const refund = await shop.stripe.refunds.create({ charge })
    expect(refund.status).toBe('succeeded')
    await shop.sandbox.clock.advance(4 * day)
    const failed = await shop.stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] })
    expect(failed).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: { amount: 11_300, type: 'refund_failure' },
    })
    expect(await shop.stripe.charges.retrieve(charge)).toMatchObject({ refunded: false, amount_refunded: 0 })
    expect(shop.receiver.types().slice(2)).toEqual([
      'refund.failed',
      'refund.updated',
      'charge.refund.updated',
    ])
    expect((await shop.stripe.balance.retrieve()).available[0]?.amount).toBe(10_942)
  })

  it('can be made to fail by hand, once', async () => {
    const { charge } = await paid()
    const refund = await shop.stripe.refunds.create({ charge })
    expect(shop.sandbox.failRefund(refund.id, 'lost_or_stolen_card').failure_reason).toBe(
      'lost_or_stolen_card',
    )
    expect(() => shop.sandbox.failRefund(refund.id)).toThrow('failed cannot fail')
  })

  it('cannot be cancelled', async () => {
    const { charge } = await paid()
    const refund = await shop.stripe.refunds.create({ charge })
    expect((await refusal(shop.stripe.refunds.cancel(refund.id))).message).toBe(
      'Canceling this refund is unsupported.',
    )
  })

  it('of an empty balance is booked, waits or is refused, as the setting says', async () => {
    // After the fee there is less in the balance than the buyer paid.
    const first = await paid()
    shop.sandbox.settings.refundOnEmptyBalance = 'refuse'
    expect((await refusal(shop.stripe.refunds.create({ charge: first.charge }))).code).toBe(
      'balance_insufficient',
    )
    shop.sandbox.settings.refundOnEmptyBalance = 'allow'
    expect((await shop.stripe.refunds.create({ charge: first.charge })).status).toBe('succeeded')
    const second = await paid()
    shop.sandbox.settings.refundOnEmptyBalance = 'pending'
    const waiting = await shop.stripe.refunds.create({ charge: second.charge })
    expect(waiting).toMatchObject({ status: 'pending', pending_reason: 'insufficient_funds' })
    await shop.sandbox.clock.advance(2 * day)
    expect((await shop.stripe.refunds.retrieve(waiting.id)).status).toBe('pending')
    await paid()
    await shop.sandbox.clock.advance(2 * day)
    expect((await shop.stripe.refunds.retrieve(waiting.id)).status).toBe('succeeded')
  })
})
