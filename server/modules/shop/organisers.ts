import { findPublicEventId, listPublicEvents, listUpcomingEvents, type EventId } from '#modules/catalog'
import { findOrganisationBySlug, platformOrgId, readOrganisation, type Organisation } from '#modules/identity'
import type { Clock } from '#platform/clock'
import { asPlatform, type Database } from '#platform/database'
import { publicId, type OrgId } from '#platform/ids'
import type { OrganiserList, OrganiserPage } from './answers.ts'
import { bestBand } from './availability.ts'
import type { EventCache } from './event-cache.ts'
import { lowestPrice } from './event-page.ts'
import { print, type LiveEvent, type LiveEvents, type Printed } from './live-events.ts'
import { createMemory } from './memory.ts'

export interface Organisers {
  /** The event at `/{organiserSlug}/{eventSlug}`; undefined for a draft as for what does not exist. */
  eventIdAt(organiserSlug: string, eventSlug: string): Promise<EventId | undefined>
  eventIdAtHand(organiserSlug: string, eventSlug: string): EventId | undefined
  page(slug: string): Promise<Printed<OrganiserPage> | undefined>
  list(): Promise<Printed<OrganiserList>>
}

export interface OrganisersDeps {
  db: Database
  clock: Clock
  cache: EventCache
  events: LiveEvents
  testMode: boolean
}

/** Organisers with something to show, and events on one page, at most. */
const mostOrganisers = 200
const mostEvents = 100
/** Connections that one page may use at once. */
const atOnce = 4

/** Organisers' pages and the way from slugs to events, in memory for a few seconds. */
export function createOrganisers(deps: OrganisersDeps): Organisers {
  const { db, clock, cache } = deps
  const now = () => clock.now().getTime()
  const organisations = createMemory<string, Organisation>({
    async read(slug) {
      const found = await findOrganisationBySlug(db, slug)
      // The platform keeps books like an organisation and sells nothing.
      return found?.id === platformOrgId ? undefined : found
    },
    now,
    keepFor: 5_000,
    keepNothingFor: 1_000,
    most: 10_000,
  })
  const addresses = createMemory<string, EventId>({
    async read(address) {
      const [organiserSlug = '', eventSlug = ''] = address.split('/')
      const organisation = await organisations.read(organiserSlug)
      return organisation && findPublicEventId(db, organisation.id, eventSlug)
    },
    now,
    keepFor: 5_000,
    keepNothingFor: 1_000,
    most: 20_000,
  })
  const pages = createMemory<string, Printed<OrganiserPage>>({
    async read(slug) {
      const organisation = await organisations.read(slug)
      return organisation && print(await pageOf(deps, organisation))
    },
    now,
    keepFor: 1_000,
    keepNothingFor: 1_000,
    most: 1_000,
  })
  const lists = createMemory<'all', Printed<OrganiserList>>({
    read: async () => print(await listOf(deps)),
    now,
    keepFor: 5_000,
    keepNothingFor: 5_000,
    most: 1,
  })
  cache.onForget(() => {
    for (const memory of [organisations, addresses, pages, lists]) memory.forget()
  })
  return {
    eventIdAt: (organiserSlug, eventSlug) => addresses.read(`${organiserSlug}/${eventSlug}`),
    eventIdAtHand: (organiserSlug, eventSlug) => addresses.atHand(`${organiserSlug}/${eventSlug}`),
    page: (slug) => pages.read(slug),
    list: async () => (await lists.read('all')) ?? print({ items: [] }),
  }
}

async function pageOf(
  { db, clock, events, testMode }: OrganisersDeps,
  organisation: Organisation,
): Promise<OrganiserPage> {
  const ids = await listUpcomingEvents(db, organisation.id, clock.now(), mostEvents)
  const shown: OrganiserPage['events'] = []
  for (let start = 0; start < ids.length; start += atOnce) {
    const some = await Promise.all(ids.slice(start, start + atOnce).map((id) => events.read(id)))
    for (const one of some) if (one) shown.push(shapeEvent(one))
  }
  return {
    ...summaryOf(organisation),
    websiteUrl: organisation.websiteUrl,
    locale: organisation.locale,
    testMode,
    events: shown,
  }
}

function shapeEvent({ event, types, page }: LiveEvent): OrganiserPage['events'][number] {
  const { id, slug, name, summary, imageUrl, startsAt, endsAt, doorsAt, timeZone, state } = page.content
  return {
    id,
    slug,
    name,
    summary,
    imageUrl,
    startsAt,
    endsAt,
    doorsAt,
    timeZone,
    state,
    venue: event.venue && { name: event.venue.name, city: event.venue.city, country: event.venue.country },
    priceFrom: lowestPrice(event, types, (amount) => ({ amount, currency: event.currency })),
    availability: { band: bestBand(types) },
  }
}

async function listOf({ db, clock }: OrganisersDeps): Promise<OrganiserList> {
  const events = await listPublicEvents(db, clock.now(), 5_000)
  const ids = [...new Set(events.map((event) => event.orgId))].slice(0, mostOrganisers)
  const organisations = await organisationsOf(db, ids)
  const byName = organisations.toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
  return { items: byName.map(summaryOf) }
}

/** Several at once, which only the platform itself may read. */
export async function organisationsOf(db: Database, ids: readonly OrgId[]): Promise<Organisation[]> {
  return asPlatform(db, async (tx) => {
    const found: Organisation[] = []
    for (const id of ids) found.push(await readOrganisation(tx, id))
    return found
  })
}

function summaryOf({ id, slug, name, about, accentColor }: Organisation): OrganiserList['items'][number] {
  return { id: publicId('org', id), slug, name, about, accentColor }
}
