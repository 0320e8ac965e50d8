import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems, type FieldError } from '#platform/problem'
import { announceEvent } from './announce-change.ts'
import { ticketTypesOf, updateTicketType, type EventRow, type TicketTypeRow } from './catalog-store.ts'
import { lockChangeable, withChange } from './change-event.ts'
import { demandSoundType } from './create-ticket-type.ts'
import type { EventId, TicketTypeId } from './event.ts'
import type { TicketTypeChange } from './event-input.ts'
import { catalogProblems } from './problems.ts'

/**
 * Changes what is given. A new price counts for orders from now on; those that were placed keep theirs. What a ticket
 * is (its kind, how many it admits) stays once the event is published. Refuses with request.not-found, request.invalid,
 * catalog.frozen and state.not-allowed.
 */
export async function changeTicketType(
  deps: Pick<Platform, 'events'>,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  id: TicketTypeId,
  change: TicketTypeChange,
): Promise<TicketTypeRow> {
  const event = await lockChangeable(tx, orgId, eventId)
  const before = (await ticketTypesOf(tx, orgId, eventId)).find((one) => one.id === id)
  if (!before) throw requestProblems.notFound()
  const { price, ...rest } = change
  const type = withChange(before, { ...rest, facePrice: price })
  refuseFrozen(event, before, type)
  demandSoundType(type, event.endsAt)
  await updateTicketType(tx, orgId, type)
  await announceEvent(deps, tx, orgId, event)
  return type
}

function refuseFrozen(event: EventRow, before: TicketTypeRow, after: TicketTypeRow): void {
  if (event.state === 'draft') return
  const errors: FieldError[] = []
  if (after.kind !== before.kind)
    errors.push({ field: '/kind', message: 'tickets of this kind may have been sold' })
  if (after.admits !== before.admits)
    errors.push({ field: '/admits', message: 'tickets that admit this many may have been sold' })
  if (errors.length > 0) throw catalogProblems.frozen({ errors })
}
