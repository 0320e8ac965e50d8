import { sql } from 'kysely'
import type { PoolClient } from 'pg'
import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { statesThatCan } from '#platform/state-machine'
import {
  ticketMachine,
  type EventId,
  type OrderId,
  type Ticket,
  type TicketId,
  type TicketTypeId,
} from './ticket.ts'

/** Makes sure that each event has its row of serial numbers, and locks those rows until the transaction ends. */
export async function lockSerials(tx: Tx, orgId: OrgId, eventIds: readonly EventId[]): Promise<void> {
  // In the order of their ids, so that two batches can never wait for each other.
  await sql`
    insert into tickets.event_serial (org_id, event_id)
    select ${orgId}::uuid, e.id from unnest(${[...eventIds].sort()}::uuid[]) with ordinality as e(id, place) order by e.place
    on conflict (org_id, event_id) do update set last_serial = event_serial.last_serial`.execute(tx)
}

export interface WantedTicket {
  orderId: OrderId
  eventId: EventId
  lineNo: number
  seq: number
  ticketTypeId: TicketTypeId
  typeName: string
  admits: number
  holderName: string
}

/**
 * Inserts those of the wanted tickets that are not there yet, and moves each event's serial on by exactly that many.
 * Needs the locks of `lockSerials`: this statement's snapshot begins after them, so it sees what a batch before it wrote.
 */
export async function insertMissing(
  tx: Tx,
  orgId: OrgId,
  wanted: readonly WantedTicket[],
  now: Date,
): Promise<{ id: TicketId; orderId: OrderId; eventId: EventId }[]> {
  const { rows } = await sql<{ id: TicketId; orderId: OrderId; eventId: EventId }>`
    with wanted as (
      select * from unnest(
        ${wanted.map(() => newId<TicketId>())}::uuid[], ${wanted.map((w) => w.orderId)}::uuid[], ${wanted.map((w) => w.eventId)}::uuid[],
        ${wanted.map((w) => w.lineNo)}::integer[], ${wanted.map((w) => w.seq)}::integer[], ${wanted.map((w) => w.ticketTypeId)}::uuid[],
        ${wanted.map((w) => w.typeName)}::text[], ${wanted.map((w) => w.admits)}::integer[], ${wanted.map((w) => w.holderName)}::text[]
      ) with ordinality as w (id, order_id, event_id, line_no, seq, ticket_type_id, type_name, admits, holder_name, place)
    ), missing as (
      select w.*, (row_number() over (partition by w.event_id order by w.place))::integer as nth from wanted w
      where not exists (
        select from tickets.ticket t
        where t.org_id = ${orgId}::uuid and t.order_id = w.order_id and t.line_no = w.line_no and t.seq = w.seq)
    ), taken as (
      update tickets.event_serial s set last_serial = s.last_serial + m.pieces
      from (select event_id, count(*)::integer as pieces from missing group by event_id) m
      where s.org_id = ${orgId}::uuid and s.event_id = m.event_id
      returning s.event_id, s.last_serial - m.pieces as already
    )
    insert into tickets.ticket
      (org_id, id, event_id, order_id, line_no, seq, serial, ticket_type_id, type_name, admits, holder_name, issued_at)
    select ${orgId}::uuid, m.id, m.event_id, m.order_id, m.line_no, m.seq, t.already + m.nth, m.ticket_type_id, m.type_name,
           m.admits, m.holder_name, ${now}::timestamptz
    from missing m join taken t on t.event_id = m.event_id order by m.place
    returning id, order_id, event_id`.execute(tx)
  return rows
}

const columns = sql.raw(
  'org_id, id, event_id, order_id, line_no, seq, serial, ticket_type_id, type_name, generation, state, admits, admitted, holder_name, issued_at',
)

export async function readTicketsOfOrders(
  tx: Tx,
  orgId: OrgId,
  orderIds: readonly OrderId[],
): Promise<Ticket[]> {
  const { rows } = await sql<Ticket>`
    select ${columns} from tickets.ticket
    where org_id = ${orgId}::uuid and order_id = any(${[...orderIds]}::uuid[]) order by order_id, serial`.execute(
    tx,
  )
  return rows
}

/** A page of an event's tickets by serial number, after `after`. */
export async function readTicketsOfEvent(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  page: { after: number; limit: number },
): Promise<Ticket[]> {
  const { rows } = await sql<Ticket>`
    select ${columns} from tickets.ticket
    where org_id = ${orgId}::uuid and event_id = ${eventId}::uuid and serial > ${page.after}
    order by serial limit ${page.limit}`.execute(tx)
  return rows
}

