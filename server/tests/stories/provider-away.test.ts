import type { FaultKind } from '@tessera/sandbox-stripe'
import { expect, vi } from 'vitest'
import { poolCounters } from '../event-fixture.ts'
import { stories, type Buyer, type World } from '../world.ts'

const sessionsOf = (world: World, buyer: Buyer) =>
  world.stripe.state.sessions().filter((one) => JSON.stringify(one).includes(buyer.orderId))

/** Minutes pass in which nothing is in the way, until this is so. What the provider still works on takes real time. */
async function inAWhile(world: World, isSo: () => Promise<void>): Promise<void> {
  await vi.waitFor(
    async () => {
      await world.passes({ minutes: 1 })
      await world.ticks()
      await world.settles()
      await isSo()
    },
    { timeout: 10_000, interval: 200 },
  )
}

const impatient = { timeoutMs: 1000, breaker: { failures: 1000, pauseMs: 20 } }

/** How a call can go wrong, and whether the provider did what it was asked for. */
const ways: [FaultKind, string, number][] = [
  ['timeout_after_commit', 'does it and says nothing', 2],
  ['cut_before_commit', 'cuts the line before doing it', 8],
  ['cut_after_commit', 'cuts the line after doing it', 8],
  ['error_before_commit', 'answers with an error, and did nothing', 1],
  ['error_after_commit', 'answers with an error, and did it all the same', 1],
  ['bare_error', 'has a broken proxy in front', 4],
  ['truncated_body', 'stops in the middle of its answer', 4],
  ['rate_limit', 'has too much to do', 3],
  ['slow', 'answers after we stopped listening', 2],
]

