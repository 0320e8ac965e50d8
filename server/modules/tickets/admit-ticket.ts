import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { admitOneMore, markVoid, readTicket } from './ticket-store.ts'
import type { EventId, Ticket, TicketId } from './ticket.ts'

export interface AdmissionClaim {
  ticketId: TicketId
  eventId: EventId
  generation: number
}

/**
 * Lets one more person in on this ticket, if it is valid, of this event and generation, and not used up. The guarded
 * update is the claim: of any number of doors that ask at once for the last admission, one gets the ticket back and the
 * others undefined; `findTicketForScan` then says why.
 */
export async function admitTicket(tx: Tx, orgId: OrgId, claim: AdmissionClaim): Promise<Ticket | undefined> {
  return admitOneMore(tx, orgId, claim)
}

export async function findTicketForScan(
  tx: Tx,
  orgId: OrgId,
  ticketId: TicketId,
): Promise<Ticket | undefined> {
  return readTicket(tx, orgId, ticketId)
}

/** From the commit of this transaction on, no door admits these. Gives back those that this call voided. */
export async function voidTickets(tx: Tx, orgId: OrgId, ticketIds: readonly TicketId[]): Promise<TicketId[]> {
  return markVoid(tx, orgId, ticketIds)
}
