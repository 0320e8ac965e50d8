import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withOrg } from '#platform/database'
import { newId } from '#platform/ids'
import { Problem } from '#platform/problem'
import { rulesOf } from '#platform/state-machine'
import { createHoldsDesk, holdsMachines, placeHold, type HoldId, type HoldsDesk } from '#modules/holds'
import { aSellingEvent, poolCounters, type SellingEvent } from '../../tests/event-fixture.ts'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { buyerActions, orderMachine, orderNumber, type OrderId } from './order.ts'
import { createOrdersDesk, type OrdersDesk, type PlacedOrder } from './place-order.ts'
import { readOrders } from './order-store.ts'
import { guestToken, orderOfGuest } from './guest-link.ts'
import { expireAbandonedOrders } from './end-orders.ts'
import { ordersMachines } from './public.ts'

let world: TestPlatform
let holds: HoldsDesk
let orders: OrdersDesk
beforeAll(async () => {
  world = await testPlatform({ through: '0007', machines: [...holdsMachines, ...ordersMachines] })
  holds = createHoldsDesk({ ...world, stockMoved: () => undefined })
  orders = createOrdersDesk(world)
})
afterAll(() => world.close())

interface Asked {
  browserKey: string
  holdId: HoldId
}

async function hold(show: SellingEvent, quantity = 1): Promise<Asked> {
  const asked = { browserKey: `browser-${newId()}`, holdId: newId<HoldId>() }
  const lines = [{ ticketTypeId: Object.values(show.types)[0] ?? newId<never>(), quantity }]
  await placeHold({ clock: world.clock, desk: holds }, show.event, {
    id: asked.holdId,
    browserKey: asked.browserKey,
    lines,
  })
  return asked
}

interface Changes {
  name?: string
  email?: string
  total?: number
  currency?: string
  terms?: number
  policy?: number
}

function place(show: SellingEvent, asked: Asked, changes: Changes = {}): Promise<PlacedOrder> {
  return orders.ask(show.event.id, {
    event: show.event,
    ...asked,
    buyer: { name: changes.name ?? 'Ana', email: changes.email ?? 'Ana@Example.com' },
    accept: { termsVersion: changes.terms ?? 1, refundPolicyVersion: changes.policy ?? 1 },
    expectedTotal: { amount: changes.total ?? 4500, currency: changes.currency ?? 'EUR' },
    locale: 'en',
    acceptedFrom: '203.0.113.7',
  })
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'not refused',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  )

