import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { AccountId } from './account.ts'

export interface AccountRow {
  id: AccountId
  code: string
  subject: string
  currency: string
}

export interface PostingRow {
  id: string
  source: string
  kind: string
  about: string | null
  digest: string
}

export interface TransferRow {
  postingId: string
  lineNo: number
  debit: AccountId
  credit: AccountId
  currency: string
  amount: number
  reason: string
}

const column = <Row, Key extends keyof Row>(rows: readonly Row[], key: Key): Row[Key][] =>
  rows.map((row) => row[key])

/**
 * One statement for accounts, postings and transfers. Gives the ids of the postings that were not there before; the
 * transfers of the others are left out. Rows come sorted, so that two writers never wait for each other in a circle.
 */
export async function insertPostings(
  tx: Tx,
  orgId: OrgId,
  rows: { accounts: AccountRow[]; postings: PostingRow[]; transfers: TransferRow[] },
  at: Date | undefined,
): Promise<Set<string>> {
  const { accounts, postings, transfers } = rows
  const result = await sql<{ id: string }>`
    with opened as (
      insert into ledger.account (org_id, id, code, subject, currency)
      select ${orgId}::uuid, a.id, a.code, a.subject, a.currency
      from unnest(${column(accounts, 'id')}::uuid[], ${column(accounts, 'code')}::text[],
                  ${column(accounts, 'subject')}::text[], ${column(accounts, 'currency')}::text[]) as a(id, code, subject, currency)
      on conflict do nothing
    ), fresh as (
      insert into ledger.posting (org_id, id, source, kind, about, digest, posted_at)
      select ${orgId}::uuid, p.id, p.source, p.kind, p.about, p.digest, coalesce(${at ?? null}::timestamptz, clock_timestamp())
      from unnest(${column(postings, 'id')}::uuid[], ${column(postings, 'source')}::text[], ${column(postings, 'kind')}::text[],
                  ${column(postings, 'about')}::uuid[], ${column(postings, 'digest')}::text[]) as p(id, source, kind, about, digest)
      on conflict (org_id, source, kind) do nothing
      returning id, posted_at
    ), moved as (
      insert into ledger.transfer (org_id, posting_id, line_no, debit_account, credit_account, currency, amount, reason, posted_at)
      select ${orgId}::uuid, f.id, t.line_no, t.debit, t.credit, t.currency, t.amount, t.reason, f.posted_at
      from unnest(${column(transfers, 'postingId')}::uuid[], ${column(transfers, 'lineNo')}::smallint[],
                  ${column(transfers, 'debit')}::uuid[], ${column(transfers, 'credit')}::uuid[],
                  ${column(transfers, 'currency')}::text[], ${column(transfers, 'amount')}::bigint[],
                  ${column(transfers, 'reason')}::text[]) as t(posting_id, line_no, debit, credit, currency, amount, reason)
      join fresh f on f.id = t.posting_id
    )
    select id from fresh`.execute(tx)
  return new Set(column(result.rows, 'id'))
}

/** What is already in the books under these sources and kinds. */
export async function digestsOf(
  tx: Tx,
  orgId: OrgId,
  keys: readonly { source: string; kind: string }[],
): Promise<{ source: string; kind: string; digest: string }[]> {
  const { rows } = await sql<{ source: string; kind: string; digest: string }>`
    select p.source, p.kind, p.digest
    from unnest(${column(keys, 'source')}::text[], ${column(keys, 'kind')}::text[]) as k(source, kind)
    join ledger.posting p on p.org_id = ${orgId}::uuid and p.source = k.source and p.kind = k.kind`.execute(
    tx,
  )
  return rows
}

/** Waits for every other guarded debit of these accounts. Credits do not wait: their foreign keys take a weaker lock. */
export async function lockAccounts(tx: Tx, orgId: OrgId, ids: readonly AccountId[]): Promise<void> {
  await sql`select id from ledger.account where org_id = ${orgId}::uuid and id = any(${ids}::uuid[])
            order by id for no key update`.execute(tx)
}

export async function openAccounts(tx: Tx, orgId: OrgId, accounts: readonly AccountRow[]): Promise<void> {
  await sql`
    insert into ledger.account (org_id, id, code, subject, currency)
    select ${orgId}::uuid, a.id, a.code, a.subject, a.currency
    from unnest(${column(accounts, 'id')}::uuid[], ${column(accounts, 'code')}::text[],
                ${column(accounts, 'subject')}::text[], ${column(accounts, 'currency')}::text[]) as a(id, code, subject, currency)
    on conflict do nothing`.execute(tx)
}

export interface Moved {
  accountId: AccountId
  debits: number
  credits: number
}

/**
 * What each account has moved: its last checkpoint, and what transactions at or above the checkpoint's horizon wrote.
 * With `at`, the last checkpoint that holds nothing newer, and what came since but not after `at`.
 */
