import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { newId, publicId, type Id } from '#platform/ids'
import type { SellingEvent } from '../event-fixture.ts'
import { stories, testKeys, type Buyer, type World } from '../world.ts'

interface Forged {
  secret?: string
  /** Seconds from now. */
  at?: number
  /** Changes the body after it was signed. */
  tamper?: (body: string) => string
}

/** Sends the server something that looks like a webhook. */
async function delivers(world: World, event: object, how: Forged = {}): Promise<number> {
  const body = JSON.stringify(event)
  const stamp = Math.floor(world.now().getTime() / 1000) + (how.at ?? 0)
  const signature = createHmac('sha256', how.secret ?? testKeys.webhookSecret)
    .update(`${stamp}.${body}`)
    .digest('hex')
  const response = await fetch(`${world.url}/v1/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${stamp},v1=${signature}` },
    body: how.tamper?.(body) ?? body,
  })
  return response.status
}

async function startsToPay(world: World, show: SellingEvent, name: string): Promise<Buyer> {
  const buyer = world.buyer(name)
  await buyer.reserves(show)
  await buyer.comesToThePage()
  return buyer
}

/** The provider's own event about the end of a buyer's session. */
async function completedEvent(world: World, buyer: Buyer) {
  const session = await buyer.sessionId()
  const event = world.stripe.state
    .events('checkout.session.completed')
    .find((one) => (one.data.object as { id?: string }).id === session)
  if (!event) throw new Error('the provider has no such event')
  return event
}

const inbox = (world: World) =>
  world.asOwner<{ eventId: string }>(
    'select event_id as "eventId", outcome, note from payments.webhook_inbox',
  )

const mails = (world: World, buyer: Buyer) => world.mailsTo(buyer.email).length

stories('what the provider tells', (story) => {
  story('a webhook that comes three times, and once more with another id, is one purchase', async (world) => {
    const show = await world.sells()
    world.stripe.faults.arm({ kind: 'webhook.duplicate', event: 'checkout.session.*', copies: 2 })
    world.stripe.faults.arm({ kind: 'webhook.twin', event: 'checkout.session.*' })
    const ana = await startsToPay(world, show, 'Ana')
    await ana.paysOnPage()
    await world.settles()
    expect((await ana.order()).tickets).toHaveLength(1)
    world.stripe.redeliver((await completedEvent(world, ana)).id)
    await world.settles()
    expect((await ana.order()).tickets).toHaveLength(1)
    expect(mails(world, ana)).toBe(1)
  })

  story('a webhook that comes a day late finds everything done, and changes nothing', async (world) => {
    const show = await world.sells()
    world.stripe.faults.arm({ kind: 'webhook.delay', event: '*', ms: 86_400_000, count: 20 })
    const ana = await startsToPay(world, show, 'Ana')
    await ana.paysOnPage()
    await world.settles()
    expect((await ana.order()).state).toBe('awaiting_payment')
    await world.passes({ minutes: 16 })
    await world.ticks()
    await world.settles()
    expect((await ana.order()).state).toBe('paid')
    await world.passes({ days: 1 })
    await world.settles()
    expect((await ana.order()).tickets).toHaveLength(1)
    expect(mails(world, ana)).toBe(1)
  })

  story('a webhook that overtakes our own record of the session still ends in tickets', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.reserves(show)
    // The session is made, and its answer is lost; so our row does not know it when the buyer has paid already.
    world.stripe.faults.arm({ kind: 'cut_after_commit', path: '/v1/checkout/sessions', count: 1000 })
    expect((await ana.startsPayment()).body).toMatchObject({
      state: 'awaiting_session',
      payment: { url: null },
    })
    await ana.paysOnPage()
    await world.settles()
    const order = await ana.order()
    expect(order.state).toBe('paid')
    expect(order.tickets).toHaveLength(1)
    const sessions = world.stripe.state.sessions().filter((one) => JSON.stringify(one).includes(ana.orderId))
    expect(sessions).toHaveLength(1)
  })

  story('no webhook ever comes: the ticks find out by themselves', async (world) => {
    const show = await world.sells()
    world.stripe.faults.arm({ kind: 'webhook.drop', event: '*', count: 100_000 })
    const ana = await startsToPay(world, show, 'Ana')
    const ben = await startsToPay(world, show, 'Ben')
    await ana.paysOnPage()
    await world.ticks()
    await world.settles()
    // The provider's own list of events fills the gap within five minutes, long before the window ends.
    expect((await ana.order()).state).toBe('paid')
    expect((await ben.order()).state).toBe('awaiting_payment')
    await ben.paysOnPage()
    await world.passes({ minutes: 16 })
    await world.ticks()
    await world.settles()
    expect((await ben.order()).state).toBe('paid')
    expect([mails(world, ana), mails(world, ben)]).toEqual([1, 1])
  })

  story(
    'forged, tampered, stale and future webhooks are refused, and nothing of them is kept',
    async (world) => {
      const show = await world.sells()
      const ana = await startsToPay(world, show, 'Ana')
      const template = {
      id: 'evt_forged', object: 'event', type: 'checkout.session.completed', created: 1, livemode: false,
      api_version: '2026-10-28.endive',
      data: { object: { id: await ana.sessionId(), object: 'checkout.session', payment_status: 'paid', metadata: {} } },
    } // oxfmt-ignore
      const before = await inbox(world)
      expect(await delivers(world, template, { secret: 'whsec_somebody_elses' })).toBe(400)
      expect(
        await delivers(world, template, { tamper: (body) => body.replace('evt_forged', 'evt_other') }),
      ).toBe(400)
      expect(await delivers(world, template, { at: -301 })).toBe(400)
      expect(await delivers(world, template, { at: 301 })).toBe(400)
      const unsigned = await fetch(`${world.url}/v1/webhooks/stripe`, {
        method: 'POST',
        body: JSON.stringify(template),
      })
      expect(unsigned.status).toBe(400)
      expect(unsigned.headers.get('content-type')).toContain('application/problem+json')
      await world.settles()
      expect(await inbox(world)).toEqual(before)
      // Signed well, it says "paid" of a session that is not: the provider is asked, and its word counts.
      expect(await delivers(world, { ...template, id: 'evt_lie' })).toBe(204)
      await world.settles()
      expect((await ana.order()).state).toBe('awaiting_payment')
    },
  )

  story(
    'an event of a connected account, or about something that nobody knows, settles nothing',
    async (world) => {
      const show = await world.sells()
      // Only the test's own webhooks arrive, and the provider's list is not read: what is settled was settled by these.
      world.stripe.faults.arm({ kind: 'webhook.drop', event: '*', count: 100_000 })
      const ana = await startsToPay(world, show, 'Ana')
      await ana.paysOnPage()
      const real = await completedEvent(world, ana)
      expect(await delivers(world, { ...real, id: 'evt_connected', account: 'acct_somebody' })).toBe(204)
      await world.settles()
      expect((await ana.order()).state).toBe('awaiting_payment')
      const unknown = {
        ...real,
        id: 'evt_unknown',
        data: { object: { ...real.data.object, id: 'cs_test_nobody' } },
      }
      expect(await delivers(world, unknown)).toBe(204)
      const strange = { ...real, id: 'evt_strange', type: 'moon.risen' }
      expect(await delivers(world, strange)).toBe(204)
      await world.settles()
      expect((await ana.order()).state).toBe('awaiting_payment')
      const rows = await world.asOwner<{ event_id: string; outcome: string }>(
        `select event_id, outcome from payments.webhook_inbox where event_id = any($1)`,
        [['evt_connected', 'evt_unknown', 'evt_strange']],
      )
      expect(rows.map((row) => row.outcome)).toEqual(['no_effect', 'no_effect', 'no_effect'])
      expect(await delivers(world, real)).toBe(204)
      await world.settles()
      expect((await ana.order()).state).toBe('paid')
    },
  )

  story('somebody else’s session with our label buys nothing', async (world) => {
    const show = await world.sells()
    const ana = await startsToPay(world, show, 'Ana')
    const ben = await startsToPay(world, show, 'Ben')
    await ben.paysOnPage()
    await world.settles()
    const real = await completedEvent(world, ben)
    const label = (world.stripe.state.session(await ana.sessionId())?.metadata ?? {}) as object
    // Ben's paid session, delivered as if it were about Ana's payment.
    const swapped = { ...real, id: 'evt_swapped', data: { object: { ...real.data.object, metadata: label } } }
    expect(await delivers(world, swapped)).toBe(204)
    await world.settles()
    expect((await ana.order()).state).toBe('awaiting_payment')
  })
})

