import type { PoolClient } from 'pg'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { admitOneMoreRaw, markVoid, readTicketsRaw } from './ticket-store.ts'
import type { EventId, Ticket, TicketId } from './ticket.ts'

/** What a code claims: this ticket, in this generation. */
export interface AdmissionClaim {
  ticketId: TicketId
  generation: number
}

/**
 * Lets one more person in on each of these tickets that is valid, of this event and generation, and not used up. The
 * guarded update is the claim: of any number of doors that ask at once for the last admission, one gets the ticket back;
 * `findTicketsForScan` tells the others why. A ticket may be named once. `client` is inside a tenant's transaction.
 */
export async function admitTickets(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  claims: readonly AdmissionClaim[],
): Promise<Map<TicketId, Ticket>> {
  const admitted = await admitOneMoreRaw(client, orgId, eventId, claims)
  return new Map(admitted.map((ticket) => [ticket.id, ticket]))
}

export async function findTicketsForScan(
  client: PoolClient,
  orgId: OrgId,
  ticketIds: readonly TicketId[],
): Promise<Map<TicketId, Ticket>> {
  return new Map((await readTicketsRaw(client, orgId, ticketIds)).map((ticket) => [ticket.id, ticket]))
}

/** From the commit of this transaction on, no door admits these. Gives back those that this call voided. */
export async function voidTickets(tx: Tx, orgId: OrgId, ticketIds: readonly TicketId[]): Promise<TicketId[]> {
  return markVoid(tx, orgId, ticketIds)
}
