import { errorCode, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { announceEvent } from './announce-change.ts'
import { deleteTicketType, ticketTypesOf } from './catalog-store.ts'
import { lockChangeable } from './change-event.ts'
import type { EventId, TicketTypeId } from './event.ts'
import { catalogProblems } from './problems.ts'

const foreignKeyViolation = '23503'

/**
 * Only from a draft, and only while no pool or order refers to it; of a published event the sale of a type can be ended
 * instead. Refuses with request.not-found, catalog.frozen, catalog.in-use and state.not-allowed.
 */
export async function removeTicketType(
  deps: Pick<Platform, 'events'>,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  id: TicketTypeId,
): Promise<void> {
  const event = await lockChangeable(tx, orgId, eventId)
  const types = await ticketTypesOf(tx, orgId, eventId)
  if (!types.some((type) => type.id === id)) throw requestProblems.notFound()
  if (event.state !== 'draft')
    throw catalogProblems.frozen({ detail: 'End its sale instead: set `saleEndsAt`.' })
  await deleteTicketType(tx, orgId, id).catch((error: unknown) => {
    throw errorCode(error) === foreignKeyViolation ? catalogProblems.inUse() : error
  })
  await announceEvent(deps, tx, orgId, event)
}
