import type { Tx } from '#platform/database'
import type { EventKind } from '#platform/events'
import type { OrgId } from '#platform/ids'
import { publish } from '#platform/messages'
import type { Platform } from '#platform/platform'
import { upcomingEventIds } from './catalog-store.ts'
import type { EventId, EventState } from './event.ts'
import { eventChanged } from './events.ts'

/** The channel on which processes tell each other to forget what they keep of an event. */
export const catalogChangedChannel = 'catalog-changed'

/** What to forget: one event, or all of an organisation. */
export interface CatalogChange {
  orgId: OrgId
  eventId: EventId | null
}

export function readCatalogChange(payload: string): CatalogChange {
  const [orgId, eventId] = payload.split('/')
  return {
    orgId: orgId as OrgId,
    eventId: eventId === '' || eventId === undefined ? null : (eventId as EventId),
  }
}

export type Announcing = Pick<Platform, 'events'>

/** An event changed: the fact is written down if the public can see it, and every process forgets it on commit. */
export async function announceEvent(
  { events }: Announcing,
  tx: Tx,
  orgId: OrgId,
  event: { id: EventId; state: EventState },
): Promise<void> {
  if (event.state !== 'draft') await events.emit(tx, orgId, eventChanged, [{ eventId: event.id }])
  await publish(tx, catalogChangedChannel, `${orgId}/${event.id}`)
}

export async function announceMove(
  { events }: Announcing,
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  fact: EventKind<{ eventId: string }>,
): Promise<void> {
  await events.emit(tx, orgId, fact, [{ eventId: id }])
  await publish(tx, catalogChangedChannel, `${orgId}/${id}`)
}

// More events than this at once are not listed one by one in facts; the message still reaches all of them.
const mostFacts = 1000

/** A rule of the whole organisation changed (fees, taxes, terms), and with it every event that is not over. */
export async function announceRules({ events }: Announcing, tx: Tx, orgId: OrgId, now: Date): Promise<void> {
  const ids = await upcomingEventIds(tx, orgId, now, mostFacts)
  await events.emit(
    tx,
    orgId,
    eventChanged,
    ids.map((eventId) => ({ eventId })),
  )
  await publish(tx, catalogChangedChannel, `${orgId}/`)
}

/** For `within(organisationChanged, ...)`: pages show the organiser's name and colours. */
export async function forgetOrganisation(_deps: unknown, tx: Tx, orgId: OrgId): Promise<void> {
  await publish(tx, catalogChangedChannel, `${orgId}/`)
}
