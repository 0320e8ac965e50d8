import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems, type FieldError } from '#platform/problem'
import { machineProblems } from '#platform/state-machine'
import { announceEvent } from './announce-change.ts'
import { lockEvent, updateEvent, type EventRow } from './catalog-store.ts'
import { refundPolicyById, termsById } from './rules-store.ts'
import { demandTimesInOrder, demandVenue, refuseTakenSlug } from './create-event.ts'
import type { EventId } from './event.ts'
import type { EventChange } from './event-input.ts'
import { catalogProblems } from './problems.ts'

/**
 * Changes what is given; the rest stays. A published event keeps its slug (links lead there) and its currency (orders
 * are in it), and a cancelled one stays as it is. Refuses with request.not-found, request.invalid, catalog.frozen,
 * catalog.slug-taken and state.not-allowed.
 */
export async function changeEvent(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  change: EventChange,
): Promise<void> {
  const before = await lockChangeable(tx, orgId, id)
  const event = withChange(before, change)
  if (before.state !== 'draft') refuseFrozen(before, event)
  else if (event.currency !== before.currency) refuseForeignFees(before)
  demandTimesInOrder(event)
  if (event.venueId !== before.venueId) await demandVenue(tx, orgId, event.venueId)
  await demandRules(tx, orgId, event)
  await updateEvent(tx, orgId, event, deps.clock.now()).catch(refuseTakenSlug)
  await announceEvent(deps, tx, orgId, event)
}

/** The event's row, locked, unless it is not there or was cancelled. */
export async function lockChangeable(tx: Tx, orgId: OrgId, id: EventId): Promise<EventRow> {
  const event = await lockEvent(tx, orgId, id)
  if (!event) throw requestProblems.notFound()
  if (event.state === 'cancelled') throw machineProblems.notAllowed({ detail: 'The event was cancelled.' })
  return event
}

/** The record with those fields replaced that the change names. */
export function withChange<T extends object>(before: T, change: { [K in keyof T]?: T[K] | undefined }): T {
  const named = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...before, ...(Object.fromEntries(named) as Partial<T>) }
}

function refuseFrozen(before: EventRow, after: EventRow): void {
  const errors: FieldError[] = []
  if (after.slug !== before.slug)
    errors.push({ field: '/slug', message: 'links lead to it since the event was published' })
  if (after.currency !== before.currency)
    errors.push({ field: '/currency', message: 'prices and orders are in it since the event was published' })
  if (errors.length > 0) throw catalogProblems.frozen({ errors })
}

/** The event's own fees are amounts in its currency, and the platform's are not the organiser's to drop. */
function refuseForeignFees(event: EventRow): void {
  if (!event.ownPlatformFees && !event.ownOrganiserFees) return
  throw catalogProblems.frozen({
    field: '/currency',
    detail: `The event has fees of its own in ${event.currency}; remove those first.`,
  })
}

async function demandRules(tx: Tx, orgId: OrgId, event: EventRow): Promise<void> {
  if (event.termsId !== null && !(await termsById(tx, orgId, event.termsId))) {
    throw requestProblems.invalid({ field: '/termsId', detail: 'There are no such terms.' })
  }
  if (event.refundPolicyId !== null && !(await refundPolicyById(tx, orgId, event.refundPolicyId))) {
    throw requestProblems.invalid({ field: '/refundPolicyId', detail: 'There is no such refund policy.' })
  }
}
