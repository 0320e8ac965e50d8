import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { within } from '#platform/events'
import { withOrg } from '#platform/database'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { ensureTickets } from './ensure-tickets.ts'
import { ticketsIssued, type TicketsIssued } from './events.ts'
import { issueTickets } from './issue-tickets.ts'
import { anEventWithOpenDoors, anotherEventOf, aPaidOrder, orderShelf } from './ticket-fixtures.ts'
import { readTicketsOfOrders } from './ticket-store.ts'
import { ticketsMachines, type OrderForTickets } from './ticket.ts'

let world: TestPlatform
const shelf = orderShelf()
const announced: TicketsIssued[] = []

beforeAll(async () => {
  world = await testPlatform({
    through: '0008',
    machines: ticketsMachines,
    reactions: () => [
      within(ticketsIssued, (_deps: TestPlatform, _tx, _orgId, facts) => {
        announced.push(...facts)
        return Promise.resolve()
      }),
    ],
  })
})
afterAll(() => world.close())

const deps = () => ({ ...world, readOrders: shelf.readOrders })

async function issue(orgId: Parameters<typeof issueTickets>[2], orders: readonly OrderForTickets[]) {
  await shelf.add(world, orgId, ...orders)
  return withOrg(world.db, orgId, (tx) =>
    issueTickets(
      deps(),
      tx,
      orgId,
      orders.map((order) => ({ orderId: order.id, eventId: order.eventId })),
    ),
  )
}

async function serialsOf(eventId: string): Promise<number[]> {
  const rows = await world.asOwner<{ serial: number }>(
    'select serial from tickets.ticket where event_id = $1 order by serial',
    [eventId],
  )
  return rows.map((row) => row.serial)
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1)

describe('issuing tickets', () => {
  test('a paid order has one ticket for each piece it bought, with the buyer’s name and what each admits', async () => {
    const sold = await anEventWithOpenDoors(world)
    const order = aPaidOrder(sold, { standard: 2, family: 1 })
    await issue(sold.orgId, [order])
    const tickets = await withOrg(world.db, sold.orgId, (tx) =>
      readTicketsOfOrders(tx, sold.orgId, [order.id]),
    )
    expect(
      tickets.map((t) => [
        t.lineNo,
        t.seq,
        t.serial,
        t.typeName,
        t.admits,
        t.admitted,
        t.state,
        t.holderName,
      ]),
    ).toEqual([
      [1, 1, 1, 'Standard', 1, 0, 'valid', 'Ana Lima'],
      [1, 2, 2, 'Standard', 1, 0, 'valid', 'Ana Lima'],
      [2, 1, 3, 'Family', 4, 0, 'valid', 'Ana Lima'],
    ])
    expect(announced.filter((fact) => fact.orderId === order.id)).toEqual([
      { orderId: order.id, eventId: sold.event.id, ticketIds: tickets.map((ticket) => ticket.id) },
    ])
  })

  test('an order that is announced twice keeps its tickets, and nobody is told again', async () => {
    const sold = await anEventWithOpenDoors(world)
    const order = aPaidOrder(sold, { standard: 3 })
    await issue(sold.orgId, [order, order])
    await issue(sold.orgId, [order])
    expect(await serialsOf(sold.event.id)).toEqual([1, 2, 3])
    expect(announced.filter((fact) => fact.orderId === order.id)).toHaveLength(1)
  })

  test('200 orders of two events are served in one go, each event counted from one without gaps, in the order they came', async () => {
    const sold = await anEventWithOpenDoors(world)
    const other = await anotherEventOf(world, sold.orgId)
    const orders = upTo(200).map((n) => aPaidOrder(n % 2 === 0 ? sold : other, { standard: 1 + (n % 3) }))
    await issue(sold.orgId, orders)
    for (const eventId of [sold.event.id, other.event.id]) {
      const pieces = orders
        .filter((o) => o.eventId === eventId)
        .reduce((sum, o) => sum + (o.lines[0]?.quantity ?? 0), 0)
      expect(await serialsOf(eventId)).toEqual(upTo(pieces))
    }
    const rows = await world.asOwner<{ order_id: string }>(
      'select order_id, min(serial) from tickets.ticket where event_id = $1 group by 1 order by 2',
      [sold.event.id],
    )
    expect(rows.map((row) => row.order_id)).toEqual(
      orders.filter((o) => o.eventId === sold.event.id).map((o) => o.id),
    )
  })

  test('batches that arrive at once, with orders in common, leave neither a gap nor a double', async () => {
    const sold = await anEventWithOpenDoors(world)
    const orders = upTo(40).map(() => aPaidOrder(sold, { standard: 2, family: 1 }))
    // Each batch shares half of its orders with the next, and they come in opposite directions.
    const batches = upTo(8).map((n) => orders.slice((n - 1) * 5, (n - 1) * 5 + 10))
    await Promise.all(
      batches.map((batch, index) => issue(sold.orgId, index % 2 === 0 ? batch : batch.toReversed())),
    )
    expect(await serialsOf(sold.event.id)).toEqual(upTo(120))
  })

  test('a batch that fails takes no serial number with it', async () => {
    const sold = await anEventWithOpenDoors(world)
    const unpaid = { ...aPaidOrder(sold), state: 'awaiting_payment' }
    await expect(issue(sold.orgId, [aPaidOrder(sold), unpaid])).rejects.toThrow('awaiting_payment')
    await issue(sold.orgId, [aPaidOrder(sold)])
    expect(await serialsOf(sold.event.id)).toEqual([1])
  })
})

describe('running it again for a buyer who has paid and has no tickets', () => {
  test('the provider is asked first, and then what is missing is issued', async () => {
    const sold = await anEventWithOpenDoors(world)
    const order = { ...aPaidOrder(sold, { standard: 2 }), state: 'awaiting_payment' }
    await shelf.add(world, sold.orgId, order)
    const asked: string[] = []
    const settleOrder = (_orgId: unknown, orderId: string) => {
      asked.push(orderId)
      shelf.change({ ...order, state: 'paid' })
      return Promise.resolve()
    }
    const first = await ensureTickets({ ...deps(), settleOrder }, sold.orgId, order.id)
    const second = await ensureTickets({ ...deps(), settleOrder }, sold.orgId, order.id)
    expect([asked.length, first.issued, second.issued]).toEqual([2, 2, 0])
    expect(second.tickets).toEqual(first.tickets)
  })

  test('an order of which the provider knows no payment gets none, and the operator is told why', async () => {
    const sold = await anEventWithOpenDoors(world)
    const order = { ...aPaidOrder(sold), state: 'expired' }
    await shelf.add(world, sold.orgId, order)
    const settleOrder = () => Promise.resolve()
    await expect(ensureTickets({ ...deps(), settleOrder }, sold.orgId, order.id)).rejects.toMatchObject({
      code: 'tickets.order-not-paid',
    })
  })
})