export async function readMoved(
  tx: Tx,
  orgId: OrgId,
  ids: readonly AccountId[],
  at: Date | undefined,
): Promise<Moved[]> {
  const until = at ?? null
  const { rows } = await sql<Moved>`
    select a.id as account_id,
           (coalesce(c.debits, 0) + coalesce(d.amount, 0))::bigint as debits,
           (coalesce(c.credits, 0) + coalesce(k.amount, 0))::bigint as credits
    from unnest(${ids}::uuid[]) as a(id)
    left join lateral (
      select horizon, debits, credits from ledger.usable_checkpoint
      where org_id = ${orgId}::uuid and account_id = a.id and (${until}::timestamptz is null or newest_at <= ${until}::timestamptz)
      order by horizon desc limit 1) c on true
    left join lateral (
      select sum(amount) as amount from ledger.transfer
      where org_id = ${orgId}::uuid and debit_account = a.id and written_by >= coalesce(c.horizon, '0'::xid8)
        and (${until}::timestamptz is null or posted_at <= ${until}::timestamptz)) d on true
    left join lateral (
      select sum(amount) as amount from ledger.transfer
      where org_id = ${orgId}::uuid and credit_account = a.id and written_by >= coalesce(c.horizon, '0'::xid8)
        and (${until}::timestamptz is null or posted_at <= ${until}::timestamptz)) k on true`.execute(tx)
  return rows
}

export async function accountsOf(tx: Tx, orgId: OrgId): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`
    select id, code, subject, currency from ledger.account where org_id = ${orgId}::uuid order by code, subject, currency`.execute(
    tx,
  )
  return rows
}

export interface SumByCode {
  code: string
  currency: string
  debits: number
  credits: number
}

/** Over all organisations, from the checkpoints on. For the platform role. */
export async function sumByCode(tx: Tx): Promise<SumByCode[]> {
  const { rows } = await sql<SumByCode>`
    select a.code, a.currency, sum(coalesce(c.debits, 0) + coalesce(d.amount, 0))::bigint as debits,
           sum(coalesce(c.credits, 0) + coalesce(k.amount, 0))::bigint as credits
    from ledger.account a
    left join lateral (
      select horizon, debits, credits from ledger.usable_checkpoint
      where org_id = a.org_id and account_id = a.id order by horizon desc limit 1) c on true
    left join lateral (
      select sum(amount) as amount from ledger.transfer
      where org_id = a.org_id and debit_account = a.id and written_by >= coalesce(c.horizon, '0'::xid8)) d on true
    left join lateral (
      select sum(amount) as amount from ledger.transfer
      where org_id = a.org_id and credit_account = a.id and written_by >= coalesce(c.horizon, '0'::xid8)) k on true
    group by a.code, a.currency order by a.code, a.currency`.execute(tx)
  return rows
}

/** One mover at a time; the statement after it sees what the one before committed. */
export async function lockCheckpointCursor(tx: Tx): Promise<void> {
  await sql`select from ledger.checkpoint_cursor for update`.execute(tx)
}

/**
 * Transaction numbers belong to one database server. After a restore on another one the horizons mean nothing, which shows
 * in that they lie in its future; then all checkpoints are made anew.
 */
export async function forgetForeignCheckpoints(tx: Tx): Promise<void> {
  const { rows } = await sql`update ledger.checkpoint_cursor set horizon = '0'
    where horizon > pg_snapshot_xmin(pg_current_snapshot()) returning 1`.execute(tx)
  if (rows.length > 0) await sql`delete from ledger.checkpoint`.execute(tx)
}

/**
 * Adds to the checkpoints what was written by transactions between the cursor and the oldest transaction that is still
 * under way, as this statement's own snapshot knows it: below that, everything has ended and is visible here.
 */
export async function advanceCheckpoints(tx: Tx): Promise<number> {
  const { rows } = await sql<{ made: number }>`
    with cut as (
      select horizon as below, pg_snapshot_xmin(pg_current_snapshot()) as horizon from ledger.checkpoint_cursor
    ), since as (
      select t.org_id, t.debit_account, t.credit_account, t.amount, t.posted_at
      from cut join ledger.posting p on p.written_by >= cut.below and p.written_by < cut.horizon
      join ledger.transfer t on t.org_id = p.org_id and t.posting_id = p.id
    ), moved as (
      select org_id, debit_account as account_id, amount as debit, 0 as credit, posted_at from since
      union all
      select org_id, credit_account, 0, amount, posted_at from since
    ), summed as (
      select org_id, account_id, sum(debit)::bigint as debits, sum(credit)::bigint as credits, max(posted_at) as newest_at
      from moved group by org_id, account_id
    ), made as (
      insert into ledger.checkpoint (org_id, account_id, horizon, debits, credits, newest_at)
      select s.org_id, s.account_id, cut.horizon, s.debits + coalesce(c.debits, 0), s.credits + coalesce(c.credits, 0),
             greatest(s.newest_at, c.newest_at)
      from summed s cross join cut
      left join lateral (
        select debits, credits, newest_at from ledger.checkpoint
        where org_id = s.org_id and account_id = s.account_id order by horizon desc limit 1) c on true
      returning 1
    ), advanced as (
      update ledger.checkpoint_cursor set horizon = cut.horizon from cut
    )
    select count(*)::integer as made from made`.execute(tx)
  return rows[0]?.made ?? 0
}

