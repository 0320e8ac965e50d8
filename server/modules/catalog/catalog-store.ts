import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type {
  EventId,
  EventState,
  RefundPolicyId,
  TermsId,
  TicketType,
  TicketTypeId,
  Venue,
  VenueId,
} from './event.ts'

// ── Venues ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const venueColumns = sql`id, name, address_lines, city, postal_code, country, latitude, longitude`

export async function insertVenue(tx: Tx, orgId: OrgId, venue: Venue, now: Date): Promise<void> {
  await sql`
    insert into catalog.venue (org_id, id, name, address_lines, city, postal_code, country, latitude, longitude, created_at)
    values (${orgId}, ${venue.id}, ${venue.name}, ${venue.addressLines}::text[], ${venue.city}, ${venue.postalCode}, ${venue.country},
            ${venue.latitude}, ${venue.longitude}, ${now})`.execute(tx)
}

export async function updateVenue(tx: Tx, orgId: OrgId, venue: Venue): Promise<void> {
  await sql`
    update catalog.venue set name = ${venue.name}, address_lines = ${venue.addressLines}::text[], city = ${venue.city},
      postal_code = ${venue.postalCode}, country = ${venue.country}, latitude = ${venue.latitude}, longitude = ${venue.longitude}
    where org_id = ${orgId} and id = ${venue.id}`.execute(tx)
}

export async function venueById(tx: Tx, orgId: OrgId, id: VenueId): Promise<Venue | undefined> {
  const { rows } = await sql<Venue>`
    select ${venueColumns} from catalog.venue where org_id = ${orgId} and id = ${id}`.execute(tx)
  return rows[0]
}

export async function lockVenue(tx: Tx, orgId: OrgId, id: VenueId): Promise<Venue | undefined> {
  const { rows } = await sql<Venue>`
    select ${venueColumns} from catalog.venue where org_id = ${orgId} and id = ${id} for no key update`.execute(
    tx,
  )
  return rows[0]
}

export async function venuesOf(
  tx: Tx,
  orgId: OrgId,
  after: VenueId | undefined,
  limit: number,
): Promise<Venue[]> {
  const { rows } = await sql<Venue>`
    select ${venueColumns} from catalog.venue
    where org_id = ${orgId} and (${after ?? null}::uuid is null or id < ${after ?? null}::uuid)
    order by id desc limit ${limit}`.execute(tx)
  return rows
}

// ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The event's own row. */
export interface EventRow {
  id: EventId
  slug: string
  name: string
  summary: string
  description: string
  imageUrl: string | null
  venueId: VenueId | null
  timeZone: string
  doorsAt: Date | null
  startsAt: Date
  endsAt: Date
  currency: string
  termsId: TermsId | null
  refundPolicyId: RefundPolicyId | null
  ownPlatformFees: boolean
  ownOrganiserFees: boolean
  state: EventState
  publishedAt: Date | null
  cancelledAt: Date | null
}

export type NewEventRow = Omit<
  EventRow,
  'state' | 'publishedAt' | 'cancelledAt' | 'ownPlatformFees' | 'ownOrganiserFees'
>

const eventColumns = sql`id, slug, name, summary, description, image_url, venue_id, time_zone, doors_at, starts_at, ends_at, currency,
  terms_id, refund_policy_id, own_platform_fees, own_organiser_fees, state, published_at, cancelled_at`

export async function insertEvent(tx: Tx, orgId: OrgId, event: NewEventRow, now: Date): Promise<void> {
  await sql`
    insert into catalog.event (org_id, id, slug, name, summary, description, image_url, venue_id, time_zone, doors_at, starts_at,
      ends_at, currency, terms_id, refund_policy_id, created_at, updated_at)
    values (${orgId}, ${event.id}, ${event.slug}, ${event.name}, ${event.summary}, ${event.description}, ${event.imageUrl},
      ${event.venueId}, ${event.timeZone}, ${event.doorsAt}, ${event.startsAt}, ${event.endsAt}, ${event.currency},
      ${event.termsId}, ${event.refundPolicyId}, ${now}, ${now})`.execute(tx)
}

