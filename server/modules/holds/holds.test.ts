import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withOrg } from '#platform/database'
import { newId } from '#platform/ids'
import { Problem } from '#platform/problem'
import { aSellingEvent, poolCounters, type SellingEvent } from '../../tests/event-fixture.ts'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { createHoldsDesk, type HoldsDesk } from './desk.ts'
import { holdTime, type HoldId } from './hold.ts'
import {
  convertHolds,
  giveBackHolds,
  readHoldOf,
  releaseExpiredHolds,
  releaseHold,
  startPayment,
  takeAgain,
} from './move-holds.ts'
import { browserHashOf, placeHold } from './place-hold.ts'
import { resizePool, setDraws } from './pools.ts'
import { holdsMachines } from './public.ts'

let world: TestPlatform
let desk: HoldsDesk
beforeAll(async () => {
  world = await testPlatform({ through: '0004', machines: holdsMachines })
  desk = createHoldsDesk({ ...world, stockMoved: () => undefined })
})
afterAll(() => world.close())

const browserKey = () => `browser-${newId()}`

function place(
  show: SellingEvent,
  wanted: Record<string, number>,
  options: { id?: HoldId; browserKey?: string } = {},
) {
  const lines = Object.entries(wanted).map(([name, quantity]) => ({
    ticketTypeId: show.types[name] ?? newId<never>(),
    quantity,
  }))
  return placeHold({ clock: world.clock, desk }, show.event, {
    id: options.id ?? newId<HoldId>(),
    browserKey: options.browserKey ?? browserKey(),
    lines,
  })
}

const codeOf = (error: unknown) => (error instanceof Problem ? error.code : String(error))
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(() => 'not refused', codeOf)
}