describe('placing an order', () => {
  it('freezes what was agreed: prices, terms, time and address; a later price is not its price', async () => {
    const show = await aSellingEvent(world)
    const { order } = await place(show, await hold(show))
    await world.asOwner('update catalog.ticket_type set price = 9900 where id = $1', [show.types['standard']])
    const [stored] = await withOrg(world.db, show.orgId, (tx) => readOrders(tx, show.orgId, [order.id]))
    expect(stored).toMatchObject({
      state: 'pending',
      total: 4500,
      currency: 'EUR',
      termsVersion: 1,
      refundPolicyVersion: 1,
    })
    expect(stored?.lines).toMatchObject([
      { quantity: 1, unitPrice: 4500, total: 4500, split: { organiser: 4500, platformFee: 0, tax: [] } },
    ])
    const [accepted] = await world.asOwner<{ accepted_from: string; accepted_at: Date }>(
      'select accepted_from, accepted_at from orders."order" where id = $1',
      [order.id],
    )
    expect(accepted?.accepted_from).toBe('203.0.113.7')
    expect(accepted?.accepted_at.getTime()).toBeGreaterThan(world.clock.now().getTime() - 60_000)
    await expect(
      world.asOwner('update orders.order_line set total = 1 where order_id = $1', [order.id]),
    ).rejects.toThrow('append-only')
  })

  it('one hold becomes one order: the same again answers the same, other content is refused', async () => {
    const show = await aSellingEvent(world)
    const asked = await hold(show)
    const storm = await Promise.all(Array.from({ length: 20 }, () => place(show, asked)))
    expect(new Set(storm.map((one) => one.order.id)).size).toBe(1)
    expect(storm.filter((one) => one.fresh)).toHaveLength(1)
    expect(await refusal(place(show, asked, { name: 'Ben' }))).toBe('orders.already-placed')
    expect(
      await world.asOwner('select id from orders."order" where hold_id = $1', [asked.holdId]),
    ).toHaveLength(1)
  })

  it('two processes that take the same hold in the same moment make one order', async () => {
    const show = await aSellingEvent(world)
    const other = createOrdersDesk(world)
    const asked = await hold(show)
    const ask = (desk: OrdersDesk) =>
      desk.ask(show.event.id, {
        event: show.event,
        ...asked,
        buyer: { name: 'Ana', email: 'a@example.com' },
        accept: { termsVersion: 1, refundPolicyVersion: 1 },
        expectedTotal: { amount: 4500, currency: 'EUR' },
        locale: 'en',
        acceptedFrom: '::1',
      })
    await Promise.allSettled([ask(orders), ask(other), ask(orders), ask(other)])
    expect(
      await world.asOwner('select id from orders."order" where hold_id = $1', [asked.holdId]),
    ).toHaveLength(1)
    expect((await ask(other)).fresh).toBe(false)
  })

  it('is refused by name when the hold is over or another’s, the price or the terms are not what the buyer saw', async () => {
    const show = await aSellingEvent(world)
    const asked = await hold(show)
    expect(await refusal(place(show, { ...asked, browserKey: `browser-${newId()}` }))).toBe(
      'orders.hold-ended',
    )
    expect(await refusal(place(show, { ...asked, holdId: newId() }))).toBe('orders.hold-ended')
    expect(await refusal(place(show, asked, { total: 4499 }))).toBe('orders.price-changed')
    expect(await refusal(place(show, asked, { currency: 'USD' }))).toBe('orders.price-changed')
    expect(await refusal(place(show, asked, { terms: 2 }))).toBe('orders.terms-changed')
    expect(await refusal(place(show, asked, { policy: 2 }))).toBe('orders.terms-changed')
    await world.clock.advance(11 * 60_000)
    expect(await refusal(place(show, asked))).toBe('orders.hold-ended')
    expect(await world.asOwner('select id from orders."order" where event_id = $1', [show.event.id])).toEqual(
      [],
    )
  })

  it('nobody collects unfinished orders: the sixth of one address is refused, however the address is written', async () => {
    const show = await aSellingEvent(world)
    const results = []
    for (const email of [
      'a@x.example',
      'A@x.example',
      'a@X.example',
      'a@x.EXAMPLE',
      'A@X.EXAMPLE',
      'a@x.example',
    ])
      results.push(await refusal(place(show, await hold(show), { email })))
    expect(results).toEqual([...Array.from({ length: 5 }, () => 'not refused'), 'orders.limit-per-buyer'])
  })

  it('free tickets cannot be collected: one address has as many as one order can, over all its orders', async () => {
    const show = await aSellingEvent(world, { types: { seat: { price: 0, pools: ['hall'], max: 3 } } })
    const free = (quantity: number, email: string) =>
      hold(show, quantity).then((asked) => refusal(place(show, asked, { total: 0, email })))
    expect(await free(2, 'ann@example.com')).toBe('not refused')
    expect(await free(2, 'Ann@example.com')).toBe('orders.limit-per-buyer')
    expect(await free(1, 'ann@example.com')).toBe('not refused')
    expect(await free(1, 'ann@example.com')).toBe('orders.limit-per-buyer')
    expect(await free(3, 'ben@example.com')).toBe('not refused')
  })

  it('many at once each keep their own answer, and a free order is paid with its places sold', async () => {
    const show = await aSellingEvent(world, {
      pools: { hall: 50 },
      types: { seat: { price: 0, pools: ['hall'] } },
    })
    const asked = await Promise.all(Array.from({ length: 20 }, () => hold(show, 2)))
    const answers = await Promise.all(
      asked.map((one, index) =>
        refusal(place(show, one, { total: index === 7 ? 1 : 0, email: `b${index}@example.com` })),
      ),
    )
    expect(answers.filter((one) => one === 'not refused')).toHaveLength(19)
    expect(answers[7]).toBe('orders.price-changed')
    expect(await poolCounters(world, show.pools['hall'])).toEqual({ capacity: 50, held: 2, sold: 38 })
    expect(
      await world.asOwner(
        `select count(*)::int as n from orders."order" where event_id = $1 and state = 'paid'`,
        [show.event.id],
      ),
    ).toEqual([{ n: 19 }])
  })

  it('an order that nobody begins to pay ends with its hold, and the places were free before', async () => {
    const show = await aSellingEvent(world)
    const { order } = await place(show, await hold(show))
    const read = async () =>
      (await withOrg(world.db, show.orgId, (tx) => readOrders(tx, show.orgId, [order.id])))[0]
    await expireAbandonedOrders(world)
    expect(await read()).toMatchObject({ state: 'pending' })
    await world.clock.advance(11 * 60_000)
    await expireAbandonedOrders(world)
    expect(await read()).toMatchObject({ state: 'expired', notice: 'hold-ended' })
  })
})

