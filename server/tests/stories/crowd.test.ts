import { expect } from 'vitest'
import { poolCounters } from '../event-fixture.ts'
import { stories, type Answer } from '../world.ts'

stories('when everybody comes at once', (story) => {
  story(
    '400 people race for the last 100 places: exactly 100 are sold, and the others are told clearly',
    async (world) => {
      const show = await world.sells()
      const crowd = Array.from({ length: 400 }, (_, index) => world.buyer(`Fan ${index}`))
      const answers: Answer[] = []
      const served: (typeof crowd)[number][] = []
      await Promise.all(
        crowd.map(async (fan) => {
          const hold = await fan.holds(show, 1)
          answers.push(hold)
          if (hold.status !== 201) return
          const order = await fan.orders(show, hold.holdId)
          answers.push(order)
          expect(order.status).toBe(201)
          served.push(fan)
        }),
      )
      expect(answers.filter((answer) => answer.status >= 500)).toEqual([])
      expect(served).toHaveLength(100)
      const refused = answers.filter((answer) => answer.status !== 201)
      expect(refused).toHaveLength(300)
      for (const { status, body } of refused) {
        expect(status).toBe(409)
        expect(body).toMatchObject({ code: 'holds.sold-out', left: 0 })
        expect(body.ticketTypeId).toMatch(/^tty_/)
      }
      // Twenty of them pay, all at the same time; the webhooks arrive while others still ask by themselves.
      const paying = served.slice(0, 20)
      await Promise.all(
        paying.map(async (fan) => {
          const started = await fan.startsPayment()
          expect(started.body).toMatchObject({ state: 'awaiting_payment', payment: { state: 'open' } })
        }),
      )
      await Promise.all(
        paying.map(async (fan, index) => {
          await fan.paysOnPage()
          if (index % 3 === 0) expect((await fan.check()).body.state).toBe('paid')
        }),
      )
      await world.settles()
      expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 80, sold: 20, capacity: 100 })
      const serials = await Promise.all(paying.map(async (fan) => (await fan.order()).tickets[0].serial))
      expect(serials.toSorted((left, right) => left - right)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
      // The other eighty never paid. Their places are for sale again, and somebody from outside gets one.
      await world.passes({ minutes: 11 })
      const late = world.buyer('Late')
      expect((await late.holds(show, 10)).status).toBe(201)
    },
  )

  story('a pair who want the last place together are told how many are left', async (world) => {
    const show = await world.sells({ pools: { hall: 3 } })
    expect((await world.buyer('First').holds(show, 2)).status).toBe(201)
    const pair = await world.buyer('Pair').holds(show, 2)
    expect(pair).toMatchObject({ status: 409, body: { code: 'holds.sold-out', left: 1 } })
    expect((await world.buyer('Single').holds(show, 1)).status).toBe(201)
  })

  story(
    '30 free tickets for 100 people at once are 30 paid orders, with serials from 1 to 30',
    async (world) => {
      const show = await world.sells({
        pools: { hall: 30 },
        types: { seat: { price: 0, pools: ['hall'] } },
      })
      const orders = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const fan = world.buyer(`Guest ${index}`)
          const hold = await fan.holds(show, 1)
          if (hold.status !== 201) return hold
          const placed = await fan.orders(show, hold.holdId)
          return { ...placed, body: await fan.order() }
        }),
      )
      const paid = orders.filter((one) => one.status === 201)
      expect(paid).toHaveLength(30)
      expect(new Set(paid.map((one) => one.body.state))).toEqual(new Set(['paid']))
      expect(new Set(orders.map((one) => one.status))).toEqual(new Set([201, 409]))
      const serials = paid.map((one) => Number(one.body.tickets[0].serial))
      expect(serials.toSorted((left, right) => left - right)).toEqual(
        Array.from({ length: 30 }, (_, index) => index + 1),
      )
    },
  )
})
