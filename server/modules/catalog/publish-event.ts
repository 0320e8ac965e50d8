import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems, type FieldError, type Problem } from '#platform/problem'
import { can, machineProblems, statesThatCan } from '#platform/state-machine'
import { announceMove } from './announce-change.ts'
import {
  lockEvent,
  markPublished,
  ticketTypesOf,
  type EventRow,
  type TicketTypeRow,
} from './catalog-store.ts'
import { eventMachine, type EventId } from './event.ts'
import { eventPublished } from './events.ts'
import { catalogProblems } from './problems.ts'

/** What a module above knows about an event being ready; a Problem says that it is not. */
export type PublishCheck = (tx: Tx, orgId: OrgId, eventId: EventId) => Promise<Problem | undefined>

/**
 * Shows the event to the public and opens its sale. Everything that is missing is named at once (catalog.not-ready);
 * then each check may refuse with its own Problem. Refuses with request.not-found and state.not-allowed too.
 */
export async function publishEvent(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  checks: readonly PublishCheck[],
): Promise<void> {
  const event = await lockEvent(tx, orgId, id)
  if (!event) throw requestProblems.notFound()
  if (!can(eventMachine, event.state, 'publish'))
    throw machineProblems.notAllowed({ extras: { state: event.state } })
  const now = deps.clock.now()
  const errors = missingFor(event, await ticketTypesOf(tx, orgId, id), now)
  if (errors.length > 0) {
    throw catalogProblems.notReady({ errors, detail: errors.map((one) => one.message).join(' ') })
  }
  for (const check of checks) {
    const problem = await check(tx, orgId, id)
    if (problem) throw problem
  }
  if (!(await markPublished(tx, orgId, id, statesThatCan(eventMachine, 'publish'), now)))
    throw machineProblems.notAllowed()
  await announceMove(deps, tx, orgId, id, eventPublished)
}

function missingFor(event: EventRow, types: readonly TicketTypeRow[], now: Date): FieldError[] {
  const errors: FieldError[] = []
  if (event.startsAt <= now) errors.push({ field: '/startsAt', message: 'The event must lie in the future.' })
  if (event.termsId === null) errors.push({ field: '/termsId', message: 'Publish your terms first.' })
  if (event.refundPolicyId === null)
    errors.push({ field: '/refundPolicyId', message: 'Publish your refund policy first.' })
  if (types.length === 0) errors.push({ field: '/ticketTypes', message: 'Add a ticket type.' })
  return errors
}