// ── The door's statements: raw and named, because every scan goes through them ──────────────────────────────────────

const rawColumns = `t.org_id as "orgId", t.id, t.event_id as "eventId", t.order_id as "orderId", t.line_no as "lineNo", t.seq, t.serial,
  t.ticket_type_id as "ticketTypeId", t.type_name as "typeName", t.generation, t.state, t.admits, t.admitted,
  t.holder_name as "holderName", t.issued_at as "issuedAt"`

/**
 * Admits one more on each of these tickets (each named once), and gives back those whose guard agreed. Rows are locked in
 * the order of their ids, so that two doors with the same guests never wait for each other in a circle.
 */
export async function admitOneMoreRaw(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  claims: readonly { ticketId: TicketId; generation: number }[],
): Promise<Ticket[]> {
  const { rows } = await client.query<Ticket>({
    name: 'tickets.admit-one-more',
    text: `update tickets.ticket t set admitted = t.admitted + 1
           from (select l.id, w.generation from unnest($3::uuid[], $4::integer[]) as w (id, generation)
                 join tickets.ticket l on l.org_id = $1 and l.id = w.id order by l.id for no key update of l) as asked
           where t.org_id = $1 and t.id = asked.id and t.event_id = $2 and t.generation = asked.generation
             and t.state = 'valid' and t.admitted < t.admits
           returning ${rawColumns}`,
    values: [orgId, eventId, claims.map((claim) => claim.ticketId), claims.map((claim) => claim.generation)],
  })
  return rows
}

export async function readTicketsRaw(
  client: PoolClient,
  orgId: OrgId,
  ticketIds: readonly TicketId[],
): Promise<Ticket[]> {
  const { rows } = await client.query<Ticket>({
    name: 'tickets.read-some',
    text: `select ${rawColumns} from tickets.ticket t where t.org_id = $1 and t.id = any($2::uuid[])`,
    values: [orgId, ticketIds],
  })
  return rows
}

/** Moves those that may still be voided; gives back which were. Locks in the order of ids, as the doors do. */
export async function markVoid(tx: Tx, orgId: OrgId, ticketIds: readonly TicketId[]): Promise<TicketId[]> {
  const { rows } = await sql<{ id: TicketId }>`
    update tickets.ticket t set state = 'void'
    from (select l.id from tickets.ticket l
          where l.org_id = ${orgId}::uuid and l.id = any(${[...ticketIds]}::uuid[]) order by l.id for no key update) as asked
    where t.org_id = ${orgId}::uuid and t.id = asked.id and t.state = any(${statesThatCan(ticketMachine, 'void')}::text[])
    returning t.id`.execute(tx)
  return rows.map((row) => row.id)
}

export interface TypeTally {
  ticketTypeId: TicketTypeId
  ticketTypeName: string
  /** People who are in, and people whom the valid tickets (and those who are in already) let expect. */
  admitted: number
  expected: number
}

export async function tallyByType(tx: Tx, orgId: OrgId, eventId: EventId): Promise<TypeTally[]> {
  const { rows } = await sql<TypeTally>`
    select ticket_type_id, max(type_name) as ticket_type_name, sum(admitted)::integer as admitted,
           sum(case when state = 'valid' then admits else admitted end)::integer as expected
    from tickets.ticket where org_id = ${orgId}::uuid and event_id = ${eventId}::uuid
    group by ticket_type_id order by 2, 1`.execute(tx)
  return rows
}

export interface EventKeyRow {
  eventId: EventId
  publicKey: Buffer
  privateKey: string
}

export async function readEventKey(tx: Tx, orgId: OrgId, eventId: EventId): Promise<EventKeyRow | undefined> {
  const { rows } = await sql<EventKeyRow>`
    select event_id, public_key, private_key from tickets.event_key
    where org_id = ${orgId}::uuid and event_id = ${eventId}::uuid`.execute(tx)
  return rows[0]
}

/** Undefined means that somebody else made the key first, or that there is no such event. */
export async function insertEventKey(tx: Tx, orgId: OrgId, key: EventKeyRow, now: Date): Promise<void> {
  await sql`
    insert into tickets.event_key (org_id, event_id, public_key, private_key, created_at)
    values (${orgId}::uuid, ${key.eventId}::uuid, ${key.publicKey}, ${key.privateKey}, ${now}::timestamptz)
    on conflict (org_id, event_id) do nothing`.execute(tx)
}
