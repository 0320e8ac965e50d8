import { sql } from 'kysely'
import type { PoolClient } from 'pg'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { statesThatCan } from '#platform/state-machine'
import {
  holdMachine,
  type Draws,
  type EventId,
  type Hold,
  type HoldId,
  type HoldLine,
  type Pool,
  type PoolId,
  type TicketTypeId,
} from './hold.ts'

interface HoldRow {
  id: HoldId
  event_id: EventId
  browser_hash: string
  state: Hold['state']
  expires_at: Date | null
  lines: HoldLine[]
}

function asHold(row: HoldRow): Hold {
  return {
    id: row.id,
    eventId: row.event_id,
    browserHash: row.browser_hash,
    state: row.state,
    expiresAt: row.expires_at,
    lines: row.lines,
  }
}

// ── The desk's statements: raw and named, because every hold of an on-sale goes through them ──────────────────────────

/** Locks the event's pools in the order of their ids: whoever moves stock begins here, so nobody waits in a circle. */
export async function lockPoolsRaw(client: PoolClient, orgId: OrgId, eventId: EventId): Promise<Pool[]> {
  const { rows } = await client.query<Pool>({
    name: 'holds.lock-pools',
    text: `select id, capacity, held, sold from holds.pool where org_id = $1 and event_id = $2 order by id for no key update`,
    values: [orgId, eventId],
  })
  return rows
}

export async function readDrawsRaw(client: PoolClient, orgId: OrgId, eventId: EventId): Promise<Draws> {
  const { rows } = await client.query<{ ticket_type_id: TicketTypeId; pool_id: PoolId }>({
    name: 'holds.read-draws',
    text: `select d.ticket_type_id, d.pool_id from holds.pool_draw d join holds.pool p on p.org_id = d.org_id and p.id = d.pool_id
           where d.org_id = $1 and p.event_id = $2`,
    values: [orgId, eventId],
  })
  const draws = new Map<TicketTypeId, PoolId[]>()
  for (const row of rows)
    draws.set(row.ticket_type_id, [...(draws.get(row.ticket_type_id) ?? []), row.pool_id])
  return draws
}

/** Holds that already have one of these ids, and the open holds of these browsers. */
export async function findRivalsRaw(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  ids: readonly HoldId[],
  browsers: readonly string[],
): Promise<Hold[]> {
  const { rows } = await client.query<HoldRow>({
    name: 'holds.find-rivals',
    // One look-up in the right index for each, whatever the planner believes about the table's size.
    text: `select h.* from unnest($3::uuid[]) as asked(id), lateral (
             select id, event_id, browser_hash, state, expires_at, lines from holds.hold
             where org_id = $1 and id = asked.id limit 1) h
           union
           select h.* from unnest($4::text[]) as asked(hash), lateral (
             select id, event_id, browser_hash, state, expires_at, lines from holds.hold
             where org_id = $1 and event_id = $2 and browser_hash = asked.hash and state = 'active' limit 1) h`,
    values: [orgId, eventId, ids, browsers],
  })
  return rows.map(asHold)
}

/** Ends active holds whose time is over, and says what they held. The caller has the pools' locks. */
export async function expireDeadRaw(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  now: Date,
): Promise<HoldLine[]> {
  const { rows } = await client.query<{ lines: HoldLine[] }>({
    name: 'holds.expire-dead',
    text: `update holds.hold set state = 'expired', expires_at = null
           where org_id = $1 and event_id = $2 and state = 'active' and expires_at <= $3 returning lines`,
    values: [orgId, eventId, now],
  })
  return rows.flatMap((row) => row.lines)
}

export interface NewHold {
  id: HoldId
  browserHash: string
  lines: readonly HoldLine[]
  expiresAt: Date
}

export async function releaseRaw(client: PoolClient, orgId: OrgId, ids: readonly HoldId[]): Promise<void> {
  await client.query({
    name: 'holds.release-replaced',
    text: `update holds.hold set state = 'released', expires_at = null where org_id = $1 and id = any($2::uuid[]) and state = 'active'`,
    values: [orgId, ids],
  })
}