stories(
  'when the provider does not answer well',
  (story) => {
    for (const [kind, what, count] of ways) {
      story(`asked for a session, it ${what}: the buyer waits in line, then pays once`, async (world) => {
        const show = await world.sells()
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        world.stripe.faults.arm({ kind, method: 'POST', path: '/v1/checkout/sessions', count, ms: 1700 })
        const started = await ana.startsPayment()
        expect(started.status).toBe(200)
        // Whatever happened there, here nothing is over, and nothing is claimed that nobody knows.
        expect(['awaiting_session', 'awaiting_payment']).toContain(started.body.state)
        if (started.body.state === 'awaiting_session') {
          expect(started.body.payment.url).toBeNull()
          expect(started.body.payment.state).toMatch(/created|waiting/)
        }
        // Whoever was sent to the line is asked for from there, and must have met the fault all the same.
        await world.settles()
        const met = world.stripe.faults.list().every((fault) => fault.struck > 0)
        expect(met).toBe(true)
        world.stripe.faults.disarm()
        await inAWhile(world, async () => expect((await ana.order()).state).toBe('awaiting_payment'))
        const order = await ana.order()
        expect(order.payment.state).toBe('open')
        expect(sessionsOf(world, ana).filter((session) => session.status === 'open')).toHaveLength(1)
        expect(sessionsOf(world, ana)[0]?.url).toBe(order.payment.url)
        await ana.paysOnPage()
        await world.settles()
        expect((await ana.order()).state).toBe('paid')
      })
    }

    story(
      'asked whether somebody paid, it says nothing of use: the order stays as it was, and is paid later',
      async (world) => {
        const show = await world.sells()
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        await ana.comesToThePage()
        await ana.paysOnPage()
        for (const kind of ['timeout_after_commit', 'bare_error', 'truncated_body', 'rate_limit'] as const) {
          world.stripe.faults.arm({ kind, method: 'GET', path: '/v1/checkout/sessions/*', count: 2 })
          const checked = await ana.check()
          expect(checked).toMatchObject({ status: 200, body: { state: 'awaiting_payment', tickets: [] } })
          world.stripe.faults.disarm()
        }
        expect((await ana.check()).body.state).toBe('paid')
      },
    )

    story('asked to end a session, it is silent: the places stay until it has spoken', async (world) => {
      const show = await world.sells({ pools: { hall: 1 } })
      const ana = world.buyer('Ana')
      await ana.reserves(show)
      await ana.comesToThePage()
      world.providerIsAway()
      await world.passes({ minutes: 16 })
      await world.ticks()
      expect((await ana.order()).state).toBe('awaiting_payment')
      expect((await world.buyer('Ben').holds(show, 1)).status).toBe(409)
      // The session is over by itself after 31 minutes; until five minutes after that its last second may be on the way.
      await world.passes({ minutes: 18 })
      await world.ticks()
      expect((await ana.order()).state).toBe('awaiting_payment')
      await world.passes({ minutes: 3 })
      await world.ticks()
      expect(await ana.order()).toMatchObject({ state: 'expired', notice: { code: 'hold-ended' } })
      expect(await world.alerts()).toMatchObject([{ rule: 'payments.payment-stuck' }])
      world.expected.add('payments.payment-stuck')
      expect((await world.buyer('Ben').holds(show, 1)).status).toBe(201)
    })

    story(
      'the session was never heard of, and nobody answers until its end: the places are free in the end, and nothing is lost',
      async (world) => {
        const show = await world.sells({ pools: { hall: 1 } })
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        world.stripe.faults.arm({
          kind: 'cut_after_commit',
          method: 'POST',
          path: '/v1/checkout/sessions',
          count: 8,
        })
        await ana.startsPayment()
        world.stripe.faults.disarm()
        world.providerIsAway()
        // Somebody clever found the page all the same, and pays on it.
        await ana.paysOnPage()
        for (const minutes of [10, 20, 1, 1, 1, 1, 1, 1, 1, 1]) {
          await world.passes({ minutes })
          await world.ticks()
        }
        expect((await ana.order()).state).toBe('expired')
        expect(await world.alerts()).toMatchObject([{ rule: 'payments.payment-stuck' }])
        world.expected.add('payments.payment-stuck')
        world.stripe.faults.disarm()
        await inAWhile(world, async () => expect((await ana.order()).state).toBe('paid'))
      },
    )

    story(
      'nobody answered, and there was no session at all: that is found out too, and nothing waits for ever',
      async (world) => {
        const show = await world.sells({ pools: { hall: 1 } })
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        world.providerIsAway()
        await ana.startsPayment()
        await world.settles()
        for (const minutes of [31, 4, 1, 1]) {
          await world.passes({ minutes })
          await world.ticks()
        }
        expect((await ana.order()).state).toBe('expired')
        expect(await world.alerts()).toMatchObject([{ rule: 'payments.payment-stuck' }])
        world.expected.add('payments.payment-stuck')
        world.stripe.faults.disarm()
        await inAWhile(world, async () => {
          await world.passes({ minutes: 5 })
          const payments = await world.asOwner('select unconfirmed from payments.payment where org_id = $1', [
            show.orgId,
          ])
          expect(payments).toEqual([{ unconfirmed: false }])
        })
      },
    )

    story(
      'we are away for two days with a payment whose session we never heard of, and it was paid: it buys, once',
      async (world) => {
        const show = await world.sells()
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        world.stripe.faults.arm({ kind: 'webhook.drop', event: '*', count: 1000 })
        world.stripe.faults.arm({
          kind: 'cut_after_commit',
          method: 'POST',
          path: '/v1/checkout/sessions',
          count: 1000,
        })
        await ana.startsPayment()
        await world.settles()
        await ana.paysOnPage()
        world.stripe.faults.disarm()
        // By now the provider has forgotten the key under which it was asked.
        await world.passes({ days: 2 })
        await inAWhile(world, async () => expect((await ana.order()).state).toBe('paid'))
        expect(sessionsOf(world, ana)).toHaveLength(1)
      },
    )

    story(
      'we are away for two days with money that was to go back, and it went: it does not go back again',
      async (world) => {
        const show = await world.sells({ pools: { hall: 1 } })
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        await ana.comesToThePage()
        await world.gaveUpOnTheProvider({ payingMeanwhile: ana })
        world.stripe.faults.disarm()
        await world.buyer('Ben').reserves(show)
        world.stripe.faults.arm({ kind: 'webhook.drop', event: 'refund.*', count: 1000 })
        world.stripe.faults.arm({
          kind: 'cut_after_commit',
          method: 'POST',
          path: '/v1/refunds',
          count: 1000,
        })
        await world.passes({ minutes: 6 })
        await world.ticks()
        await world.settles()
        world.stripe.faults.disarm()
        // The provider has forgotten the key; only its list of refunds tells. Money that hangs for two days calls somebody.
        await world.passes({ days: 2 })
        world.expected.add('ledger.invariant-broken')
        const returns = () =>
          world.asOwner('select state from payments.payment_return where org_id = $1', [show.orgId])
        await inAWhile(world, async () => {
          await world.passes({ minutes: 10 })
          expect(await returns()).toEqual([{ state: 'succeeded' }])
        })
        const intent = world.stripe.state.session(await ana.sessionId())?.payment_intent
        const refunds = world.stripe.state.refunds().filter((refund) => refund.payment_intent === intent)
        expect(refunds.map((refund) => refund.amount)).toEqual([4500])
      },
    )

    for (const [kind, what] of ways) {
      story(`asked to send money back, it ${what}: the money goes back once`, async (world) => {
        const show = await world.sells({ pools: { hall: 1 } })
        const ana = world.buyer('Ana')
        await ana.reserves(show)
        await ana.comesToThePage()
        await world.gaveUpOnTheProvider({ payingMeanwhile: ana })
        world.stripe.faults.disarm()
        await world.buyer('Ben').reserves(show)
        world.stripe.faults.arm({ kind, method: 'POST', path: '/v1/refunds', count: 2, ms: 1700 })
        await world.passes({ minutes: 6 })
        await world.ticks()
        await world.settles()
        expect((await ana.order()).notice).toEqual({ code: 'payment-returned' })
        world.stripe.faults.disarm()
        await inAWhile(world, async () => {
          await world.passes({ minutes: 10 })
          const returns = await world.asOwner('select state from payments.payment_return where org_id = $1', [
            show.orgId,
          ])
          expect(returns).toEqual([{ state: 'succeeded' }])
        })
        const intent = world.stripe.state.session(await ana.sessionId())?.payment_intent
        const refunds = world.stripe.state.refunds().filter((refund) => refund.payment_intent === intent)
        expect(refunds.map((refund) => refund.amount)).toEqual([4500])
      })
    }
  },
  { provider: impatient },
)

