import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import type { Id, OrgId } from '#platform/ids'
import type { PaymentId } from './payment.ts'

export type InboxId = Id<'inb'>

/** An event of the provider as we keep it: ids and kinds. */
export interface InboxRow {
  id: InboxId
  eventId: string
  type: string
  objectId: string
  account: string | null
  orgId: OrgId | null
  paymentId: PaymentId | null
  providerPayment: string | null
  source: 'webhook' | 'events-list'
  happenedAt: Date
  receivedAt: Date
}

export type Outcome = 'settled' | 'no_effect' | 'deferred' | 'failed'

export interface InboxItem extends InboxRow {
  outcome: Outcome | null
  note: string | null
  attempts: number
  dueAt: Date | null
  doneAt: Date | null
}

const columns =
  sql.raw(`id, event_id, type, object_id, account, org_id, payment_id, provider_payment, source, happened_at,
  received_at, outcome, note, attempts, due_at, done_at`)

/** Gives the event ids that were not known before. */
export async function insertEvents(tx: Tx, rows: readonly InboxRow[]): Promise<Set<string>> {
  const result = await sql<{ eventId: string }>`
    insert into payments.webhook_inbox
      (id, event_id, type, object_id, account, org_id, payment_id, provider_payment, source, happened_at, received_at, due_at)
    select i.id, i.event_id, i.type, i.object_id, i.account, i.org_id, i.payment_id, i.provider_payment, i.source, i.happened_at, i.received_at, i.received_at
    from unnest(${rows.map((r) => r.id)}::uuid[], ${rows.map((r) => r.eventId)}::text[], ${rows.map((r) => r.type)}::text[],
                ${rows.map((r) => r.objectId)}::text[], ${rows.map((r) => r.account)}::text[], ${rows.map((r) => r.orgId)}::uuid[],
                ${rows.map((r) => r.paymentId)}::uuid[], ${rows.map((r) => r.providerPayment)}::text[], ${rows.map((r) => r.source)}::text[],
                ${rows.map((r) => r.happenedAt)}::timestamptz[], ${rows.map((r) => r.receivedAt)}::timestamptz[])
      as i(id, event_id, type, object_id, account, org_id, payment_id, provider_payment, source, happened_at, received_at)
    order by i.event_id
    on conflict (event_id) do nothing
    returning event_id`.execute(tx)
  return new Set(result.rows.map((row) => row.eventId))
}

/** Takes what is due for as long as the lease lasts; whoever dies with it leaves it to the next. */
export async function claimDue(tx: Tx, now: Date, leaseUntil: Date, limit: number): Promise<InboxItem[]> {
  const { rows } = await sql<InboxItem>`
    update payments.webhook_inbox set lease_until = ${leaseUntil}::timestamptz, attempts = attempts + 1
    where id in (
      select id from payments.webhook_inbox
      where due_at <= ${now}::timestamptz and (lease_until is null or lease_until <= ${now}::timestamptz)
      order by due_at, id limit ${limit} for update skip locked)
    returning ${columns}`.execute(tx)
  return rows
}

export interface Worked {
  id: InboxId
  outcome: Outcome
  note: string | null
  /** When to try again; null when there is nothing left to do. */
  dueAt: Date | null
}

export async function noteOutcomes(tx: Tx, worked: readonly Worked[], now: Date): Promise<void> {
  await sql`
    update payments.webhook_inbox i set outcome = w.outcome, note = w.note, due_at = w.due_at, lease_until = null,
      done_at = case when w.due_at is null then ${now}::timestamptz end
    from unnest(${worked.map((w) => w.id)}::uuid[], ${worked.map((w) => w.outcome)}::text[], ${worked.map((w) => w.note)}::text[],
                ${worked.map((w) => w.dueAt)}::timestamptz[]) as w(id, outcome, note, due_at)
    where i.id = w.id`.execute(tx)
}

export async function listInbox(
  tx: Tx,
  filter: { outcome: Outcome | 'waiting' | undefined; before: InboxId | undefined; limit: number },
): Promise<InboxItem[]> {
  const { outcome, before, limit } = filter
  const { rows } = await sql<InboxItem>`
    select ${columns} from payments.webhook_inbox
    where (${outcome ?? null}::text is null or coalesce(outcome, 'waiting') = ${outcome ?? null}::text)
      and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
    order by id desc limit ${limit}`.execute(tx)
  return rows
}

/** Works an event off once more, whatever came of it before. Undefined when there is none. */
export async function makeDueAgain(tx: Tx, id: InboxId, now: Date): Promise<InboxItem | undefined> {
  const { rows } = await sql<InboxItem>`
    update payments.webhook_inbox set due_at = ${now}::timestamptz, outcome = null, note = null, done_at = null, lease_until = null, attempts = 0
    where id = ${id}::uuid returning ${columns}`.execute(tx)
  return rows[0]
}

export async function readStream(tx: Tx, name: string): Promise<Date | undefined> {
  const { rows } = await sql<{ seenUntil: Date }>`
    select seen_until from payments.provider_stream where name = ${name}`.execute(tx)
  return rows[0]?.seenUntil
}

export async function moveStream(tx: Tx, name: string, seenUntil: Date): Promise<void> {
  await sql`insert into payments.provider_stream (name, seen_until) values (${name}, ${seenUntil}::timestamptz)
    on conflict (name) do update set seen_until = greatest(payments.provider_stream.seen_until, excluded.seen_until)`.execute(
    tx,
  )
}
