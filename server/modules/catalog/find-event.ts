import { asPlatform, withOrg, type Database } from '#platform/database'
import type { OrgId } from '#platform/ids'
import {
  orgIdOfEvent,
  publicEventIdBySlug,
  publicEventsOfAll,
  upcomingEventIds,
  type PublicAddress,
} from './catalog-store.ts'
import type { EventForSale, EventId } from './event.ts'
import { readEventForSale } from './read-event-for-sale.ts'

/** By its public id, when nobody is signed in; drafts included, undefined when nobody has such an event. */
export async function findEventForSale(db: Database, eventId: EventId): Promise<EventForSale | undefined> {
  const orgId = await asPlatform(db, (tx) => orgIdOfEvent(tx, eventId))
  return orgId === undefined ? undefined : withOrg(db, orgId, (tx) => readEventForSale(tx, orgId, eventId))
}

/** The event behind an organiser's `/{slug}`; undefined for a draft as for what does not exist. */
export async function findPublicEventId(
  db: Database,
  orgId: OrgId,
  slug: string,
): Promise<EventId | undefined> {
  return withOrg(db, orgId, (tx) => publicEventIdBySlug(tx, orgId, slug))
}

/** What an organiser shows: published or cancelled and not over, the next one first. */
export async function listUpcomingEvents(
  db: Database,
  orgId: OrgId,
  now: Date,
  limit: number,
): Promise<EventId[]> {
  return withOrg(db, orgId, (tx) => upcomingEventIds(tx, orgId, now, limit))
}

/** The same over all organisations, for the map of the site and the list of organisers. */
export async function listPublicEvents(db: Database, now: Date, limit: number): Promise<PublicAddress[]> {
  return asPlatform(db, (tx) => publicEventsOfAll(tx, now, limit))
}