/** Which of these short names the organisation's events have already. */
export async function slugsTaken(tx: Tx, orgId: OrgId, slugs: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ slug: string }>`
    select slug from catalog.event where org_id = ${orgId} and slug = any(${slugs}::text[])`.execute(tx)
  return rows.map((row) => row.slug)
}

/** Where a public event id leads when nobody is signed in. */
export async function insertEventDirectory(tx: Tx, orgId: OrgId, id: EventId): Promise<void> {
  await sql`insert into platform.directory (kind, key, org_id, target) values ('event', ${id}, ${orgId}, ${id})`.execute(
    tx,
  )
}

export async function orgIdOfEvent(tx: Tx, id: EventId): Promise<OrgId | undefined> {
  const { rows } = await sql<{ orgId: OrgId }>`
    select org_id from platform.directory where kind = 'event' and key = ${id}`.execute(tx)
  return rows[0]?.orgId
}

export async function updateEvent(tx: Tx, orgId: OrgId, event: NewEventRow, now: Date): Promise<void> {
  await sql`
    update catalog.event set slug = ${event.slug}, name = ${event.name}, summary = ${event.summary},
      description = ${event.description}, image_url = ${event.imageUrl}, venue_id = ${event.venueId}, time_zone = ${event.timeZone},
      doors_at = ${event.doorsAt}, starts_at = ${event.startsAt}, ends_at = ${event.endsAt}, currency = ${event.currency},
      terms_id = ${event.termsId}, refund_policy_id = ${event.refundPolicyId}, updated_at = ${now}
    where org_id = ${orgId} and id = ${event.id}`.execute(tx)
}

export async function eventById(tx: Tx, orgId: OrgId, id: EventId): Promise<EventRow | undefined> {
  const { rows } = await sql<EventRow>`
    select ${eventColumns} from catalog.event where org_id = ${orgId} and id = ${id}`.execute(tx)
  return rows[0]
}

/** Only how it stands, for whoever is about to sell it. */
export async function stateOfEvent(tx: Tx, orgId: OrgId, id: EventId): Promise<EventState | undefined> {
  const { rows } = await sql<{ state: EventState }>`
    select state from catalog.event where org_id = ${orgId} and id = ${id}`.execute(tx)
  return rows[0]?.state
}

/** Whoever changes an event, or what belongs to it, waits here for the one before. */
export async function lockEvent(tx: Tx, orgId: OrgId, id: EventId): Promise<EventRow | undefined> {
  const { rows } = await sql<EventRow>`
    select ${eventColumns} from catalog.event where org_id = ${orgId} and id = ${id} for no key update`.execute(
    tx,
  )
  return rows[0]
}

/** The guarded update is the claim: false when the event was not in a state from which it can be published. */
export async function markPublished(
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  from: readonly string[],
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update catalog.event set state = 'published', published_at = ${now}, updated_at = ${now}
    where org_id = ${orgId} and id = ${id} and state = any(${from}::text[]) returning id`.execute(tx)
  return rows.length === 1
}

export async function markCancelled(
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  from: readonly string[],
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update catalog.event set state = 'cancelled', cancelled_at = ${now}, updated_at = ${now}
    where org_id = ${orgId} and id = ${id} and state = any(${from}::text[]) returning id`.execute(tx)
  return rows.length === 1
}

export interface EventListing extends EventRow {
  venueName: string | null
  venueCity: string | null
}

