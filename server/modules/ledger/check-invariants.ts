import { asPlatform } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { accountName, type AccountCode } from './account.ts'
import { invariantBroken, type InvariantBroken } from './events.ts'
import {
  bookedTwice,
  checkpointsThatDiffer,
  currenciesOutOfBalance,
  negativeLiabilities,
  openSince,
  type AccountAmount,
} from './ledger-store.ts'
import { platformOrgId } from './platform-organisation.ts'

const hour = 3_600_000
/** A payment is settled, and a refund booked, within hours; a day means that something was lost on the way. */
const longestOpen = 24 * hour

/**
 * Looks over all organisations for what must never be: books out of balance, liabilities below zero, money that hangs
 * for over a day between buyer and provider, a balance transaction booked twice, a checkpoint that is not the sum of
 * its transfers. Announces each finding as `invariantBroken` and corrects nothing.
 */
export async function checkInvariants(
  deps: Pick<Platform, 'db' | 'clock' | 'events' | 'metrics'>,
): Promise<InvariantBroken[]> {
  const before = new Date(deps.clock.now().getTime() - longestOpen)
  return asPlatform(deps.db, async (tx) => {
    const found: InvariantBroken[] = []
    for (const sum of await currenciesOutOfBalance(tx)) {
      found.push({ invariant: 'balanced', orgId: platformOrgId, currency: sum.currency, amount: sum.amount })
    }
    for (const row of await negativeLiabilities(tx))
      found.push({ invariant: 'liability-negative', ...describe(row) })
    for (const row of await checkpointsThatDiffer(tx))
      found.push({ invariant: 'checkpoint-differs', ...describe(row) })
    for (const row of await openSince(tx, ['A.psp_recv', 'L.refund_due'], before)) {
      const about = row.about === null ? {} : { about: row.about }
      found.push({ invariant: 'open-too-long', ...describe(row), ...about, since: row.since.toISOString() })
    }
    for (const row of await bookedTwice(tx))
      found.push({ invariant: 'booked-twice', orgId: row.orgId, about: row.source })
    for (const orgId of new Set(found.map((one) => one.orgId as OrgId))) {
      await deps.events.emit(
        tx,
        orgId,
        invariantBroken,
        found.filter((one) => one.orgId === orgId),
      )
    }
    deps.metrics.count('ledger_invariants_broken', {}, found.length)
    return found
  })
}

function describe(row: AccountAmount): { orgId: string; account: string; currency: string; amount: number } {
  const account = accountName({ code: row.code as AccountCode, subject: row.subject })
  return { orgId: row.orgId, account, currency: row.currency, amount: row.amount }
}
