import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collection } from '../collection.ts'
import { processingFee } from '../fees.ts'
import { IdentityBroken, Ledger } from '../ledger.ts'
import { defaultSettings } from '../settings.ts'
import { openShop, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const day = 86_400_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

async function pay(card?: string): Promise<string> {
  const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
  return shop.sandbox.payCheckout(id, { card }).paymentIntent ?? ''
}

/** The balance as it must be: added up by this test from the transactions that the API lists. */
async function addedUp(): Promise<{ available: number; pending: number }> {
  const sums = { available: 0, pending: 0 }
  for await (const entry of shop.stripe.balanceTransactions.list({ limit: 100 })) {
    sums[entry.status as 'available' | 'pending'] += entry.net
  }
  return sums
}

describe('the balance', () => {
  it('is empty, then pending, then available two days later', async () => {
    expect(await shop.stripe.balance.retrieve()).toMatchObject({
      available: [{ amount: 0, currency: 'usd' }],
    })
    await pay()
    await shop.sandbox.clock.advance(5000)
    expect(await shop.stripe.balance.retrieve()).toMatchObject({
      available: [{ amount: 0 }],
      pending: [{ amount: 10_942 }],
    })
    await shop.sandbox.clock.advance(2 * day)
    expect(await shop.stripe.balance.retrieve()).toMatchObject({
      available: [{ amount: 10_942 }],
      pending: [{ amount: 0 }],
    })
  })

  it('has the money of the bypass card at once', async () => {
    await pay('4000000000000077')
    await shop.sandbox.clock.advance(5000)
    expect((await shop.stripe.balance.retrieve()).available[0]?.amount).toBe(10_942)
  })

  it('is the sum of its transactions through payments, refunds, failures and time', async () => {
    const cards = ['4242424242424242', '4000000000000077', '4000000000007726', '4000000000005126']
    for (let round = 0; round < 12; round++) {
      const intent = await pay(cards[round % cards.length])
      if (round % 3 !== 0)
        await shop.stripe.refunds.create({ payment_intent: intent, amount: 700 * (round + 1) })
      await shop.sandbox.clock.advance(round * 11 * 3_600_000)
      const { available, pending } = await shop.stripe.balance.retrieve()
      expect({ available: available[0]?.amount, pending: pending[0]?.amount }).toEqual(await addedUp())
    }
    shop.sandbox.checkBalance()
  })

  it('stops everything as soon as it is not', async () => {
    const entries = new Collection<Stripe.BalanceTransaction>()
    const ledger = new Ledger(entries)
    const entry = (net: number) =>
      ({
        id: `txn_${net}`,
        amount: net,
        fee: 0,
        net,
        fee_details: [],
        currency: 'usd',
        status: 'pending',
      }) as unknown as Stripe.BalanceTransaction
    ledger.book(entry(100), 'card')
    ledger.verify('a payment')
    const stolen = entry(50)
    ledger.book(stolen, 'card')
    stolen.net = 40
    expect(() => ledger.verify('a theft')).toThrow(IdentityBroken)
    expect(() => ledger.verify('a theft', true)).toThrow(
      'after a theft: the usd balance says 0 available and 150 pending, its balance transactions add up to 0 and 140',
    )
    expect(() => ledger.book({ ...entry(7), net: 8 }, 'card')).toThrow('net 8 is not amount 7 less fee 0')
  })
})

describe('the fee', () => {
  it('is 2.9 % and 30, rounded half up, unless set otherwise', () => {
    expect(processingFee(defaultSettings, 11_300, 'card')).toBe(358)
    expect(processingFee(defaultSettings, 50, 'card')).toBe(31)
    // 2.9 % of 500 is 14.5
    expect(processingFee(defaultSettings, 500, 'card')).toBe(45)
    expect(processingFee({ ...defaultSettings, feeRounding: 'down' }, 500, 'card')).toBe(44)
    expect(processingFee({ ...defaultSettings, feeRounding: 'up' }, 501, 'card')).toBe(45)
    expect(processingFee(defaultSettings, 11_300, 'bank_account')).toBe(90)
    expect(processingFee(defaultSettings, 1_000_000, 'bank_account')).toBe(500)
  })
})
