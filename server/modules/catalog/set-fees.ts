import type { Tx } from '#platform/database'
import { newId, type Id, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { announceEvent, announceRules } from './announce-change.ts'
import { lockRules, markOwnFees, replaceFees } from './rules-store.ts'
import { lockChangeable } from './change-event.ts'
import type { EventId, FeeRule } from './event.ts'

export type NewFee = Omit<FeeRule, 'party'>

/**
 * A party's fees on each paid ticket of the organisation's events in one currency, or with `null` in every currency that
 * has none of its own (shares only), where an event has no fees of its own. Refuses with request.invalid.
 */
export async function setFees(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  scope: { party: FeeRule['party']; currency: string | null },
  rules: readonly NewFee[],
): Promise<void> {
  const fixedAt = scope.currency === null ? rules.findIndex((rule) => rule.fixed > 0) : -1
  if (fixedAt >= 0)
    throw requestProblems.invalid({
      field: `/rules/${fixedAt}/fixed`,
      detail: 'A fixed amount needs a currency.',
    })
  await lockRules(tx, orgId, 'fees')
  await replaceFees(tx, orgId, { ...scope, eventId: null }, rules.map(withId))
  await announceRules(deps, tx, orgId, deps.clock.now())
}

/**
 * A party's fees on this event alone; an empty list means none, and `null` gives it back to the organisation's rules.
 * Refuses with request.not-found and state.not-allowed.
 */
export async function setEventFees(
  deps: Pick<Platform, 'events'>,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  party: FeeRule['party'],
  rules: readonly NewFee[] | null,
): Promise<void> {
  const event = await lockChangeable(tx, orgId, eventId)
  await replaceFees(tx, orgId, { eventId, party, currency: event.currency }, (rules ?? []).map(withId))
  await markOwnFees(tx, orgId, eventId, party, rules !== null)
  await announceEvent(deps, tx, orgId, event)
}

function withId(rule: NewFee): NewFee & { id: string } {
  return { ...rule, id: newId<Id<'fee'>>() }
}
