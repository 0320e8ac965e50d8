import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, refusal, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

describe('a customer', () => {
  it('is made, changed and deleted, and told each time', async () => {
    const { id } = await shop.stripe.customers.create({
      email: 'fan@example.com',
      metadata: { a: '1', b: '2' },
    })
    const changed = await shop.stripe.customers.update(id, { name: 'Fay', metadata: { a: '', c: '3' } })
    expect(changed).toMatchObject({ name: 'Fay', email: 'fan@example.com', metadata: { b: '2', c: '3' } })
    expect(await shop.stripe.customers.del(id)).toEqual(expect.objectContaining({ id, deleted: true }))
    expect(await shop.stripe.customers.retrieve(id)).toMatchObject({ id, deleted: true })
    expect((await refusal(shop.stripe.customers.update(id, { name: 'B' }))).statusCode).toBe(404)
    expect((await shop.stripe.customers.list()).data).toEqual([])
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual(['customer.created', 'customer.updated', 'customer.deleted'])
  })

  it('is found by email, owns its sessions and payments, and must exist', async () => {
    const { id } = await shop.stripe.customers.create({ email: 'fan@example.com' })
    await shop.stripe.customers.create({ email: 'other@example.com' })
    const found = await shop.stripe.customers.list({ email: 'fan@example.com' })
    expect(found.data.map((row) => row.id)).toEqual([id])
    const session = await shop.stripe.checkout.sessions.create(sessionParams({ customer: id }))
    shop.sandbox.payCheckout(session.id)
    expect((await shop.stripe.paymentIntents.list({ customer: id })).data).toHaveLength(1)
    expect((await shop.stripe.charges.list({ customer: id })).data).toHaveLength(1)
    const unknown = await refusal(shop.stripe.checkout.sessions.create(sessionParams({ customer: 'cus_x' })))
    expect(unknown).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'customer' })
  })
})
