import { sql } from 'kysely'
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

export async function readTicket(tx: Tx, orgId: OrgId, ticketId: TicketId): Promise<Ticket | undefined> {
  const { rows } = await sql<Ticket>`
    select ${columns} from tickets.ticket where org_id = ${orgId}::uuid and id = ${ticketId}::uuid`.execute(
    tx,
  )
  return rows[0]
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

/** Admits one more. Undefined: the guard refused, and the ticket as it is now says why. */
export async function admitOneMore(
  tx: Tx,
  orgId: OrgId,
  claim: { ticketId: TicketId; eventId: EventId; generation: number },
): Promise<Ticket | undefined> {
  const { rows } = await sql<Ticket>`
    update tickets.ticket set admitted = admitted + 1
    where org_id = ${orgId}::uuid and id = ${claim.ticketId}::uuid and event_id = ${claim.eventId}::uuid
      and generation = ${claim.generation} and state = 'valid' and admitted < admits
    returning ${columns}`.execute(tx)
  return rows[0]
}

/** Moves those that may still be voided; gives back which were. */
export async function markVoid(tx: Tx, orgId: OrgId, ticketIds: readonly TicketId[]): Promise<TicketId[]> {
  const { rows } = await sql<{ id: TicketId }>`
    update tickets.ticket set state = 'void'
    where org_id = ${orgId}::uuid and id = any(${[...ticketIds]}::uuid[])
      and state = any(${statesThatCan(ticketMachine, 'void')}::text[])
    returning id`.execute(tx)
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
