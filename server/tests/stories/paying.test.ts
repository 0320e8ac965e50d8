import { expect } from 'vitest'
import { publicId, type Id } from '#platform/ids'
import { poolCounters } from '../event-fixture.ts'
import { stories, type Buyer, type World } from '../world.ts'

/** Mails of one kind to a buyer, by what their subject begins with. */
const subjects = (world: World, buyer: Buyer) => world.mailsTo(buyer.email).map((mail) => mail.subject)

const refundsOf = async (world: World, buyer: Buyer) => {
  const session = world.stripe.state.session(await buyer.sessionId())
  return world.stripe.state.refunds().filter((refund) => refund.payment_intent === session?.payment_intent)
}

stories('paying', (story) => {
  story('two tabs get one session, and three messengers at once make one purchase', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.reserves(show, 2)
    const [first, second] = await Promise.all([ana.startsPayment(), ana.startsPayment()])
    expect([first.status, second.status]).toEqual([200, 200])
    const again = await ana.startsPayment()
    expect(again.body.payment.url).toMatch(/^http/)
    for (const tab of [first, second]) expect([null, again.body.payment.url]).toContain(tab.body.payment.url)
    const sessions = world.stripe.state.sessions().filter((one) => JSON.stringify(one).includes(ana.orderId))
    expect(sessions).toHaveLength(1)
    await ana.paysOnPage()
    const [left, right] = await Promise.all([ana.check(), ana.check(), world.stripe.deliverDue()])
    expect([left.body.state, right.body.state]).toEqual(['paid', 'paid'])
    await world.settles()
    const order = await ana.order()
    expect(order.tickets).toHaveLength(2)
    expect(order).toMatchObject({ state: 'paid', notice: null, allowedActions: ['resend'] })
    expect(subjects(world, ana)).toHaveLength(1)
  })

  story('whoever pays on the second just before the window ends has tickets', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    await ana.startsPayment()
    await world.passes({ minutes: 14 })
    await ana.paysOnPage()
    await world.passes({ minutes: 2 })
    // The window's end finds out from the provider, not from a webhook.
    await world.ticks()
    expect((await ana.order()).state).toBe('paid')
    await world.settles()
    expect(subjects(world, ana)).toHaveLength(1)
  })

  story(
    'the window ends unpaid: the provider is asked to end the session, and the places are free',
    async (world) => {
      const show = await world.sells({ pools: { hall: 1 } })
      const ana = world.buyer('Ana')
      await ana.reserves(show)
      await ana.startsPayment()
      await world.passes({ minutes: 16 })
      // A place in payment is nobody else's, not even when the time is over, until the provider has said so.
      expect((await world.buyer('Ben').holds(show, 1)).status).toBe(409)
      await world.ticks()
      expect(await ana.order()).toMatchObject({ state: 'expired', notice: { code: 'hold-ended' } })
      expect((await ana.paysOnPage()).status).toBe('closed')
      expect((await world.buyer('Ben').holds(show, 1)).status).toBe(201)
    },
  )

  story('a payment after everything was given back is honoured while there are places', async (world) => {
    const show = await world.sells({ pools: { hall: 2 } })
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    await ana.startsPayment()
    await world.gaveUpOnTheProvider({ payingMeanwhile: ana })
    expect(await ana.order()).toMatchObject({ state: 'expired', payment: { state: 'expired' } })
    world.stripe.faults.disarm()
    await world.passes({ minutes: 6 })
    await world.ticks()
    await world.settles()
    const order = await ana.order()
    expect(order).toMatchObject({ state: 'paid', payment: { state: 'succeeded' } })
    expect(order.tickets).toHaveLength(1)
    expect(order.notice).toBeNull()
    expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 0, sold: 1, capacity: 2 })
  })

  story(
    'a payment for a place that somebody else has by now goes back at once, and the buyer is told why',
    async (world) => {
      const show = await world.sells({ pools: { hall: 1 } })
      const ana = world.buyer('Ana')
      await ana.reserves(show)
      await ana.startsPayment()
      await world.gaveUpOnTheProvider({ payingMeanwhile: ana })
      world.stripe.faults.disarm()
      const ben = world.buyer('Ben')
      await ben.reserves(show)
      await world.passes({ minutes: 6 })
      await world.ticks()
      await world.settles()
      const order = await ana.order()
      expect(order).toMatchObject({
        state: 'expired',
        notice: { code: 'payment-returned' },
        payment: { state: 'returned' },
        tickets: [],
      })
      expect((await refundsOf(world, ana)).map((refund) => [refund.amount, refund.status])).toEqual([
        [4500, 'succeeded'],
      ])
      expect(subjects(world, ana)).toHaveLength(1)
      expect(world.mailsTo(ana.email)[0]?.text).toMatch(/45\.00|45,00/)
      // Ben is none the wiser, and can pay.
      expect((await ben.startsPayment()).body.payment.state).toBe('open')
    },
  )

  story('a declined card is no end: the buyer takes another one', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    await ana.startsPayment()
    expect((await ana.paysOnPage({ card: '4000000000000002' })).status).toBe('declined')
    await world.settles()
    expect((await ana.check()).body).toMatchObject({ state: 'awaiting_payment', payment: { state: 'open' } })
    expect((await ana.paysOnPage()).status).toBe('complete')
    await world.settles()
    expect((await ana.order()).state).toBe('paid')
  })

  story('3-D Secure: who passes has tickets; who fails pays nothing and may try again', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    await ana.startsPayment()
    expect((await ana.paysOnPage({ card: '4000002760003184', threeDS: 'fail' })).status).toBe('declined')
    expect((await ana.check()).body.state).toBe('awaiting_payment')
    // Left open in a tab, the challenge is no payment either.
    expect((await ana.paysOnPage({ card: '4000002760003184' })).status).toBe('requires_action')
    await world.settles()
    expect((await ana.check()).body.state).toBe('awaiting_payment')
    const session = world.stripe.state.session(await ana.sessionId())
    const intent = world.stripe.state
      .paymentIntents()
      .find(
        (one) =>
          one.id === session?.payment_intent ||
          JSON.stringify(one.metadata).includes(String(session?.metadata?.['payment'])),
      )
    world.stripe.answerChallenge(String(intent?.id), 'pass')
    await world.settles()
    expect((await ana.order()).state).toBe('paid')
  })

  story(
    'a bank debit keeps its places for days, and becomes tickets when the money is there',
    async (world) => {
      const show = await world.sells({ pools: { hall: 1 }, currency: 'USD' })
      const ana = world.buyer('Ana')
      await ana.reserves(show)
      await ana.startsPayment()
      await ana.paysOnPage({ bankDebit: 'succeeds' })
      await world.settles()
      expect(await ana.order()).toMatchObject({
        state: 'awaiting_funds',
        payment: { state: 'processing' },
        tickets: [],
      })
      expect((await ana.startsPayment()).status).toBe(409)
      expect((await ana.send('POST', `/v1/orders/${ana.orderId}/cancel`)).body.code).toBe(
        'orders.not-cancellable',
      )
      await world.passes({ days: 2 })
      await world.ticks()
      await world.settles()
      expect((await world.buyer('Ben').holds(show, 1)).status).toBe(409)
      await world.passes({ days: 2, minutes: 5 })
      await world.settles()
      expect(await ana.order()).toMatchObject({ state: 'paid' })
    },
  )

  story('a bank debit that fails gives the places back and takes nothing', async (world) => {
    const show = await world.sells({ pools: { hall: 1 }, currency: 'USD' })
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    await ana.startsPayment()
    await ana.paysOnPage({ bankDebit: 'fails' })
    await world.settles()
    expect((await ana.order()).state).toBe('awaiting_funds')
    await world.passes({ days: 5 })
    await world.settles()
    expect(await ana.order()).toMatchObject({
      state: 'cancelled',
      notice: { code: 'payment-declined' },
      payment: { state: 'failed' },
    })
    expect((await world.buyer('Ben').holds(show, 1)).status).toBe(201)
  })

  story('who cancels before paying cannot pay any more, and the place is free', async (world) => {
    const show = await world.sells({ pools: { hall: 2 } })
    const [ana, ben] = [world.buyer('Ana'), world.buyer('Ben')]
    await ana.reserves(show)
    expect((await ana.send('POST', `/v1/orders/${ana.orderId}/cancel`)).body.state).toBe('cancelled')
    expect(await ana.startsPayment()).toMatchObject({ status: 409, body: { code: 'orders.not-payable' } })
    await ben.reserves(show)
    await ben.startsPayment()
    expect((await ben.send('POST', `/v1/orders/${ben.orderId}/cancel`)).body).toMatchObject({
      state: 'cancelled',
      payment: { state: 'expired', url: null },
    })
    expect((await ben.paysOnPage()).status).toBe('closed')
    expect((await ben.send('POST', `/v1/orders/${ben.orderId}/cancel`)).status).toBe(409)
    expect((await world.buyer('Cleo').holds(show, 2)).status).toBe(201)
  })

  story('cancelling and paying in the same moment is one or the other, and never both', async (world) => {
    const show = await world.sells()
    for (let round = 0; round < 6; round += 1) {
      const ana = world.buyer(`Ana ${round}`)
      await ana.reserves(show)
      await ana.startsPayment()
      const cancelling = ana.send('POST', `/v1/orders/${ana.orderId}/cancel`)
      // A little later in each round, so that the payment falls before, into and after the cancellation.
      for (let tick = 0; tick < round * 4; tick += 1) await new Promise((next) => setImmediate(next))
      const paid = await ana.paysOnPage()
      const cancelled = await cancelling
      await world.settles()
      const { state } = await ana.order()
      expect(state).toBe(paid.status === 'complete' ? 'paid' : 'cancelled')
      expect(cancelled.status).toBeLessThan(500)
    }
    // And the one order in which payment certainly comes first.
    const last = world.buyer('Last')
    await last.reserves(show)
    await last.startsPayment()
    await last.paysOnPage()
    expect((await last.send('POST', `/v1/orders/${last.orderId}/cancel`)).body.state).toBe('paid')
  })

  story(
    'a hold that runs out while ordering is refused clearly, and so is one that runs out before paying',
    async (world) => {
      const show = await world.sells()
      const ana = world.buyer('Ana')
      const hold = await ana.holds(show, 1)
      await world.passes({ minutes: 11 })
      expect(await ana.orders(show, hold.holdId)).toMatchObject({
        status: 409,
        body: { code: 'orders.hold-ended' },
      })
      const ben = world.buyer('Ben')
      await ben.reserves(show)
      await world.passes({ minutes: 11 })
      expect(await ben.startsPayment()).toMatchObject({ status: 409, body: { code: 'orders.hold-ended' } })
      await world.ticks()
      expect(await ben.order()).toMatchObject({
        state: 'expired',
        notice: { code: 'hold-ended' },
        allowedActions: [],
      })
      expect(
        world.stripe.state.sessions().filter((one) => JSON.stringify(one).includes(ben.orderId)),
      ).toEqual([])
    },
  )

  story('a price or terms that changed in between are shown before anything is ordered', async (world) => {
    const show = await world.sells()
    const owner = await world.steward(show, 'owner')
    const ana = world.buyer('Ana')
    const hold = await ana.holds(show, 1)
    const changesPrice = (price: number) =>
      owner.send(
        'PATCH',
        `${owner.path}/ticket-types/${publicId('tty', show.types['standard'] as Id<'tty'>)}`,
        { price },
      )
    expect((await changesPrice(5000)).status).toBe(200)
    const refused = await ana.orders(show, hold.holdId, { expectedTotal: 4500 })
    expect(refused).toMatchObject({ status: 409, body: { code: 'orders.price-changed' } })
    expect(refused.body.quote.total).toEqual({ amount: 5000, currency: 'EUR' })
    expect((await ana.orders(show, hold.holdId, { expectedTotal: 5000 })).status).toBe(201)
    // Once ordered, the price is frozen, whatever happens to the catalogue.
    expect((await changesPrice(9900)).status).toBe(200)
    await ana.startsPayment()
    await ana.paysOnPage()
    await world.settles()
    expect(await ana.order()).toMatchObject({ state: 'paid', total: { amount: 5000 } })

    const ben = world.buyer('Ben')
    const second = await ben.holds(show, 1)
    expect((await owner.send('POST', `${owner.home}/terms`, { text: 'Come early.' })).status).toBe(201)
    expect(await ben.orders(show, second.holdId)).toMatchObject({
      status: 409,
      body: { code: 'orders.terms-changed' },
    })
    expect(
      (await ben.orders(show, second.holdId, { accept: { termsVersion: 2, refundPolicyVersion: 1 } })).status,
    ).toBe(201)
  })

  story(
    'the event is cancelled while buyers pay: sessions end, and who paid all the same gets it back, whole',
    async (world) => {
      const show = await world.sells()
      const owner = await world.steward(show, 'owner')
      const [ana, ben, cleo] = [world.buyer('Ana'), world.buyer('Ben'), world.buyer('Cleo')]
      for (const buyer of [ana, ben, cleo]) await buyer.reserves(show, 1)
      await ana.startsPayment()
      await ben.startsPayment()
      expect((await owner.send('POST', `${owner.path}/cancel`, { reason: 'storm' })).status).toBe(200)
      // Ana was faster than the end of her session; Ben is told on the provider's page that it is over; Cleo never began.
      expect((await ana.paysOnPage()).status).toBe('complete')
      await world.settles()
      expect((await ben.paysOnPage()).status).toBe('closed')
      expect(await ana.order()).toMatchObject({
        state: 'cancelled',
        notice: { code: 'payment-returned' },
        tickets: [],
      })
      expect((await refundsOf(world, ana)).map((refund) => refund.amount)).toEqual([4500])
      expect(await ben.order()).toMatchObject({ state: 'cancelled' })
      expect(await cleo.order()).toMatchObject({ state: 'cancelled' })
      expect((await cleo.startsPayment()).body).toMatchObject({ code: 'orders.event-cancelled' })
      expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 0, sold: 0, capacity: 100 })
    },
  )
})
