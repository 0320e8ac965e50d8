import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { insertVenue } from './catalog-store.ts'
import type { Venue, VenueId } from './event.ts'
import type { NewVenue } from './event-input.ts'

/** Refuses with request.invalid when only one of latitude and longitude is given. */
export async function createVenue(
  { clock }: Pick<Platform, 'clock'>,
  tx: Tx,
  orgId: OrgId,
  wanted: NewVenue,
): Promise<Venue> {
  const venue: Venue = {
    id: newId<VenueId>(),
    name: wanted.name,
    addressLines: wanted.addressLines ?? [],
    city: wanted.city,
    postalCode: wanted.postalCode ?? null,
    country: wanted.country,
    latitude: wanted.latitude ?? null,
    longitude: wanted.longitude ?? null,
  }
  demandWholePlace(venue)
  await insertVenue(tx, orgId, venue, clock.now())
  return venue
}

export function demandWholePlace(venue: Pick<Venue, 'latitude' | 'longitude'>): void {
  if ((venue.latitude === null) === (venue.longitude === null)) return
  const field = venue.latitude === null ? '/latitude' : '/longitude'
  throw requestProblems.invalid({ field, detail: 'Latitude and longitude belong together.' })
}
