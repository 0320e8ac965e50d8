import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems, type FieldError } from '#platform/problem'
import { announceEvent } from './announce-change.ts'
import { insertTicketType, ticketTypesOf, type TicketTypeRow } from './catalog-store.ts'
import { lockChangeable } from './change-event.ts'
import type { EventId, TicketTypeId } from './event.ts'
import type { NewTicketType } from './event-input.ts'
import { catalogProblems } from './problems.ts'

/** More kinds of ticket than this would be a list that nobody reads. */
const mostTypes = 100

/**
 * Adds something that can be bought, at the end unless a position is given. It has no places until a pool gives it some.
 * Refuses with request.not-found, request.invalid, catalog.too-many and state.not-allowed.
 */
export async function createTicketType(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  wanted: NewTicketType,
): Promise<TicketTypeRow> {
  const event = await lockChangeable(tx, orgId, eventId)
  const others = await ticketTypesOf(tx, orgId, eventId)
  if (others.length >= mostTypes)
    throw catalogProblems.tooMany({ detail: `An event can have ${mostTypes} ticket types.` })
  const type: TicketTypeRow = {
    id: newId<TicketTypeId>(),
    name: wanted.name,
    description: wanted.description ?? '',
    kind: wanted.kind,
    facePrice: wanted.price,
    saleStartsAt: wanted.saleStartsAt ?? null,
    saleEndsAt: wanted.saleEndsAt ?? null,
    minPerOrder: wanted.minPerOrder ?? 1,
    maxPerOrder: wanted.maxPerOrder ?? 10,
    admits: wanted.admits ?? 1,
    position: wanted.position ?? Math.min(10_000, Math.max(0, ...others.map((one) => one.position + 1))),
  }
  demandSoundType(type, event.endsAt)
  await insertTicketType(tx, orgId, eventId, type, deps.clock.now())
  await announceEvent(deps, tx, orgId, event)
  return type
}

/** What free means, a window that opens before it closes and before the event is over, limits in order. */
export function demandSoundType(type: TicketTypeRow, eventEndsAt: Date): void {
  const errors: FieldError[] = []
  if (type.kind === 'free' && type.facePrice !== 0)
    errors.push({ field: '/price', message: 'must be 0 for a free ticket' })
  if (type.kind === 'paid' && type.facePrice === 0)
    errors.push({ field: '/price', message: 'must be above 0 for a paid ticket' })
  if (type.saleStartsAt !== null && type.saleEndsAt !== null && type.saleEndsAt <= type.saleStartsAt) {
    errors.push({ field: '/saleEndsAt', message: 'must be after the start of the sale' })
  }
  if (type.saleStartsAt !== null && type.saleStartsAt >= eventEndsAt) {
    errors.push({ field: '/saleStartsAt', message: 'must be before the end of the event' })
  }
  if (type.maxPerOrder < type.minPerOrder)
    errors.push({ field: '/maxPerOrder', message: 'must not be below the least per order' })
  if (errors.length > 0)
    throw requestProblems.invalid({
      errors,
      detail: errors.map((one) => `${one.field}: ${one.message}`).join('; '),
    })
}