describe('holding places', () => {
  it('400 buyers race for the last 100 places: exactly 100 hold one, the others are told clearly', async () => {
    const show = await aSellingEvent(world)
    const answers = await Promise.allSettled(Array.from({ length: 400 }, () => place(show, { standard: 1 })))
    const refusals = answers.filter((one) => one.status === 'rejected').map((one) => codeOf(one.reason))
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(100)
    expect(new Set(refusals)).toEqual(new Set(['holds.sold-out']))
    expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 100, sold: 0, capacity: 100 })
  })

  it('desks of two processes sell the same event, and together not one place too many', async () => {
    const show = await aSellingEvent(world)
    const other = createHoldsDesk({ ...world, stockMoved: () => undefined })
    const ask = (which: HoldsDesk) =>
      placeHold({ clock: world.clock, desk: which }, show.event, {
        id: newId(),
        browserKey: browserKey(),
        lines: [{ ticketTypeId: show.types['standard'] ?? newId<never>(), quantity: 1 }],
      })
    const answers = await Promise.allSettled(
      Array.from({ length: 300 }, (_, index) => ask(index % 2 ? desk : other)),
    )
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(100)
  })

  it('a type that draws from two pools takes a place of each, and the smaller one ends its sale', async () => {
    const show = await aSellingEvent(world, {
      pools: { hall: 10, vip: 2 },
      types: { standard: { price: 1000, pools: ['hall'] }, vip: { price: 9000, pools: ['hall', 'vip'] } },
    })
    await place(show, { vip: 2 })
    expect(await refusal(place(show, { vip: 1 }))).toBe('holds.sold-out')
    await place(show, { standard: 8 })
    expect(await refusal(place(show, { standard: 1 }))).toBe('holds.sold-out')
  })

  it('one basket that asks a pool twice is counted twice', async () => {
    const show = await aSellingEvent(world, {
      pools: { hall: 3 },
      types: { a: { price: 100, pools: ['hall'] }, b: { price: 100, pools: ['hall'] } },
    })
    expect(await refusal(place(show, { a: 2, b: 2 }))).toBe('holds.sold-out')
    await place(show, { a: 1, b: 2 })
  })

  it('the same id again answers the same hold and takes nothing more; with other content it is refused', async () => {
    const show = await aSellingEvent(world)
    const [id, key] = [newId<HoldId>(), browserKey()]
    const storm = await Promise.all(
      Array.from({ length: 20 }, () => place(show, { standard: 2 }, { id, browserKey: key })),
    )
    expect(storm.filter((one) => one.fresh)).toHaveLength(1)
    expect((await place(show, { standard: 2 }, { id, browserKey: key })).fresh).toBe(false)
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 2 })
    expect(await refusal(place(show, { standard: 3 }, { id, browserKey: key }))).toBe('holds.id-taken')
    expect(await refusal(place(show, { standard: 2 }, { id }))).toBe('holds.id-taken')
  })

  it('a browser has one open hold per event: the newer gives the older back, also when they meet in one batch', async () => {
    const show = await aSellingEvent(world, { pools: { hall: 4 } })
    const key = browserKey()
    const { hold: first } = await place(show, { standard: 3 }, { browserKey: key })
    await place(show, { standard: 4 }, { browserKey: key })
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 4 })
    expect((await readHoldOf(world, show.orgId, show.event.id, first.id, key)).state).toBe('released')
    await Promise.all([
      place(show, { standard: 1 }, { browserKey: key }),
      place(show, { standard: 2 }, { browserKey: key }),
      place(show, { standard: 3 }, { browserKey: key }),
    ])
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 3 })
  })

  it('a request that cannot be served keeps the hold that the browser had', async () => {
    const show = await aSellingEvent(world, { pools: { hall: 4 } })
    const key = browserKey()
    const { hold } = await place(show, { standard: 3 }, { browserKey: key })
    expect(await refusal(place(show, { standard: 5 }, { browserKey: key }))).toBe('holds.sold-out')
    expect((await readHoldOf(world, show.orgId, show.event.id, hold.id, key)).state).toBe('active')
  })

  it('what is not on sale, unknown, or outside of the limits is refused by name', async () => {
    const past = new Date(world.clock.now().getTime() - 1000)
    const soon = new Date(world.clock.now().getTime() + 60_000)
    const show = await aSellingEvent(world, {
      types: {
        over: { price: 1, pools: ['hall'], saleEndsAt: past },
        later: { price: 1, pools: ['hall'], saleStartsAt: soon },
        pair: { price: 1, pools: ['hall'], min: 2, max: 4 },
      },
    })
    expect(await refusal(place(show, { over: 1 }))).toBe('holds.not-on-sale')
    expect(await refusal(place(show, { later: 1 }))).toBe('holds.not-on-sale')
    expect(await refusal(place(show, { nothing: 1 }))).toBe('holds.unknown-ticket-type')
    expect(await refusal(place(show, { pair: 1 }))).toBe('holds.limit')
    expect(await refusal(place(show, { pair: 5 }))).toBe('holds.limit')
    expect(
      await refusal(
        placeHold(
          { clock: world.clock, desk },
          { ...show.event, state: 'cancelled' },
          {
            id: newId(),
            browserKey: browserKey(),
            lines: [{ ticketTypeId: show.types['pair'] ?? newId<never>(), quantity: 2 }],
          },
        ),
      ),
    ).toBe('holds.not-on-sale')
  })
})

