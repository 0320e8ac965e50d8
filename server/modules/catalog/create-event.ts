import { readOrganisation } from '#modules/identity'
import { brokenConstraint, type Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems, type FieldError } from '#platform/problem'
import {
  insertEvent,
  insertEventDirectory,
  slugsTaken,
  venueById,
  type NewEventRow,
} from './catalog-store.ts'
import { newestRefundPolicy, newestTerms } from './rules-store.ts'
import type { EventId, VenueId } from './event.ts'
import type { NewEvent } from './event-input.ts'
import { catalogProblems } from './problems.ts'

/**
 * Makes a draft with the organisation's newest terms and refund policy. Without a slug one is made of the name, without
 * a currency it is the organisation's. Refuses with request.invalid and catalog.slug-taken.
 */
export async function createEvent(
  { clock }: Pick<Platform, 'clock'>,
  tx: Tx,
  orgId: OrgId,
  wanted: NewEvent,
): Promise<EventId> {
  const organisation = await readOrganisation(tx, orgId)
  const event: NewEventRow = {
    id: newId<EventId>(),
    slug: wanted.slug ?? (await findSlug(tx, orgId, wanted.name, wanted.startsAt)),
    name: wanted.name,
    summary: wanted.summary ?? '',
    description: wanted.description ?? '',
    imageUrl: wanted.imageUrl ?? null,
    venueId: wanted.venueId ?? null,
    timeZone: wanted.timeZone,
    doorsAt: wanted.doorsAt ?? null,
    startsAt: wanted.startsAt,
    endsAt: wanted.endsAt,
    currency: wanted.currency ?? organisation.currency,
    termsId: (await newestTerms(tx, orgId))?.id ?? null,
    refundPolicyId: (await newestRefundPolicy(tx, orgId))?.id ?? null,
  }
  demandTimesInOrder(event)
  await demandVenue(tx, orgId, event.venueId)
  await insertEvent(tx, orgId, event, clock.now()).catch(refuseTakenSlug)
  await insertEventDirectory(tx, orgId, event.id)
  return event.id
}

/** Doors open no later than the start, and the start is before the end. Refuses with request.invalid. */
export function demandTimesInOrder(event: Pick<NewEventRow, 'doorsAt' | 'startsAt' | 'endsAt'>): void {
  const errors: FieldError[] = []
  if (event.doorsAt !== null && event.doorsAt > event.startsAt)
    errors.push({ field: '/doorsAt', message: 'must not be after the start' })
  if (event.endsAt <= event.startsAt) errors.push({ field: '/endsAt', message: 'must be after the start' })
  if (errors.length > 0)
    throw requestProblems.invalid({ errors, detail: 'The times of the event are not in order.' })
}

export async function demandVenue(tx: Tx, orgId: OrgId, id: VenueId | null): Promise<void> {
  if (id !== null && !(await venueById(tx, orgId, id)))
    throw requestProblems.invalid({ field: '/venueId', detail: 'There is no such venue.' })
}

export function refuseTakenSlug(error: unknown): never {
  if (brokenConstraint(error) === 'event_org_id_slug_key') throw catalogProblems.slugTaken({ field: '/slug' })
  throw error
}

async function findSlug(tx: Tx, orgId: OrgId, name: string, startsAt: Date): Promise<string> {
  const plain = slugOf(name)
  const dated = `${plain}-${startsAt.toISOString().slice(0, 10)}`
  const candidates = [plain, dated, ...Array.from({ length: 8 }, (_, index) => `${dated}-${index + 2}`)]
  const taken = new Set(await slugsTaken(tx, orgId, candidates))
  const free = candidates.find((candidate) => !taken.has(candidate))
  if (free === undefined) throw catalogProblems.slugTaken({ field: '/slug' })
  return free
}

/** "Die Zauberflöte!" is `die-zauberflote`; a name without any Latin letter is `event`. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, '')
  return plain === '' || plain === 'checkout' ? 'event' : plain
}
