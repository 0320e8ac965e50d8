import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { announceRules } from './announce-change.ts'
import { insertTerms, lockRules, moveEventsToTerms, newestTerms, type Published } from './rules-store.ts'
import type { Terms, TermsId } from './event.ts'

/**
 * A new version of the organisation's terms. Events that had the version before (or none) and are not over move on to
 * it; an event that was given another version stays with that. What buyers accepted stays readable for ever.
 */
export async function publishTerms(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  wanted: { text: string; by: string },
): Promise<Terms & Published> {
  await lockRules(tx, orgId, 'terms')
  const now = deps.clock.now()
  const before = await newestTerms(tx, orgId)
  const terms = {
    id: newId<TermsId>(),
    version: (before?.version ?? 0) + 1,
    text: wanted.text,
    publishedAt: now,
    publishedBy: wanted.by,
  }
  await insertTerms(tx, orgId, terms)
  await moveEventsToTerms(tx, orgId, before?.id ?? null, terms.id, now)
  await announceRules(deps, tx, orgId, now)
  return terms
}
