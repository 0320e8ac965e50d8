import { actAs, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { can, machineProblems, statesThatCan } from '#platform/state-machine'
import { announceMove } from './announce-change.ts'
import { lockEvent, markCancelled } from './catalog-store.ts'
import { eventMachine, type EventId } from './event.ts'
import { eventCancelled } from './events.ts'

/**
 * The event will not take place: its sale ends at once, its page says so, and `eventCancelled` lets others give money
 * back. Refuses with request.not-found and state.not-allowed.
 */
export async function cancelEvent(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  by: { actor: string; reason?: string | undefined },
): Promise<void> {
  const event = await lockEvent(tx, orgId, id)
  if (!event) throw requestProblems.notFound()
  if (!can(eventMachine, event.state, 'cancel'))
    throw machineProblems.notAllowed({ extras: { state: event.state } })
  await actAs(tx, by.actor, by.reason)
  const moved = await markCancelled(tx, orgId, id, statesThatCan(eventMachine, 'cancel'), deps.clock.now())
  if (!moved) throw machineProblems.notAllowed()
  await announceMove(deps, tx, orgId, id, eventCancelled)
}
