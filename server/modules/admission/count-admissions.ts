import { tallyByType, type EventId, type TypeTally } from '#modules/tickets'
import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { AdmissionDeps } from './door.ts'
import { admissionProblems } from './problems.ts'
import { tallyByGate, type GateTally } from './scan-store.ts'

export interface AdmissionCounts {
  admitted: number
  expected: number
  byTicketType: TypeTally[]
  byGate: GateTally[]
}

/** How many are in and how many are expected, exact at this moment. Refuses with admission.event-not-found. */
export async function countAdmissions(
  deps: AdmissionDeps,
  orgId: OrgId,
  eventId: EventId,
): Promise<AdmissionCounts> {
  return withOrg(deps.db, orgId, async (tx) => {
    if (!(await deps.readEvent(tx, orgId, eventId))) throw admissionProblems.eventNotFound()
    const byTicketType = await tallyByType(tx, orgId, eventId)
    return {
      admitted: byTicketType.reduce((sum, type) => sum + type.admitted, 0),
      expected: byTicketType.reduce((sum, type) => sum + type.expected, 0),
      byTicketType,
      byGate: await tallyByGate(tx, orgId, eventId),
    }
  })
}
