import { sql } from 'kysely'
import { asPlatform, type Database, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { statesThatCan } from '#platform/state-machine'
import type { HoldId } from '#modules/holds'
import {
  orderMachine,
  unpaidStates,
  type EventId,
  type Order,
  type OrderEvent,
  type OrderId,
  type OrderLine,
  type OrderNotice,
} from './order.ts'

export interface NewOrder extends Omit<
  Order,
  'orgId' | 'state' | 'guestGeneration' | 'cancelAskedAt' | 'paidAt' | 'notice'
> {
  emailKey: string
  termsId: string
  refundPolicyId: string
  acceptedFrom: string
}

/** Writes orders, their lines and their directory entries: three statements, however many there are. */
export async function insertOrders(tx: Tx, orgId: OrgId, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return
  await tx
    .insertInto('orders.order')
    .values(
      orders.map((o) => ({
        orgId,
        id: o.id,
        eventId: o.eventId,
        holdId: o.holdId,
        number: o.number,
        buyerName: o.buyerName,
        buyerEmail: o.buyerEmail,
        buyerEmailKey: o.emailKey,
        browserHash: o.browserHash,
        locale: o.locale,
        currency: o.currency,
        subtotal: o.subtotal,
        fees: o.fees,
        tax: o.tax,
        includedTax: o.includedTax,
        total: o.total,
        termsId: o.termsId,
        termsVersion: o.termsVersion,
        refundPolicyId: o.refundPolicyId,
        refundPolicyVersion: o.refundPolicyVersion,
        acceptedAt: o.createdAt,
        acceptedFrom: o.acceptedFrom,
        createdAt: o.createdAt,
      })),
    ) // oxfmt-ignore
    .execute()
  await tx
    .insertInto('orders.orderLine')
    .values(
      orders.flatMap((o) =>
        o.lines.map(({ parts, split, ...line }) => ({
          orgId,
          orderId: o.id,
          ...line,
          parts: JSON.stringify(parts),
          split: JSON.stringify(split),
        })),
      ),
    )
    .execute()
  await tx
    .insertInto('platform.directory')
    .values(orders.map((o) => ({ kind: 'order', key: o.id, orgId, target: o.id })))
    .execute()
}

export async function readOrders(tx: Tx, orgId: OrgId, orderIds: readonly OrderId[]): Promise<Order[]> {
  if (orderIds.length === 0) return []
  return withLines(tx, orgId, sql`id = any(${orderIds}::uuid[])`)
}

export async function readOrdersOfHolds(tx: Tx, orgId: OrgId, holdIds: readonly HoldId[]): Promise<Order[]> {
  return withLines(tx, orgId, sql`hold_id = any(${holdIds}::uuid[])`)
}

export async function listOrders(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  page: { cursor?: OrderId | undefined; limit: number },
): Promise<Order[]> {
  const rows = await tx
    .selectFrom('orders.order')
    .select('id')
    .where('orgId', '=', orgId)
    .where('eventId', '=', eventId)
    .$if(page.cursor !== undefined, (query) => query.where('id', '<', page.cursor ?? ''))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  const orders = await readOrders(
    tx,
    orgId,
    rows.map((row) => row.id as OrderId),
  )
  return orders.toSorted((left, right) => (left.id < right.id ? 1 : -1))
}

/** Locks orders, in the order of their ids. Pools come before orders, always. */
export async function lockOrders(tx: Tx, orgId: OrgId, orderIds: readonly OrderId[]): Promise<Order[]> {
  await sql`select id from orders."order" where org_id = ${orgId} and id = any(${orderIds}::uuid[]) order by id for no key update`.execute(
    tx,
  )
  return readOrders(tx, orgId, orderIds)
}

async function withLines(tx: Tx, orgId: OrgId, which: ReturnType<typeof sql>): Promise<Order[]> {
  const { rows } = await sql<Omit<Order, 'lines'>>`
    select org_id, id, event_id, hold_id, number, state, buyer_name, buyer_email, browser_hash, locale, currency, subtotal, fees, tax,
      included_tax, total, terms_version, refund_policy_version, guest_generation, cancel_asked_at, paid_at, notice, created_at
    from orders."order" where org_id = ${orgId} and ${which}`.execute(tx)
  const { rows: lines } = await sql<OrderLine & { orderId: OrderId }>`
    select order_id, line_no, ticket_type_id, name, quantity, admits, unit_price, total, parts, split
    from orders.order_line where org_id = ${orgId} and order_id = any(${rows.map((row) => row.id)}::uuid[]) order by order_id, line_no`.execute(
    tx,
  )
  const byOrder = Map.groupBy(lines, (line) => line.orderId)
  return rows.map((row) => ({
    ...row,
    lines: (byOrder.get(row.id) ?? []).map(({ orderId: _, ...line }) => line),
  }))
}

/** Moves those orders that still can be moved, and says which. */
export async function moveOrders(
  tx: Tx,
  orgId: OrgId,
  orderIds: readonly OrderId[],
  event: OrderEvent,
  set: { paidAt?: Date; notice?: OrderNotice | null } = {},
): Promise<OrderId[]> {
  if (orderIds.length === 0) return []
  const targets: Record<OrderEvent, Order['state']> = {
    startPayment: 'awaiting_session', openSession: 'awaiting_payment', awaitFunds: 'awaiting_funds', confirm: 'paid', cancel: 'cancelled',
    expire: 'expired', fail: 'cancelled', refundPart: 'partially_refunded', refund: 'refunded',
  } // oxfmt-ignore
  const rows = await tx
    .updateTable('orders.order')
    .set({ state: targets[event], ...set })
    .where('orgId', '=', orgId)
    .where('id', 'in', orderIds)
    .where('state', 'in', statesThatCan(orderMachine, event))
    .returning('id')
    .execute()
  return rows.map((row) => row.id as OrderId)
}

export async function setNotice(
  tx: Tx,
  orgId: OrgId,
  orderIds: readonly OrderId[],
  notice: OrderNotice,
): Promise<void> {
  if (orderIds.length === 0) return
  await tx
    .updateTable('orders.order')
    .set({ notice })
    .where('orgId', '=', orgId)
    .where('id', 'in', orderIds)
    .execute()
}

export async function askToCancel(tx: Tx, orgId: OrgId, orderId: OrderId, now: Date): Promise<void> {
  await tx
    .updateTable('orders.order')
    .set({ cancelAskedAt: now })
    .where('orgId', '=', orgId)
    .where('id', '=', orderId)
    .execute()
}

/** How many unfinished orders each of these buyers has for an event. */
export async function countUnfinished(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  emailKeys: readonly string[],
): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('orders.order')
    .select(['buyerEmailKey', (eb) => eb.fn.countAll<number>().as('open')])
    .where('orgId', '=', orgId)
    .where('eventId', '=', eventId)
    .where('buyerEmailKey', 'in', emailKeys)
    .where('state', 'in', unpaidStates)
    .groupBy('buyerEmailKey')
    .execute()
  return new Map(rows.map((row) => [row.buyerEmailKey, Number(row.open)]))
}