/** Keeps, of old days, the last checkpoint of each account and day. */
export async function thinCheckpoints(tx: Tx, before: Date): Promise<void> {
  await sql`
    delete from ledger.checkpoint old
    where old.made_at < ${before}::timestamptz and exists (
      select from ledger.checkpoint later
      where later.org_id = old.org_id and later.account_id = old.account_id and later.horizon > old.horizon
        and later.made_at::date = old.made_at::date)`.execute(tx)
}

// ── Invariants, over all organisations (platform role) ──────────────────────────────────────────────────────────────

export async function currenciesOutOfBalance(tx: Tx): Promise<{ currency: string; amount: number }[]> {
  const sums = new Map<string, number>()
  for (const row of await sumByCode(tx))
    sums.set(row.currency, (sums.get(row.currency) ?? 0) + row.debits - row.credits)
  return [...sums].filter(([, amount]) => amount !== 0).map(([currency, amount]) => ({ currency, amount }))
}

export interface AccountAmount {
  orgId: OrgId
  code: string
  subject: string
  currency: string
  amount: number
}

/** Accounts whose checkpoint is not the sum of the transfers below its horizon. */
export async function checkpointsThatDiffer(tx: Tx): Promise<AccountAmount[]> {
  const { rows } = await sql<AccountAmount>`
    with last as (
      select distinct on (org_id, account_id) org_id, account_id, horizon, debits, credits
      from ledger.checkpoint order by org_id, account_id, horizon desc
    )
    select a.org_id, a.code, a.subject, a.currency,
           (last.debits - last.credits - coalesce(d.amount, 0) + coalesce(k.amount, 0))::bigint as amount
    from last join ledger.account a on a.org_id = last.org_id and a.id = last.account_id
    left join lateral (select sum(amount) as amount from ledger.transfer t
      where t.org_id = last.org_id and t.debit_account = last.account_id and t.written_by < last.horizon) d on true
    left join lateral (select sum(amount) as amount from ledger.transfer t
      where t.org_id = last.org_id and t.credit_account = last.account_id and t.written_by < last.horizon) k on true
    where last.debits <> coalesce(d.amount, 0) or last.credits <> coalesce(k.amount, 0)`.execute(tx)
  return rows
}

/** Liabilities below zero: money that was promised or paid out twice. */
export async function negativeLiabilities(tx: Tx): Promise<AccountAmount[]> {
  const { rows } = await sql<AccountAmount>`
    select a.org_id, a.code, a.subject, a.currency, b.amount
    from ledger.account a
    left join lateral (
      select horizon, debits, credits from ledger.usable_checkpoint
      where org_id = a.org_id and account_id = a.id order by horizon desc limit 1) c on true
    cross join lateral (
      select (coalesce(c.credits, 0) - coalesce(c.debits, 0)
        + coalesce((select sum(amount) from ledger.transfer where org_id = a.org_id and credit_account = a.id
                    and written_by >= coalesce(c.horizon, '0'::xid8)), 0)
        - coalesce((select sum(amount) from ledger.transfer where org_id = a.org_id and debit_account = a.id
                    and written_by >= coalesce(c.horizon, '0'::xid8)), 0))::bigint as amount) b
    where a.code like 'L.%' and b.amount < 0`.execute(tx)
  return rows
}

export interface OpenAmount extends AccountAmount {
  about: string | null
  since: Date
}

/** What payments have left open on an account since before a moment. */
export async function openSince(tx: Tx, codes: readonly string[], before: Date): Promise<OpenAmount[]> {
  const { rows } = await sql<OpenAmount>`
    select a.org_id, a.code, a.subject, a.currency, p.about, min(t.posted_at) as since,
           sum(case when t.debit_account = a.id then t.amount else -t.amount end)::bigint as amount
    from ledger.account a
    join ledger.transfer t on t.org_id = a.org_id and (t.debit_account = a.id or t.credit_account = a.id)
    join ledger.posting p on p.org_id = t.org_id and p.id = t.posting_id
    where a.code = any(${codes}::text[])
    group by a.org_id, a.code, a.subject, a.currency, a.id, p.about
    having sum(case when t.debit_account = a.id then t.amount else -t.amount end) <> 0
       and min(t.posted_at) < ${before}::timestamptz`.execute(tx)
  return rows
}

/** A balance transaction belongs to one organisation and is booked once, but the unique key cannot see across tenants. */
export async function bookedTwice(tx: Tx): Promise<{ source: string; orgId: OrgId; times: number }[]> {
  const { rows } = await sql<{ source: string; orgId: OrgId; times: number }>`
    select source, (array_agg(org_id))[1] as org_id, count(*)::integer as times from ledger.posting
    where kind = 'balance-transaction' group by source having count(*) > 1`.execute(tx)
  return rows
}