/** The organisation's events, the latest start first. */
export async function eventsOf(
  tx: Tx,
  orgId: OrgId,
  page: { after: { startsAt: Date; id: EventId } | undefined; state: EventState | undefined; limit: number },
): Promise<EventListing[]> {
  const { after, state, limit } = page
  const { rows } = await sql<EventListing>`
    select e.*, v.name as venue_name, v.city as venue_city
    from catalog.event e left join catalog.venue v on v.org_id = e.org_id and v.id = e.venue_id
    where e.org_id = ${orgId} and (${state ?? null}::text is null or e.state = ${state ?? null}::text)
      and (${after?.id ?? null}::uuid is null or (e.starts_at, e.id) < (${after?.startsAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by e.starts_at desc, e.id desc limit ${limit}`.execute(tx)
  return rows
}

/** What the public may see and is not over, the next one first. */
export async function upcomingEventIds(tx: Tx, orgId: OrgId, now: Date, limit: number): Promise<EventId[]> {
  const { rows } = await sql<{ id: EventId }>`
    select id from catalog.event where org_id = ${orgId} and state <> 'draft' and ends_at > ${now}
    order by starts_at, id limit ${limit}`.execute(tx)
  return rows.map((row) => row.id)
}

export async function publicEventIdBySlug(tx: Tx, orgId: OrgId, slug: string): Promise<EventId | undefined> {
  const { rows } = await sql<{ id: EventId }>`
    select id from catalog.event where org_id = ${orgId} and slug = ${slug} and state <> 'draft'`.execute(tx)
  return rows[0]?.id
}

export interface PublicAddress {
  orgId: OrgId
  id: EventId
  slug: string
  updatedAt: Date
}

/** Asked as the platform, for the map of the site: crosses tenants. */
export async function publicEventsOfAll(tx: Tx, now: Date, limit: number): Promise<PublicAddress[]> {
  const { rows } = await sql<PublicAddress>`
    select org_id, id, slug, updated_at from catalog.event
    where state <> 'draft' and ends_at > ${now} order by starts_at, id limit ${limit}`.execute(tx)
  return rows
}

// ── Ticket types ────────────────────────────────────────────────────────────────────────────────────────────────────

export type TicketTypeRow = Omit<TicketType, 'closesAt'>

const ticketTypeColumns = sql`id, name, description, kind, price as face_price, sale_starts_at, sale_ends_at, min_per_order,
  max_per_order, admits, position`

export async function insertTicketType(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  type: TicketTypeRow,
  now: Date,
): Promise<void> {
  await sql`
    insert into catalog.ticket_type (org_id, id, event_id, name, description, kind, price, sale_starts_at, sale_ends_at,
      min_per_order, max_per_order, admits, position, created_at)
    values (${orgId}, ${type.id}, ${eventId}, ${type.name}, ${type.description}, ${type.kind}, ${type.facePrice}, ${type.saleStartsAt},
      ${type.saleEndsAt}, ${type.minPerOrder}, ${type.maxPerOrder}, ${type.admits}, ${type.position}, ${now})`.execute(
    tx,
  )
}

export async function updateTicketType(tx: Tx, orgId: OrgId, type: TicketTypeRow): Promise<void> {
  await sql`
    update catalog.ticket_type set name = ${type.name}, description = ${type.description}, kind = ${type.kind},
      price = ${type.facePrice}, sale_starts_at = ${type.saleStartsAt}, sale_ends_at = ${type.saleEndsAt},
      min_per_order = ${type.minPerOrder}, max_per_order = ${type.maxPerOrder}, admits = ${type.admits}, position = ${type.position}
    where org_id = ${orgId} and id = ${type.id}`.execute(tx)
}

export async function deleteTicketType(tx: Tx, orgId: OrgId, id: TicketTypeId): Promise<void> {
  await sql`delete from catalog.ticket_type where org_id = ${orgId} and id = ${id}`.execute(tx)
}

export async function ticketTypesOf(tx: Tx, orgId: OrgId, eventId: EventId): Promise<TicketTypeRow[]> {
  const { rows } = await sql<TicketTypeRow>`
    select ${ticketTypeColumns} from catalog.ticket_type where org_id = ${orgId} and event_id = ${eventId}
    order by position, id`.execute(tx)
  return rows
}