/** The tenant of an order, for whoever has nothing but its id. */
export async function findTenant(db: Database, orderId: OrderId): Promise<OrgId | undefined> {
  const row = await db.kysely
    .selectFrom('platform.directory')
    .select('orgId')
    .where('kind', '=', 'order')
    .where('key', '=', orderId)
    .executeTakeFirst()
  return row?.orgId as OrgId | undefined
}

/** Orders that nobody paid for, whose hold is no longer alive. */
export async function ordersWithoutHold(
  db: Database,
  now: Date,
  most: number,
): Promise<{ orgId: OrgId; id: OrderId; eventId: EventId }[]> {
  return asPlatform(db, async (tx) => {
    const rows = await tx
      .selectFrom('orders.order')
      .select(['orgId', 'id', 'eventId'])
      .where('state', '=', 'pending')
      .where('createdAt', '<', new Date(now.getTime() - 10 * 60_000))
      .orderBy('createdAt')
      .limit(most)
      .execute()
    return rows as { orgId: OrgId; id: OrderId; eventId: EventId }[]
  })
}

/** Orders of one address, across organisers, newest first: for the mail that finds them again. */
export async function findOrdersOf(
  db: Database,
  emailKey: string,
  most: number,
): Promise<{ orgId: OrgId; id: OrderId }[]> {
  return asPlatform(db, async (tx) => {
    const rows = await tx
      .selectFrom('orders.order')
      .select(['orgId', 'id'])
      .where('buyerEmailKey', '=', emailKey)
      .where('state', 'in', ['paid', 'partially_refunded', 'refunded', 'awaiting_funds', 'awaiting_payment'])
      .orderBy('id', 'desc')
      .limit(most)
      .execute()
    return rows as { orgId: OrgId; id: OrderId }[]
  })
}