stories(
  'when nobody is there at all',
  (story) => {
    story(
      'calls pause after a few failures, everybody keeps their place in the line, and pays when it is back',
      async (world) => {
        const show = await world.sells()
        const buyers = Array.from({ length: 8 }, (_, index) => world.buyer(`Fan ${index}`))
        for (const buyer of buyers) await buyer.reserves(show)
        world.providerIsAway()
        for (const buyer of buyers) expect((await buyer.startsPayment()).body.state).toBe('awaiting_session')
        await world.ticks()
        // A few failures open the breaker; then the crowd costs the provider nothing.
        const struck = world.stripe.faults.list().reduce((sum, fault) => sum + fault.struck, 0)
        expect(struck).toBe(3)
        const orders = await Promise.all(buyers.map((buyer) => buyer.order()))
        expect(orders.map((order) => order.payment.position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
        expect(orders.map((order) => order.payment.state)).toEqual(Array(8).fill('waiting'))
        // A hold in line does not run out: the wait is ours and not the buyer's fault.
        await world.passes({ minutes: 12 })
        await world.ticks()
        expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 8 })
        world.stripe.faults.disarm()
        // The pause of the breaker is real time.
        await vi.waitFor(
          async () => {
            await world.passes({ minutes: 1 })
            await world.ticks()
            for (const buyer of buyers) expect((await buyer.order()).state).toBe('awaiting_payment')
          },
          { timeout: 10_000, interval: 300 },
        )
        for (const buyer of buyers) {
          // Whoever waited has the whole window from then on.
          const { payment } = await buyer.order()
          const left = Date.parse(payment.expiresAt) - Date.parse(payment.serverTime)
          expect(left).toBeGreaterThan(10 * 60_000)
          await buyer.paysOnPage()
        }
        await world.settles()
        for (const buyer of buyers) expect((await buyer.order()).state).toBe('paid')
      },
    )
  },
  { provider: { timeoutMs: 5000, breaker: { failures: 3, pauseMs: 4000 } } },
)
