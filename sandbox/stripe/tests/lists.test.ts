import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

/** Sessions made one minute apart; ids oldest first. */
async function sessions(count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    ids.push((await shop.stripe.checkout.sessions.create(sessionParams())).id)
    await shop.sandbox.clock.advance(60_000)
  }
  return ids
}

describe('a list', () => {
  it('is newest first, in pages of ten unless asked otherwise', async () => {
    const ids = await sessions(12)
    const first = await shop.stripe.checkout.sessions.list()
    expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/checkout/sessions' })
    expect(first.data.map((row) => row.id)).toEqual(ids.toReversed().slice(0, 10))
    const rest = await shop.stripe.checkout.sessions.list({ starting_after: ids[2] ?? '' })
    expect(rest.has_more).toBe(false)
    expect(rest.data.map((row) => row.id)).toEqual([ids[1], ids[0]])
    const before = await shop.stripe.checkout.sessions.list({ ending_before: ids[5] ?? '', limit: 2 })
    expect(before.data.map((row) => row.id)).toEqual([ids[7], ids[6]])
    expect(before.has_more).toBe(true)
  })

  it('is walked to the end by the SDK', async () => {
    const ids = await sessions(7)
    const seen: string[] = []
    for await (const row of shop.stripe.checkout.sessions.list({ limit: 3 })) seen.push(row.id)
    expect(seen).toEqual(ids.toReversed())
  })

  it('is narrowed by time of creation', async () => {
    await sessions(5)
    const all = (await shop.stripe.checkout.sessions.list()).data
    const middle = all[2]?.created ?? 0
    const count = async (created: number | { gt?: number; gte?: number; lt?: number; lte?: number }) =>
      (await shop.stripe.checkout.sessions.list({ created })).data.length
    expect(await count({ gte: middle })).toBe(3)
    expect(await count({ gt: middle })).toBe(2)
    expect(await count({ lt: middle })).toBe(2)
    expect(await count({ gte: middle, lte: middle })).toBe(1)
    expect(await count(middle)).toBe(1)
  })

  it('is narrowed by what it belongs to, without mixing in others', async () => {
    const [a = '', b = ''] = await sessions(2)
    const intentOf = (id: string) => shop.sandbox.payCheckout(id).paymentIntent ?? ''
    const [first, second] = [intentOf(a), intentOf(b)]
    await shop.stripe.refunds.create({ payment_intent: first, amount: 100 })
    await shop.stripe.refunds.create({ payment_intent: first, amount: 200 })
    await shop.stripe.refunds.create({ payment_intent: second, amount: 300 })
    const amounts = (await shop.stripe.refunds.list({ payment_intent: first })).data.map((row) => row.amount)
    expect(amounts).toEqual([200, 100])
    const page = await shop.stripe.refunds.list({ payment_intent: first, limit: 1 })
    expect(page.has_more).toBe(true)
    const next = await shop.stripe.refunds.list({
      payment_intent: first,
      starting_after: page.data[0]?.id ?? '',
    })
    expect(next.data.map((row) => row.amount)).toEqual([100])
    const found = await shop.stripe.checkout.sessions.list({ payment_intent: second })
    expect(found.data.map((row) => row.id)).toEqual([b])
    expect((await shop.stripe.checkout.sessions.list({ status: 'open' })).data).toEqual([])
    expect((await shop.stripe.charges.list({ payment_intent: first })).data).toHaveLength(1)
    const entries = await shop.stripe.balanceTransactions.list({ type: 'refund', currency: 'usd' })
    expect(entries.data.map((row) => row.amount)).toEqual([-300, -200, -100])
  })

  it('refuses limits, cursors and directions that make no sense', async () => {
    const list = (params: object) => refusal(shop.stripe.checkout.sessions.list(params))
    expect((await list({ limit: 101 })).code).toBe('parameter_invalid_integer')
    expect((await list({ limit: 0 })).code).toBe('parameter_invalid_integer')
    expect(await list({ starting_after: 'cs_x' })).toMatchObject({ statusCode: 400, param: 'starting_after' })
    const [a = ''] = await sessions(1)
    expect((await list({ starting_after: a, ending_before: a })).message).toContain('only specify one')
  })

  it('of line items keeps their order', async () => {
    const line = (name: string) => ({
      price_data: { currency: 'usd', unit_amount: 1000, product_data: { name } },
      quantity: 2,
    })
    const { id, amount_total } = await shop.stripe.checkout.sessions.create(
      sessionParams({ line_items: ['a', 'b', 'c'].map(line) }),
    )
    expect(amount_total).toBe(6000)
    const page = await shop.stripe.checkout.sessions.listLineItems(id, { limit: 2 })
    expect(page.data.map((row) => row.description)).toEqual(['a', 'b'])
    const rest = await shop.stripe.checkout.sessions.listLineItems(id, {
      starting_after: page.data[1]?.id ?? '',
    })
    expect(rest.data.map((row) => row.description)).toEqual(['c'])
  })
})
