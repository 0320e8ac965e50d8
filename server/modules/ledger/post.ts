import type { Tx } from '#platform/database'
import { newId, type Id, type OrgId } from '#platform/ids'
import { accountId, accountName, type AccountRef } from './account.ts'
import { balancesOf } from './balance.ts'
import {
  digestsOf,
  insertPostings,
  lockAccounts,
  openAccounts,
  type AccountRow,
  type TransferRow,
} from './ledger-store.ts'
import { digestOf, type Posting } from './posting.ts'
import { ledgerProblems, PostingConflict } from './problems.ts'

/**
 * Writes postings into the organisation's books, all in one statement, in the transaction of what they record. Safe to
 * repeat: a posting that is there with the same content is skipped; one with other content is a PostingConflict.
 * `at` is the clock's time, by default the database's. Returns how many were new.
 */
export async function post(tx: Tx, orgId: OrgId, postings: readonly Posting[], at?: Date): Promise<number> {
  const distinct = withDigests(postings)
  if (distinct.length === 0) return 0
  const accounts = new Map<string, AccountRow>()
  const transfers: TransferRow[] = []
  for (const { id, posting } of distinct) {
    for (const [index, transfer] of posting.transfers.entries()) {
      const { amount, currency, reason } = transfer
      if (!Number.isSafeInteger(amount) || amount <= 0)
        throw new RangeError(`a transfer of ${amount} is none`)
      const debit = noteAccount(accounts, orgId, transfer.debit, currency)
      const credit = noteAccount(accounts, orgId, transfer.credit, currency)
      transfers.push({ postingId: id, lineNo: index + 1, debit, credit, currency, amount, reason })
    }
  }
  const rows = distinct.map(({ id, digest, posting }) => {
    return { id, source: posting.source, kind: posting.kind, about: posting.about ?? null, digest }
  })
  const fresh = await insertPostings(
    tx,
    orgId,
    { accounts: sortedById(accounts), postings: rows, transfers },
    at,
  )
  if (fresh.size < rows.length)
    await demandSameContent(
      tx,
      orgId,
      rows.filter((row) => !fresh.has(row.id)),
    )
  return fresh.size
}

/**
 * Like `post`, for debits that must not spend money twice (transfers out, wallet, escrow): each account in `guarded` is
 * locked first and read exactly, so that such debits queue for that account. Refuses with ledger.not-covered when the
 * postings that are new would take a guarded account below zero. Credits never wait here.
 */
export async function postGuarded(
  tx: Tx,
  orgId: OrgId,
  postings: readonly Posting[],
  guarded: readonly (AccountRef & { currency: string })[],
  at?: Date,
): Promise<number> {
  const accounts = new Map<string, AccountRow>()
  for (const account of guarded) noteAccount(accounts, orgId, account, account.currency)
  const rows = sortedById(accounts)
  await openAccounts(tx, orgId, rows)
  await lockAccounts(
    tx,
    orgId,
    rows.map((row) => row.id),
  )
  const posted = await post(tx, orgId, postings, at)
  if (posted === 0) return 0
  // A statement after the lock sees what every guarded debit before us committed; what it sees includes our own.
  for (const balance of await balancesOf(tx, orgId, guarded)) {
    if (balance.amount < 0)
      throw ledgerProblems.notCovered({
        detail: `${accountName(balance)} would be at ${balance.amount} ${balance.currency}`,
      })
  }
  return posted
}

/** Whether a posting is in the books: for what may be booked only after it. Gives the sources that are. */
export async function postedAmong(
  tx: Tx,
  orgId: OrgId,
  kind: Posting['kind'],
  sources: readonly string[],
): Promise<Set<string>> {
  if (sources.length === 0) return new Set()
  const rows = await digestsOf(
    tx,
    orgId,
    sources.map((source) => ({ source, kind })),
  )
  return new Set(rows.map((row) => row.source))
}

interface Prepared {
  id: string
  digest: string
  posting: Posting
}

/** The same posting twice in a list is one; sorted, so that two lists that overlap are written in the same order. */
function withDigests(postings: readonly Posting[]): Prepared[] {
  const byKey = new Map<string, Prepared>()
  for (const posting of postings) {
    const key = JSON.stringify([posting.source, posting.kind])
    const digest = digestOf(posting)
    const before = byKey.get(key)
    if (before && before.digest !== digest) throw new PostingConflict(posting.source, posting.kind)
    if (!before) byKey.set(key, { id: newId<Id<'pst'>>(), digest, posting })
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, prepared]) => prepared)
}

function noteAccount(
  accounts: Map<string, AccountRow>,
  orgId: OrgId,
  account: AccountRef,
  currency: string,
): AccountRow['id'] {
  const id = accountId(orgId, account, currency)
  if (!accounts.has(id)) accounts.set(id, { id, code: account.code, subject: account.subject, currency })
  return id
}

function sortedById(accounts: Map<string, AccountRow>): AccountRow[] {
  return [...accounts.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function demandSameContent(
  tx: Tx,
  orgId: OrgId,
  rows: readonly { source: string; kind: string; digest: string }[],
): Promise<void> {
  const booked = new Map(
    (await digestsOf(tx, orgId, rows)).map((row) => [JSON.stringify([row.source, row.kind]), row.digest]),
  )
  for (const row of rows) {
    if (booked.get(JSON.stringify([row.source, row.kind])) !== row.digest)
      throw new PostingConflict(row.source, row.kind)
  }
}