describe('time', () => {
  it('"sold out" is never said because of dead holds: their places are given to whoever asks next', async () => {
    const show = await aSellingEvent(world, { pools: { hall: 2 } })
    const key = browserKey()
    const { hold } = await place(show, { standard: 2 }, { browserKey: key })
    expect(await refusal(place(show, { standard: 1 }))).toBe('holds.sold-out')
    await world.clock.advance(holdTime + 1000)
    expect((await readHoldOf(world, show.orgId, show.event.id, hold.id, key)).state).toBe('expired')
    await place(show, { standard: 2 })
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 2 })
    expect(
      await world.asOwner('select to_state, event from platform.transition where entity_id = $1', [hold.id]),
    ).toEqual([{ to_state: 'expired', event: 'expire' }])
  })

  it('the sweep tidies dead holds and leaves living ones and those in payment', async () => {
    const show = await aSellingEvent(world)
    const paying = await place(show, { standard: 1 })
    await withOrg(world.db, show.orgId, (tx) =>
      startPayment(tx, show.orgId, [paying.hold.id], world.clock.now()),
    )
    await place(show, { standard: 2 })
    await world.clock.advance(holdTime + 1000)
    await place(show, { standard: 4 })
    await releaseExpiredHolds(world)
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 5 })
  })

  it('a hold whose time is over cannot start a payment', async () => {
    const show = await aSellingEvent(world)
    const { hold } = await place(show, { standard: 1 })
    await world.clock.advance(holdTime + 1000)
    expect(
      await withOrg(world.db, show.orgId, (tx) => startPayment(tx, show.orgId, [hold.id], world.clock.now())),
    ).toEqual([])
  })
})

describe('after the basket', () => {
  const inOrg = <T>(show: SellingEvent, work: Parameters<typeof withOrg<T>>[2]) =>
    withOrg(world.db, show.orgId, work)

  it('a paid hold becomes sold places, once; a dead payment gives them back, once', async () => {
    const show = await aSellingEvent(world)
    const { hold: a } = await place(show, { standard: 2 })
    const { hold: b } = await place(show, { standard: 3 })
    const now = world.clock.now()
    await inOrg(show, (tx) => startPayment(tx, show.orgId, [a.id, b.id], now))
    for (let time = 0; time < 2; time += 1) {
      await inOrg(show, (tx) => convertHolds(tx, show.orgId, show.event.id, [a.id], now))
      await inOrg(show, (tx) => giveBackHolds(tx, show.orgId, show.event.id, [a.id, b.id], now))
    }
    expect(await poolCounters(world, show.pools['hall'])).toEqual({ held: 0, sold: 2, capacity: 100 })
  })

  it('who paid after the places went back is served again while there are free ones, and not beyond', async () => {
    const show = await aSellingEvent(world, { pools: { hall: 3 } })
    const lines = [{ ticketTypeId: show.types['standard'] ?? newId<never>(), quantity: 2 }]
    const claims = [newId<HoldId>(), newId<HoldId>()].map((holdId) => ({
      holdId,
      browserHash: browserHashOf(browserKey()),
      lines,
    }))
    const served = await inOrg(show, (tx) =>
      takeAgain(tx, show.orgId, show.event.id, claims, world.clock.now()),
    )
    expect([...served]).toEqual([claims[0]?.holdId])
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ sold: 2 })
  })

  it('the buyer lets go: the places are free again, and a stranger cannot do it for them', async () => {
    const show = await aSellingEvent(world)
    const key = browserKey()
    const { hold } = await place(show, { standard: 2 }, { browserKey: key })
    expect(await refusal(releaseHold(world, show.orgId, show.event.id, hold.id, browserKey()))).toBe(
      'request.not-found',
    )
    await releaseHold(world, show.orgId, show.event.id, hold.id, key)
    await releaseHold(world, show.orgId, show.event.id, hold.id, key)
    expect(await poolCounters(world, show.pools['hall'])).toMatchObject({ held: 0 })
  })

  it('a pool cannot become smaller than what is sold and held, nor a type change its pools once it sells', async () => {
    const show = await aSellingEvent(world)
    await place(show, { standard: 5 })
    const pool = show.pools['hall']
    if (!pool) throw new Error('no pool')
    expect(await refusal(resizePool(world.db, show.orgId, show.event.id, pool.id, 4))).toBe(
      'holds.pool-too-small',
    )
    await resizePool(world.db, show.orgId, show.event.id, pool.id, 5)
    expect(
      await refusal(
        inOrg(show, (tx) =>
          setDraws(tx, show.orgId, show.event.id, show.types['standard'] ?? newId<never>(), []),
        ),
      ),
    ).toBe('holds.in-use')
  })
})

