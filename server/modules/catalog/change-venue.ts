import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { announceRules } from './announce-change.ts'
import { lockVenue, updateVenue } from './catalog-store.ts'
import { demandWholePlace } from './create-venue.ts'
import type { Venue, VenueId } from './event.ts'
import type { VenueChange } from './event-input.ts'
import { withChange } from './change-event.ts'

/** Changes what is given. Refuses with request.not-found and request.invalid. */
export async function changeVenue(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  id: VenueId,
  change: VenueChange,
): Promise<Venue> {
  const before = await lockVenue(tx, orgId, id)
  if (!before) throw requestProblems.notFound()
  const venue = withChange(before, change)
  demandWholePlace(venue)
  await updateVenue(tx, orgId, venue)
  await announceRules(deps, tx, orgId, deps.clock.now())
  return venue
}
