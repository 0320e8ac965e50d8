import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { announceRules } from './announce-change.ts'
import {
  insertRefundPolicy,
  lockRules,
  moveEventsToRefundPolicy,
  newestRefundPolicy,
  type PolicyRow,
  type Published,
} from './rules-store.ts'
import type { RefundPolicyId } from './event.ts'
import type { NewRefundPolicy } from './event-input.ts'

/**
 * A new version of the organisation's refund policy. Events that had the version before (or none) and are not over move
 * on to it. Orders keep the policy that their buyers saw.
 */
export async function publishRefundPolicy(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  wanted: NewRefundPolicy & { by: string },
): Promise<PolicyRow & Published> {
  await lockRules(tx, orgId, 'refund-policies')
  const now = deps.clock.now()
  const before = await newestRefundPolicy(tx, orgId)
  const policy: PolicyRow & Published = {
    id: newId<RefundPolicyId>(),
    version: (before?.version ?? 0) + 1,
    kind: wanted.kind,
    hoursBeforeStart: wanted.hoursBeforeStart ?? null,
    keepsFees: wanted.keepsFees ?? false,
    text: wanted.text,
    publishedAt: now,
    publishedBy: wanted.by,
  }
  await insertRefundPolicy(tx, orgId, policy)
  await moveEventsToRefundPolicy(tx, orgId, before?.id ?? null, policy.id, now)
  await announceRules(deps, tx, orgId, now)
  return policy
}
