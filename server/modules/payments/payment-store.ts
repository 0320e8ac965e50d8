import { sql } from 'kysely'
import { asPlatform, withOrg, type Database, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { statesThatCan } from '#platform/state-machine'
import {
  paymentMachine,
  type Payment,
  type PaymentId,
  type PaymentIntent,
  type SessionRequest,
} from './payment.ts'

const columns = sql.raw(`
  org_id, id, order_id, event_id, attempt, state, amount, currency, intent, request, request_expires_at, in_doubt, asks,
  waiting_since, lease_until, session_id, url, session_expires_at, window_ms, window_ends_at, provider_payment, provider_charge,
  balance_transaction, surplus, adopted_from, unconfirmed, frozen_because, refusal, created_at, opened_at, ended_at`)

const can = (event: Parameters<typeof statesThatCan<typeof paymentMachine>>[1]) =>
  statesThatCan(paymentMachine, event)

export interface PaymentToInsert {
  id: PaymentId
  orderId: string
  eventId: string
  amount: number
  currency: string
  intent: PaymentIntent
  windowMs: number
  windowEndsAt: Date
}

/** All in one statement; the attempt follows from what the order already tried. */
export async function insertPayments(
  tx: Tx,
  orgId: OrgId,
  rows: readonly PaymentToInsert[],
  now: Date,
): Promise<Payment[]> {
  const result = await sql<Payment>`
    insert into payments.payment (org_id, id, order_id, event_id, attempt, amount, currency, intent, window_ms, window_ends_at, created_at)
    select ${orgId}::uuid, p.id, p.order_id, p.event_id,
           coalesce((select max(attempt) from payments.payment o where o.org_id = ${orgId}::uuid and o.order_id = p.order_id), 0) + 1,
           p.amount, p.currency, p.intent, p.window_ms, p.window_ends_at, ${now}::timestamptz
    from unnest(${rows.map((r) => r.id)}::uuid[], ${rows.map((r) => r.orderId)}::uuid[], ${rows.map((r) => r.eventId)}::uuid[],
                ${rows.map((r) => r.amount)}::bigint[], ${rows.map((r) => r.currency)}::text[],
                ${rows.map((r) => JSON.stringify(r.intent))}::jsonb[], ${rows.map((r) => r.windowMs)}::integer[],
                ${rows.map((r) => r.windowEndsAt)}::timestamptz[])
      as p(id, order_id, event_id, amount, currency, intent, window_ms, window_ends_at)
    returning ${columns}`.execute(tx)
  return result.rows
}

export async function readPayments(tx: Tx, orgId: OrgId, orderIds: readonly string[]): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select ${columns} from payments.payment
    where org_id = ${orgId}::uuid and order_id = any(${orderIds}::uuid[]) order by order_id, attempt, id`.execute(
    tx,
  )
  return rows
}

export async function readPayment(db: Database, orgId: OrgId, id: PaymentId): Promise<Payment | undefined> {
  return withOrg(db, orgId, (tx) => findPayment(tx, orgId, id))
}

export async function findPayment(tx: Tx, orgId: OrgId, id: PaymentId): Promise<Payment | undefined> {
  const { rows } = await sql<Payment>`
    select ${columns} from payments.payment where org_id = ${orgId}::uuid and id = ${id}::uuid`.execute(tx)
  return rows[0]
}

/** These payments and every other of the same orders, locked in one order so that two desks never wait in a circle. */
export async function lockPayments(tx: Tx, orgId: OrgId, ids: readonly PaymentId[]): Promise<Payment[]> {
  const { rows } = await sql<Payment>`
    select ${columns} from payments.payment
    where org_id = ${orgId}::uuid and order_id in (
      select order_id from payments.payment where org_id = ${orgId}::uuid and id = any(${ids}::uuid[]))
    order by id for update`.execute(tx)
  return rows
}

// ── Asking for a session ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Takes a payment for asking, for as long as the lease lasts, and fixes the request before the first call. Undefined
 * when somebody else is asking or there is nothing to ask any more. `wasInDoubt` is how it stood before this.
 */
export async function leaseForAsking(
  tx: Tx,
  orgId: OrgId,
  id: PaymentId,
  request: SessionRequest,
  now: Date,
  leaseUntil: Date,
): Promise<(Payment & { wasInDoubt: boolean }) | undefined> {
  const { rows } = await sql<Payment & { wasInDoubt: boolean }>`
    with before as (
      select id as before_id, in_doubt as was_in_doubt from payments.payment
      where org_id = ${orgId}::uuid and id = ${id}::uuid and state = any(${can('open')}::text[]) and frozen_because is null
        and session_id is null and (lease_until is null or lease_until <= ${now}::timestamptz)
      for update
    )
    update payments.payment set
      request = coalesce(request, ${JSON.stringify(request)}::jsonb),
      request_expires_at = coalesce(request_expires_at, to_timestamp(${request.expiresAtSeconds})),
      in_doubt = true, asks = asks + 1, asked_at = ${now}::timestamptz, lease_until = ${leaseUntil}::timestamptz
    from before where org_id = ${orgId}::uuid and id = before_id
    returning ${columns}, was_in_doubt`.execute(tx)
  return rows[0]
}

export async function markOpen(
  tx: Tx,
  orgId: OrgId,
  id: PaymentId,
  session: { id: string; url: string | null; expiresAt: Date },
  now: Date,
): Promise<Payment | undefined> {
  const { rows } = await sql<Payment>`
    update payments.payment set state = 'open', session_id = ${session.id}, url = ${session.url},
      session_expires_at = ${session.expiresAt}::timestamptz, opened_at = ${now}::timestamptz, in_doubt = false,
      waiting_since = null, retry_at = null, lease_until = null,
      window_ends_at = least(${session.expiresAt}::timestamptz,
        case when waiting_since is null then window_ends_at
             else ${now}::timestamptz + window_ms * interval '1 millisecond' end)
    where org_id = ${orgId}::uuid and id = ${id}::uuid and state = any(${can('open')}::text[])
    returning ${columns}`.execute(tx)
  return rows[0]
}

export async function joinLine(tx: Tx, orgId: OrgId, id: PaymentId, now: Date): Promise<void> {
  await sql`update payments.payment set waiting_since = coalesce(waiting_since, ${now}::timestamptz)
    where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'created'`.execute(tx)
}

/** No answer yet: back in line, to be asked again with the same key and body. */
export async function keepInDoubt(
  tx: Tx,
  orgId: OrgId,
  id: PaymentId,
  now: Date,
  retryAt: Date,
): Promise<void> {
  await sql`update payments.payment set lease_until = null, retry_at = ${retryAt}::timestamptz,
      waiting_since = coalesce(waiting_since, ${now}::timestamptz)
    where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'created'`.execute(tx)
}

/** It certainly did not happen. Unless an earlier call is still in doubt, the next one may be a fresh request. */
export async function putBack(
  tx: Tx,
  orgId: OrgId,
  id: PaymentId,
  stillInDoubt: boolean,
  now: Date,
  retryAt: Date,
): Promise<void> {
  await sql`update payments.payment set lease_until = null, retry_at = ${retryAt}::timestamptz,
      waiting_since = coalesce(waiting_since, ${now}::timestamptz), in_doubt = ${stillInDoubt},
      request = case when ${stillInDoubt} then request end,
      request_expires_at = case when ${stillInDoubt} then request_expires_at end
    where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'created'`.execute(tx)
}

/** Nothing came of this key, and nothing will: the next call is a new attempt of the same payment. */
export async function nextAttempt(tx: Tx, orgId: OrgId, id: PaymentId): Promise<void> {
  await sql`update payments.payment p set lease_until = null, in_doubt = false, request = null, request_expires_at = null,
      attempt = (select max(attempt) + 1 from payments.payment o where o.org_id = p.org_id and o.order_id = p.order_id)
    where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'created'`.execute(tx)
}

/** The next in line, over all organisations, in the order in which they came. */
export async function nextInLine(
  db: Database,
  now: Date,
  limit: number,
): Promise<{ orgId: OrgId; id: PaymentId }[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<{ orgId: OrgId; id: PaymentId }>`
      select org_id, id from payments.payment
      where state = 'created' and waiting_since is not null and frozen_because is null
        and (lease_until is null or lease_until <= ${now}::timestamptz) and (retry_at is null or retry_at <= ${now}::timestamptz)
      order by id limit ${limit}`.execute(tx),
  )
  return rows
}

export async function everybodyInLine(db: Database): Promise<PaymentId[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<{ id: PaymentId }>`
      select id from payments.payment where state = 'created' and waiting_since is not null order by id`.execute(
      tx,
    ),
  )
  return rows.map((row) => row.id)
}

/** Whoever was left between being written down and asking (a process died there) gets into the line. */
export async function gatherForgotten(db: Database, now: Date, createdBefore: Date): Promise<void> {
  await asPlatform(db, (tx) =>
    sql`update payments.payment set waiting_since = ${now}::timestamptz
        where state = 'created' and session_id is null and waiting_since is null and created_at < ${createdBefore}::timestamptz
          and (lease_until is null or lease_until <= ${now}::timestamptz)`.execute(tx),
  )
}

// ── Settling ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Move {
  id: PaymentId
  sessionId: string | null
  providerPayment: string | null
  providerCharge: string | null
  surplus: boolean
  unconfirmed: boolean
  refusal: string | null
}

type SettlingEvent = 'process' | 'succeed' | 'fail' | 'expire'
const ends = { process: 'processing', succeed: 'succeeded', fail: 'failed', expire: 'expired' } as const

/** One kind of move for many payments. Gives those that were moved: the guard decides, not what was read before. */
export async function movePayments(
  tx: Tx,
  orgId: OrgId,
  event: SettlingEvent,
  moves: readonly Move[],
  now: Date,
): Promise<PaymentId[]> {
  if (moves.length === 0) return []
  const { rows } = await sql<{ id: PaymentId }>`
    update payments.payment p set state = ${ends[event]},
      session_id = coalesce(p.session_id, m.session_id),
      provider_payment = coalesce(m.provider_payment, p.provider_payment),
      provider_charge = coalesce(m.provider_charge, p.provider_charge),
      surplus = m.surplus, unconfirmed = m.unconfirmed, refusal = coalesce(m.refusal, p.refusal),
      in_doubt = false, waiting_since = null, lease_until = null, url = null, asked_at = ${now}::timestamptz,
      ended_at = ${event === 'process' ? null : now}::timestamptz
    from unnest(${moves.map((m) => m.id)}::uuid[], ${moves.map((m) => m.sessionId)}::text[],
                ${moves.map((m) => m.providerPayment)}::text[], ${moves.map((m) => m.providerCharge)}::text[],
                ${moves.map((m) => m.surplus)}::boolean[], ${moves.map((m) => m.unconfirmed)}::boolean[],
                ${moves.map((m) => m.refusal)}::text[])
      as m(id, session_id, provider_payment, provider_charge, surplus, unconfirmed, refusal)
    where p.org_id = ${orgId}::uuid and p.id = m.id and p.state = any(${can(event)}::text[]) and p.frozen_because is null
    returning p.id`.execute(tx)
  return rows.map((row) => row.id)
}

export async function freezePayments(
  tx: Tx,
  orgId: OrgId,
  rows: readonly { id: PaymentId; because: string }[],
): Promise<PaymentId[]> {
  const result = await sql<{ id: PaymentId }>`
    update payments.payment p set frozen_because = f.because, lease_until = null
    from unnest(${rows.map((r) => r.id)}::uuid[], ${rows.map((r) => r.because)}::text[]) as f(id, because)
    where p.org_id = ${orgId}::uuid and p.id = f.id and p.frozen_because is null returning p.id`.execute(tx)
  return result.rows.map((row) => row.id)
}

export async function confirmExpiry(tx: Tx, orgId: OrgId, ids: readonly PaymentId[]): Promise<void> {
  await sql`update payments.payment set unconfirmed = false
    where org_id = ${orgId}::uuid and id = any(${ids}::uuid[]) and unconfirmed`.execute(tx)
}

/** Where a reference of the provider leads, for events that carry no label of ours. */
export async function rememberReferences(
  tx: Tx,
  orgId: OrgId,
  rows: readonly { kind: 'provider-session' | 'provider-payment'; key: string; id: PaymentId }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`insert into platform.directory (kind, key, org_id, target)
    select r.kind, r.key, ${orgId}::uuid, r.id
    from unnest(${rows.map((r) => r.kind)}::text[], ${rows.map((r) => r.key)}::text[], ${rows.map((r) => r.id)}::uuid[]) as r(kind, key, id)
    on conflict do nothing`.execute(tx)
}

export async function lookUpReferences(
  db: Database,
  kind: 'provider-session' | 'provider-payment',
  keys: readonly string[],
): Promise<Map<string, { orgId: OrgId; id: PaymentId }>> {
  if (keys.length === 0) return new Map()
  const { rows } = await asPlatform(db, (tx) =>
    sql<{ key: string; orgId: OrgId; id: PaymentId }>`
      select key, org_id, target as id from platform.directory where kind = ${kind} and key = any(${keys}::text[])`.execute(
      tx,
    ),
  )
  return new Map(rows.map(({ key, orgId, id }) => [key, { orgId, id }]))
}

/**
 * A session of an order that was paid although another one counts becomes a payment of its own, so that its money is
 * in the books and finds its way: it buys what nothing else bought, or goes back.
 */
export async function adoptSession(
  tx: Tx,
  orgId: OrgId,
  original: Payment,
  id: PaymentId,
  sessionId: string,
  now: Date,
): Promise<Payment | undefined> {
  await sql`
    insert into payments.payment (org_id, id, order_id, event_id, attempt, amount, currency, intent, session_id, adopted_from, window_ms, window_ends_at, created_at)
    select o.org_id, ${id}::uuid, o.order_id, o.event_id,
           (select max(attempt) + 1 from payments.payment a where a.org_id = o.org_id and a.order_id = o.order_id),
           o.amount, o.currency, o.intent, ${sessionId}, o.id, o.window_ms, o.window_ends_at, ${now}::timestamptz
    from payments.payment o where o.org_id = ${orgId}::uuid and o.id = ${original.id}::uuid
    on conflict (org_id, session_id) do nothing`.execute(tx)
  const { rows } = await sql<Payment>`
    select ${columns} from payments.payment where org_id = ${orgId}::uuid and session_id = ${sessionId}`.execute(
    tx,
  )
  return rows[0]
}

/** Marks that the provider was asked, so that the next round begins with others. */
export async function noteAsked(tx: Tx, orgId: OrgId, id: PaymentId, now: Date): Promise<void> {
  await sql`update payments.payment set asked_at = ${now}::timestamptz where org_id = ${orgId}::uuid and id = ${id}::uuid`.execute(
    tx,
  )
}

// ── Looking for what is due, over all organisations ─────────────────────────────────────────────────────────────────

interface Due {
  orgId: OrgId
  id: PaymentId
}

/**
 * Sessions past the buyer's time, and requests whose answer never came and whose session must be over by now. These are
 * asked for again every minute by the line, so when they were last asked for says nothing.
 */
export async function pastTheirWindow(
  db: Database,
  now: Date,
  silentSince: Date,
  notAskedSince: Date,
  limit: number,
): Promise<Due[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<Due>`
      select org_id, id from payments.payment
      where (state = 'open' and window_ends_at <= ${now}::timestamptz
            and (asked_at is null or asked_at <= ${notAskedSince}::timestamptz)
          or state = 'created' and in_doubt and request_expires_at <= ${silentSince}::timestamptz)
        and frozen_because is null
      order by asked_at nulls first limit ${limit}`.execute(tx),
  )
  return rows
}

/** Banks that take their time, and payments that were given up without the provider's word. */
export async function stillToAsk(db: Database, notAskedSince: Date, limit: number): Promise<Due[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<Due>`
      select org_id, id from payments.payment
      where (state = 'processing' or unconfirmed) and frozen_because is null
        and (asked_at is null or asked_at <= ${notAskedSince}::timestamptz)
      order by asked_at nulls first limit ${limit}`.execute(tx),
  )
  return rows
}

export async function withoutBalanceTransaction(
  db: Database,
  endedBefore: Date,
  limit: number,
): Promise<(Due & { chargeId: string })[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<Due & { chargeId: string }>`
      select org_id, id, provider_charge as charge_id from payments.payment
      where state = 'succeeded' and balance_transaction is null and provider_charge is not null and frozen_because is null
        and ended_at <= ${endedBefore}::timestamptz
      order by ended_at limit ${limit}`.execute(tx),
  )
  return rows
}

export async function noteBooked(
  tx: Tx,
  orgId: OrgId,
  rows: readonly { id: PaymentId; balanceTransaction: string }[],
): Promise<void> {
  await sql`update payments.payment p set balance_transaction = b.txn
    from unnest(${rows.map((r) => r.id)}::uuid[], ${rows.map((r) => r.balanceTransaction)}::text[]) as b(id, txn)
    where p.org_id = ${orgId}::uuid and p.id = b.id`.execute(tx)
}

export async function paymentsById(
  tx: Tx,
  orgId: OrgId,
  ids: readonly PaymentId[],
): Promise<Map<PaymentId, Payment>> {
  const { rows } = await sql<Payment>`
    select ${columns} from payments.payment where org_id = ${orgId}::uuid and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return new Map(rows.map((row) => [row.id, row]))
}