export async function insertHoldsRaw(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  holds: readonly NewHold[],
): Promise<void> {
  await client.query({
    name: 'holds.insert',
    text: `insert into holds.hold (org_id, event_id, id, browser_hash, lines, expires_at)
           select $1, $2, h.id, h.browser_hash, h.lines, h.expires_at
           from unnest($3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[]) as h(id, browser_hash, lines, expires_at)`,
    values: [
      orgId,
      eventId,
      holds.map((h) => h.id),
      holds.map((h) => h.browserHash),
      holds.map((h) => JSON.stringify(h.lines)),
      holds.map((h) => h.expiresAt),
    ],
  })
}

/** Moves the counters by what the batch changed, once per pool. */
export async function moveHeldRaw(
  client: PoolClient,
  orgId: OrgId,
  changes: ReadonlyMap<PoolId, number>,
): Promise<void> {
  await client.query({
    name: 'holds.move-held',
    text: `update holds.pool p set held = p.held + c.change
           from unnest($2::uuid[], $3::integer[]) as c(id, change) where p.org_id = $1 and p.id = c.id`,
    values: [orgId, [...changes.keys()], [...changes.values()]],
  })
}

// ── Everything else ─────────────────────────────────────────────────────────────────────────────────────────────────

export async function readHold(tx: Tx, orgId: OrgId, holdId: HoldId): Promise<Hold | undefined> {
  const { rows } = await sql<Hold>`
    select id, event_id, browser_hash, state, expires_at, lines from holds.hold where org_id = ${orgId} and id = ${holdId}`.execute(
    tx,
  )
  return rows[0]
}

export async function readHolds(tx: Tx, orgId: OrgId, holdIds: readonly HoldId[]): Promise<Hold[]> {
  const { rows } = await sql<Hold>`
    select id, event_id, browser_hash, state, expires_at, lines from holds.hold
    where org_id = ${orgId} and id = any(${holdIds}::uuid[])`.execute(tx)
  return rows
}

export async function lockPools(tx: Tx, orgId: OrgId, eventId: EventId): Promise<Pool[]> {
  const { rows } = await sql<Pool>`
    select id, capacity, held, sold from holds.pool where org_id = ${orgId} and event_id = ${eventId} order by id for no key update`.execute(
    tx,
  )
  return rows
}

export async function readDraws(tx: Tx, orgId: OrgId, eventId: EventId): Promise<Draws> {
  const rows = await tx
    .selectFrom('holds.poolDraw as d')
    .innerJoin('holds.pool as p', (join) =>
      join.onRef('p.orgId', '=', 'd.orgId').onRef('p.id', '=', 'd.poolId'),
    )
    .select(['d.ticketTypeId', 'd.poolId'])
    .where('d.orgId', '=', orgId)
    .where('p.eventId', '=', eventId)
    .execute()
  const draws = new Map<TicketTypeId, PoolId[]>()
  for (const row of rows) {
    const type = row.ticketTypeId as TicketTypeId
    draws.set(type, [...(draws.get(type) ?? []), row.poolId as PoolId])
  }
  return draws
}

type Move = 'startPayment' | 'convert' | 'release' | 'giveBack' | 'expire'

/**
 * Moves those of these holds that still can be moved, and returns them; the others were moved by somebody else first.
 * An active hold whose time is over can only expire.
 */
export async function moveHolds(
  tx: Tx,
  orgId: OrgId,
  holdIds: readonly HoldId[],
  move: Move,
  now: Date,
): Promise<Hold[]> {
  const to = {
    startPayment: 'paying',
    convert: 'converted',
    release: 'released',
    giveBack: 'released',
    expire: 'expired',
  }[move]
  const alive =
    move === 'expire' ? sql`expires_at <= ${now}` : sql`(expires_at is null or expires_at > ${now})`
  const { rows } = await sql<Hold>`
    update holds.hold set state = ${to}, expires_at = null
    where org_id = ${orgId} and id = any(${holdIds}::uuid[]) and state = any(${statesThatCan(holdMachine, move)}) and ${alive}
    returning id, event_id, browser_hash, state, expires_at, lines`.execute(tx)
  return rows
}

