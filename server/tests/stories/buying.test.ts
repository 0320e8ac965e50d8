import { describe, expect } from 'vitest'
import { poolCounters } from '../event-fixture.ts'
import { story } from '../world.ts'

describe('from the event to the door', () => {
  story(
    'a buyer pays on the provider’s page, gets the tickets by mail, and is let in at the door, once',
    async (world) => {
      const show = await world.sells({ startsInMinutes: 60 })
      const ana = world.buyer('Ana')
      await ana.buys(show, 2)
      const order = await ana.order()
      expect(order).toMatchObject({ state: 'paid', total: { amount: 9000, currency: 'EUR' }, notice: null })
      expect(order.tickets.map((ticket: { serial: number }) => ticket.serial)).toEqual([1, 2])
      expect(world.mailsTo(ana.email)).toHaveLength(1)
      const door = await world.steward(show)
      const first = await door.scans(order.tickets[0].code)
      expect(first.body).toMatchObject({ verdict: 'admitted', ticket: { serial: 1, holderName: 'Ana' } })
      const again = await door.scans(order.tickets[0].code)
      expect(again.body).toMatchObject({ verdict: 'refused', reason: 'already_admitted' })
      expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 0, sold: 2, capacity: 100 })
    },
  )

  story('a free ticket needs no payment: it is there at once', async (world) => {
    const show = await world.sells({ types: { seat: { price: 0, pools: ['hall'] } } })
    const ben = world.buyer('Ben')
    const hold = await ben.holds(show, 2)
    const placed = await ben.orders(show, hold.holdId)
    expect(placed.body).toMatchObject({ state: 'paid', total: { amount: 0 }, payment: null })
    await world.settles()
    expect((await ben.order()).tickets).toHaveLength(2)
    expect(world.mailsTo(ben.email)).toHaveLength(1)
    expect(world.stripe.state.sessions()).toEqual([])
  })

  story('nothing is sold without the terms', async (world) => {
    const show = await world.sells()
    const cleo = world.buyer('Cleo')
    const hold = await cleo.holds(show, 1)
    expect(await cleo.orders(show, hold.holdId, { accept: null })).toMatchObject({
      status: 422,
      body: { code: 'orders.terms-required' },
    })
    expect(
      await cleo.orders(show, hold.holdId, { accept: { termsVersion: 2, refundPolicyVersion: 1 } }),
    ).toMatchObject({ status: 409, body: { code: 'orders.terms-changed' } })
    expect(await world.asOwner('select id from orders."order"')).toEqual([])
  })
})