describe('overselling', () => {
  it('happens at once when the lock and the constraint are taken away, which shows that they are what prevents it', async () => {
    const bare = await testPlatform({ through: '0004', machines: holdsMachines })
    try {
      await bare.asOwner('alter table holds.pool drop constraint never_oversold')
      const show = await aSellingEvent(bare, { pools: { hall: 10 } })
      const type = show.types['standard']
      // Everyone reads before anyone writes: a barrier instead of luck.
      let readers = 0
      let open: () => void = () => undefined
      const everyoneHasRead = new Promise<void>((resolve) => (open = resolve))
      const checkThenAct = () =>
        withOrg(bare.db, show.orgId, async (tx) => {
          const pool = await tx
            .selectFrom('holds.pool')
            .selectAll()
            .where('eventId', '=', show.event.id)
            .executeTakeFirstOrThrow()
          readers += 1
          if (readers === 8) open()
          await everyoneHasRead
          if (pool.capacity - pool.held - pool.sold < 5) return false
          await tx
            .updateTable('holds.pool')
            .set((eb) => ({ sold: eb('sold', '+', 5) }))
            .where('id', '=', pool.id)
            .execute()
          return true
        })
      const sold = await Promise.all(Array.from({ length: 8 }, checkThenAct))
      expect(type).toBeDefined()
      expect(sold.filter(Boolean)).toHaveLength(8)
      expect((await poolCounters(bare, show.pools['hall'])).sold).toBe(40)
    } finally {
      await bare.close()
    }
  })

  it('is refused by the database itself, whatever the code does', async () => {
    const show = await aSellingEvent(world)
    await expect(
      world.asOwner('update holds.pool set sold = 101 where id = $1', [show.pools['hall']?.id]),
    ).rejects.toThrow('never_oversold')
  })

  it('any sequence of holding, paying, giving back and letting time pass keeps sold + held within capacity and equal to the holds', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('hold' as const),
        quantity: fc.integer({ min: 1, max: 4 }),
        browser: fc.integer({ min: 0, max: 5 }),
      }),
      fc.record({
        do: fc.constantFrom('pay' as const, 'convert' as const, 'giveBack' as const),
        which: fc.nat(30),
      }),
      fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 8 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const show = await aSellingEvent(world, { pools: { hall: 9 } })
        const keys = Array.from({ length: 6 }, browserKey)
        const holds: HoldId[] = []
        for (const one of steps) {
          const now = world.clock.now()
          const id = 'which' in one ? holds[one.which % Math.max(1, holds.length)] : undefined
          if (one.do === 'hold')
            await place(show, { standard: one.quantity }, { browserKey: keys[one.browser] ?? '' }).then(
              ({ hold }) => holds.push(hold.id),
              () => undefined,
            )
          if (one.do === 'wait') await world.clock.advance(one.minutes * 60_000)
          if (id === undefined) continue
          if (one.do === 'pay')
            await withOrg(world.db, show.orgId, (tx) => startPayment(tx, show.orgId, [id], now))
          if (one.do === 'convert')
            await withOrg(world.db, show.orgId, (tx) =>
              convertHolds(tx, show.orgId, show.event.id, [id], now),
            )
          if (one.do === 'giveBack')
            await withOrg(world.db, show.orgId, (tx) =>
              giveBackHolds(tx, show.orgId, show.event.id, [id], now),
            )
        }
        const [sums] = await world.asOwner<{ held: string; sold: string }>(
          `select coalesce(sum((line->>'quantity')::int) filter (where state in ('active', 'paying')), 0) as held,
                  coalesce(sum((line->>'quantity')::int) filter (where state = 'converted'), 0) as sold
           from holds.hold, jsonb_array_elements(lines) as line where event_id = $1`,
          [show.event.id],
        )
        const counters = await poolCounters(world, show.pools['hall'])
        expect({ held: Number(sums?.held), sold: Number(sums?.sold) }).toEqual({
          held: counters.held,
          sold: counters.sold,
        })
        expect(counters.held + counters.sold).toBeLessThanOrEqual(9)
      }),
      { numRuns: 25 },
    )
  })
})
