import { sql } from 'kysely'
import { asPlatform, withOrg, type Database, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { statesThatCan } from '#platform/state-machine'
import {
  paymentReturnMachine,
  type PaymentId,
  type PaymentReturn,
  type ReturnId,
  type ReturnState,
} from './payment.ts'

const columns = sql.raw(`
  org_id, id, payment_id, order_id, event_id, amount, currency, reason, state, attempt, asks, in_doubt, first_asked_at,
  refund_id, adopted, refusal, created_at`)

type ToInsert = Pick<
  PaymentReturn,
  'id' | 'paymentId' | 'orderId' | 'eventId' | 'amount' | 'currency' | 'reason'
>

/** Gives those that are new: money of one payment is owed back once. */
export async function insertReturns(
  tx: Tx,
  orgId: OrgId,
  rows: readonly ToInsert[],
  now: Date,
): Promise<PaymentReturn[]> {
  const result = await sql<PaymentReturn>`
    insert into payments.payment_return (org_id, id, payment_id, order_id, event_id, amount, currency, reason, created_at)
    select ${orgId}::uuid, r.id, r.payment_id, r.order_id, r.event_id, r.amount, r.currency, r.reason, ${now}::timestamptz
    from unnest(${rows.map((r) => r.id)}::uuid[], ${rows.map((r) => r.paymentId)}::uuid[], ${rows.map((r) => r.orderId)}::uuid[],
                ${rows.map((r) => r.eventId)}::uuid[], ${rows.map((r) => r.amount)}::bigint[], ${rows.map((r) => r.currency)}::text[],
                ${rows.map((r) => r.reason)}::text[]) as r(id, payment_id, order_id, event_id, amount, currency, reason)
    on conflict (org_id, payment_id) do nothing
    returning ${columns}`.execute(tx)
  return result.rows
}

export async function returnOfPayment(
  db: Database,
  orgId: OrgId,
  paymentId: PaymentId,
): Promise<PaymentReturn | undefined> {
  return withOrg(db, orgId, async (tx) => {
    const { rows } = await sql<PaymentReturn>`
      select ${columns} from payments.payment_return where org_id = ${orgId}::uuid and payment_id = ${paymentId}::uuid`.execute(
      tx,
    )
    return rows[0]
  })
}

/** Takes a return for asking the provider. `inDoubt` in the answer is how it stood before. */
export async function leaseReturn(
  tx: Tx,
  orgId: OrgId,
  id: ReturnId,
  now: Date,
  leaseUntil: Date,
): Promise<(PaymentReturn & { wasInDoubt: boolean }) | undefined> {
  const { rows } = await sql<PaymentReturn & { wasInDoubt: boolean }>`
    with before as (
      select id as before_id, in_doubt as was_in_doubt from payments.payment_return
      where org_id = ${orgId}::uuid and id = ${id}::uuid and state in ('requested', 'processing', 'succeeded')
        and (lease_until is null or lease_until <= ${now}::timestamptz)
      for update
    )
    update payments.payment_return set
      lease_until = ${leaseUntil}::timestamptz, asked_at = ${now}::timestamptz, asks = asks + 1,
      first_asked_at = coalesce(first_asked_at, ${now}::timestamptz),
      in_doubt = in_doubt or refund_id is null
    from before where org_id = ${orgId}::uuid and id = before_id
    returning ${columns}, was_in_doubt`.execute(tx)
  return rows[0]
}

export async function releaseReturn(tx: Tx, orgId: OrgId, id: ReturnId, inDoubt: boolean): Promise<void> {
  await sql`update payments.payment_return set lease_until = null, in_doubt = ${inDoubt}
    where org_id = ${orgId}::uuid and id = ${id}::uuid`.execute(tx)
}

/** Nothing came of the key before, for certain: the next call has a new one. */
export async function nextReturnAttempt(
  tx: Tx,
  orgId: OrgId,
  id: ReturnId,
  refusal: string | null,
): Promise<void> {
  await sql`update payments.payment_return set attempt = attempt + 1, in_doubt = false, lease_until = null, first_asked_at = null,
      refusal = ${refusal}
    where org_id = ${orgId}::uuid and id = ${id}::uuid and refund_id is null`.execute(tx)
}

const endOf = { accept: 'processing', succeed: 'succeeded', fail: 'failed' } as const satisfies Record<
  string,
  ReturnState
>

/** Undefined when it was there already, or another moved it first. */
export async function moveReturn(
  tx: Tx,
  orgId: OrgId,
  id: ReturnId,
  event: keyof typeof endOf,
  set: { refundId: string | null; adopted: boolean; refusal: string | null; now: Date },
): Promise<PaymentReturn | undefined> {
  const { rows } = await sql<PaymentReturn>`
    update payments.payment_return set state = ${endOf[event]}, refund_id = coalesce(refund_id, ${set.refundId}),
      adopted = adopted or ${set.adopted}, refusal = ${set.refusal}, in_doubt = false, lease_until = null,
      ended_at = ${event === 'accept' ? null : set.now}::timestamptz
    where org_id = ${orgId}::uuid and id = ${id}::uuid
      and state = any(${statesThatCan(paymentReturnMachine, event)}::text[])
    returning ${columns}`.execute(tx)
  return rows[0]
}

/** Returns that should have moved on by now. */
export async function stuckReturns(
  db: Database,
  notAskedSince: Date,
  limit: number,
): Promise<{ orgId: OrgId; id: ReturnId }[]> {
  const { rows } = await asPlatform(db, (tx) =>
    sql<{ orgId: OrgId; id: ReturnId }>`
      select org_id, id from payments.payment_return
      where state in ('requested', 'processing') and coalesce(asked_at, created_at) <= ${notAskedSince}::timestamptz
      order by coalesce(asked_at, created_at) limit ${limit}`.execute(tx),
  )
  return rows
}