describe('a guest', () => {
  it('sees the order with its token only; a wrong token, another order’s token and an unknown order answer the same', async () => {
    const show = await aSellingEvent(world)
    const [a, b] = [
      await place(show, await hold(show)),
      await place(show, await hold(show), { email: 'b@example.com' }),
    ]
    const token = guestToken(world.keys, a.order.id, 1)
    expect((await orderOfGuest(world, a.order.id, token)).id).toBe(a.order.id)
    for (const [id, wrong] of [
      [b.order.id, token],
      [a.order.id, guestToken(world.keys, a.order.id, 2)],
      [newId<OrderId>(), token],
    ] as const) {
      expect(await refusal(orderOfGuest(world, id, wrong))).toBe('request.not-found')
    }
  })

  it('reads a number without letters that look alike, and is offered only what is possible', () => {
    expect(orderNumber('01a1fa08-aa4c-75c1-9210-c245d62e4b91' as OrderId)).toMatch(
      /^T-[0-9A-HJKMNP-TV-Z]{8}$/,
    )
    expect(buyerActions({ state: 'awaiting_funds', total: 1 })).toEqual([])
    expect(buyerActions({ state: 'pending', total: 1 })).toEqual(['pay', 'cancel'])
    expect(buyerActions({ state: 'paid', total: 1 })).toEqual(['resend'])
  })
})

describe('the states of an order', () => {
  const states = Object.keys(orderMachine)
  const allowed = new Set(
    rulesOf({ table: 'orders.order', machine: orderMachine }).map((rule) => `${rule.from} ${rule.to}`),
  )

  it.each(
    states.flatMap((from) =>
      states.filter((to) => to !== from).map((to) => [from, to, allowed.has(`${from} ${to}`)] as const),
    ),
  )('%s to %s: %s', async (from, to, possible) => {
    const show = await aSellingEvent(world)
    const { order } = await place(show, await hold(show), { email: `${newId()}@example.com` })
    const client = `set session_replication_role = replica; update orders."order" set state = '${from}', paid_at = now() where id = '${order.id}'; set session_replication_role = origin`
    await world.asOwner(client)
    const move = world.asOwner('update orders."order" set state = $1 where id = $2', [to, order.id])
    if (!possible) return expect(move).rejects.toThrow(`cannot go from ${from} to ${to}`)
    await move
    return expect(
      await world.asOwner('select from_state, to_state from platform.transition where entity_id = $1', [
        order.id,
      ]),
    ).toEqual([{ from_state: from, to_state: to }])
  })
})