stories('a storm of retries', (story) => {
  const fifty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, work))

  story('a bad connection that sends everything fifty times makes one of each', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    const holdId = publicId('hld', newId<Id<'hld'>>())
    const holds = await fifty(() => ana.holds(show, 2, holdId))
    expect(holds.map((one) => one.status).toSorted((a, b) => b - a)).toEqual([201, ...Array(49).fill(200)])
    expect(await world.asOwner('select held from holds.pool where event_id = $1', [show.event.id])).toEqual([
      { held: 2 },
    ])
    const orders = await fifty(() => ana.orders(show, holdId))
    expect(orders.map((one) => one.status).toSorted((a, b) => b - a)).toEqual([201, ...Array(49).fill(200)])
    expect(new Set(orders.map((one) => one.body.id)).size).toBe(1)
    expect(new Set(orders.map((one) => one.body.guestToken)).size).toBe(1)
    const payments = await fifty(() => ana.startsPayment())
    expect(new Set(payments.map((one) => one.status))).toEqual(new Set([200]))
    expect((await ana.order()).payment.state).toBe('open')
    const sessions = world.stripe.state.sessions().filter((one) => JSON.stringify(one).includes(ana.orderId))
    expect(sessions).toHaveLength(1)
    await ana.paysOnPage()
    const checks = await fifty(() => ana.check())
    expect(checks.map((one) => one.body.state)).toEqual(Array(50).fill('paid'))
    await world.settles()
    expect((await ana.order()).tickets).toHaveLength(2)
    expect(mails(world, ana)).toBe(1)
    expect((await ana.startsPayment()).body.code).toBe('orders.not-payable')
  })

  story(
    'the same hold with another content, and the same order with another name, are refused',
    async (world) => {
      const show = await world.sells()
      const ana = world.buyer('Ana')
      const hold = await ana.holds(show, 2)
      expect((await ana.holds(show, 3, hold.holdId)).status).toBe(409)
      expect((await world.buyer('Ben').holds(show, 2, hold.holdId)).status).toBe(409)
      expect((await ana.orders(show, hold.holdId)).status).toBe(201)
      expect(await ana.orders(show, hold.holdId, { email: 'other@example.com' })).toMatchObject({
        status: 409,
        body: { code: 'orders.already-placed' },
      })
    },
  )
})