/** Moves counters of pools that the caller has locked. The constraint has the last word. */
export async function moveCounters(
  tx: Tx,
  orgId: OrgId,
  changes: ReadonlyMap<PoolId, { held: number; sold: number }>,
): Promise<void> {
  if (changes.size === 0) return
  await sql`
    update holds.pool p set held = p.held + c.held, sold = p.sold + c.sold
    from unnest(${[...changes.keys()]}::uuid[], ${[...changes.values()].map((c) => c.held)}::integer[],
                ${[...changes.values()].map((c) => c.sold)}::integer[]) as c(id, held, sold)
    where p.org_id = ${orgId} and p.id = c.id`.execute(tx)
}

/** A hold for someone whose places had gone back, and who paid all the same: it is born sold. */
export async function insertConverted(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  hold: { id: HoldId; browserHash: string; lines: readonly HoldLine[] },
): Promise<void> {
  await sql`
    insert into holds.hold (org_id, id, event_id, browser_hash, lines, state)
    values (${orgId}, ${hold.id}, ${eventId}, ${hold.browserHash}, ${JSON.stringify(hold.lines)}::jsonb, 'converted')`.execute(
    tx,
  )
}

export async function deadHolds(tx: Tx, orgId: OrgId, eventId: EventId, now: Date): Promise<HoldId[]> {
  const { rows } = await sql<{ id: HoldId }>`
    select id from holds.hold where org_id = ${orgId} and event_id = ${eventId} and state = 'active' and expires_at <= ${now}`.execute(
    tx,
  )
  return rows.map((row) => row.id)
}

/** Events that have active holds whose time is over. */
export async function eventsWithDeadHolds(
  tx: Tx,
  now: Date,
  most: number,
): Promise<{ orgId: OrgId; eventId: EventId }[]> {
  const { rows } = await sql<{ orgId: OrgId; eventId: EventId }>`
    select distinct org_id, event_id from holds.hold where state = 'active' and expires_at <= ${now} limit ${most}`.execute(
    tx,
  )
  return rows
}

export async function readPools(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
): Promise<(Pool & { name: string })[]> {
  const rows = await tx
    .selectFrom('holds.pool')
    .select(['id', 'name', 'capacity', 'held', 'sold'])
    .where('orgId', '=', orgId)
    .where('eventId', '=', eventId)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, id: row.id as PoolId }))
}

export async function insertPool(
  tx: Tx,
  orgId: OrgId,
  pool: { id: PoolId; eventId: EventId; name: string; capacity: number },
): Promise<void> {
  await tx
    .insertInto('holds.pool')
    .values({ orgId, ...pool })
    .execute()
}

export async function resizePool(tx: Tx, orgId: OrgId, poolId: PoolId, capacity: number): Promise<boolean> {
  const result = await tx
    .updateTable('holds.pool')
    .set({ capacity })
    .where('orgId', '=', orgId)
    .where('id', '=', poolId)
    .where(sql<boolean>`held + sold <= ${capacity}`)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function replaceDraws(
  tx: Tx,
  orgId: OrgId,
  ticketTypeId: TicketTypeId,
  poolIds: readonly PoolId[],
): Promise<void> {
  await tx
    .deleteFrom('holds.poolDraw')
    .where('orgId', '=', orgId)
    .where('ticketTypeId', '=', ticketTypeId)
    .execute()
  if (poolIds.length === 0) return
  await tx
    .insertInto('holds.poolDraw')
    .values(poolIds.map((poolId) => ({ orgId, ticketTypeId, poolId })))
    .execute()
}

/** Whether anything of this type is held or was sold. */
export async function typeIsInUse(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  ticketTypeId: TicketTypeId,
): Promise<boolean> {
  const { rows } = await sql<{ used: boolean }>`
    select exists (select from holds.hold where org_id = ${orgId} and event_id = ${eventId}
      and state in ('active', 'paying', 'converted') and lines @> ${JSON.stringify([{ ticketTypeId }])}::jsonb) as used`.execute(
    tx,
  )
  return rows[0]?.used ?? false
}
