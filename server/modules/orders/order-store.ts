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

/**
 * Writes orders, their lines and their directory entries: three statements, however many there are. Each takes its rows as
 * one JSON document, since thousands of parameters would cost more than the rows.
 */
export async function insertOrders(tx: Tx, orgId: OrgId, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return
  const rows = JSON.stringify(orders.map(({ lines: _lines, ...order }) => order))
  await sql`
    insert into orders."order" (org_id, id, event_id, hold_id, number, buyer_name, buyer_email, buyer_email_key, browser_hash, locale,
      currency, subtotal, fees, tax, included_tax, total, terms_id, terms_version, refund_policy_id, refund_policy_version,
      accepted_at, accepted_from, created_at)
    select ${orgId}::uuid, o.id, o."eventId", o."holdId", o.number, o."buyerName", o."buyerEmail", o."emailKey", o."browserHash", o.locale,
      o.currency, o.subtotal, o.fees, o.tax, o."includedTax", o.total, o."termsId", o."termsVersion", o."refundPolicyId", o."refundPolicyVersion",
      o."createdAt", o."acceptedFrom", o."createdAt"
    from jsonb_to_recordset(${rows}::jsonb) as o(id uuid, "eventId" uuid, "holdId" uuid, number text, "buyerName" text, "buyerEmail" text,
      "emailKey" text, "browserHash" text, locale text, currency text, subtotal bigint, fees bigint, tax bigint, "includedTax" bigint, total bigint,
      "termsId" uuid, "termsVersion" integer, "refundPolicyId" uuid, "refundPolicyVersion" integer, "createdAt" timestamptz, "acceptedFrom" text)`.execute(
    tx,
  )
  const lines = JSON.stringify(
    orders.flatMap((order) => order.lines.map((line) => ({ orderId: order.id, ...line }))),
  )
  await sql`
    insert into orders.order_line (org_id, order_id, line_no, ticket_type_id, name, quantity, admits, unit_price, total, parts, split)
    select ${orgId}::uuid, l."orderId", l."lineNo", l."ticketTypeId", l.name, l.quantity, l.admits, l."unitPrice", l.total, l.parts, l.split
    from jsonb_to_recordset(${lines}::jsonb) as l("orderId" uuid, "lineNo" smallint, "ticketTypeId" uuid, name text, quantity integer,
      admits integer, "unitPrice" bigint, total bigint, parts jsonb, split jsonb)`.execute(tx)
  await sql`
    insert into platform.directory (kind, key, org_id, target)
    select 'order', o.id::text, ${orgId}::uuid, o.id from unnest(${orders.map((order) => order.id)}::uuid[]) as o(id)`.execute(
    tx,
  )
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

export async function holdsOf(tx: Tx, orgId: OrgId, orderIds: readonly OrderId[]): Promise<HoldId[]> {
  const { rows } = await sql<{ holdId: HoldId }>`
    select hold_id from orders."order" where org_id = ${orgId} and id = any(${orderIds}::uuid[])`.execute(tx)
  return rows.map((row) => row.holdId)
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
    lines: (byOrder.get(row.id) ?? []).map(({ orderId: _orderId, ...line }) => line),
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
    .where(sql<boolean>`id = any(${orderIds}::uuid[])`)
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
    .where(sql<boolean>`buyer_email_key = any(${emailKeys}::text[])`)
    .where('state', 'in', unpaidStates)
    .groupBy('buyerEmailKey')
    .execute()
  return new Map(rows.map((row) => [row.buyerEmailKey, Number(row.open)]))
}

/** How many free tickets of each type each of these buyers has, by `address type`. */
export async function countFreeTickets(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  emailKeys: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; tickets: number }>`
    select o.buyer_email_key || ' ' || l.ticket_type_id as name, sum(l.quantity)::integer as tickets
    from orders."order" o join orders.order_line l on l.org_id = o.org_id and l.order_id = o.id
    where o.org_id = ${orgId} and o.event_id = ${eventId} and o.buyer_email_key = any(${emailKeys}::text[])
      and l.total = 0 and o.state not in ('cancelled', 'expired')
    group by 1`.execute(tx)
  return new Map(rows.map((row) => [row.name, row.tickets]))
}

export async function unfinishedOrders(tx: Tx, orgId: OrgId, eventId: EventId): Promise<Order[]> {
  return withLines(tx, orgId, sql`event_id = ${eventId} and state = any(${unpaidStates}::text[])`)
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
      .where(sql<boolean>`(state = 'pending') is true`)
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
