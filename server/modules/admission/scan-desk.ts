import type { PoolClient } from 'pg'
import { admitTickets, findTicketsForScan, type EventId, type Ticket, type TicketId } from '#modules/tickets'
import { withOrgClient, type Database } from '#platform/database'
import { createDesk, type Desk } from '#platform/desk'
import type { OrgId } from '#platform/ids'
import { serverProblems } from '#platform/problem'
import { admissionProblems } from './problems.ts'
import { insertScansRaw, lastPassagesRaw, type ScanRow } from './scan-store.ts'
import { refusalOfTicket, strongerReason, type Passage, type RefusalReason } from './scan.ts'

/** A code that is believed, or the reason why it is not. */
export type Belief =
  | { ok: true; ticketId: TicketId; generation: number }
  | { ok: false; reason: RefusalReason; otherEvent?: string | undefined }

/** A scan on its way to a verdict. */
export interface ScanRequest {
  orgId: OrgId
  eventId: EventId
  belief: Belief
  /** Why the event lets nobody in now, if so. */
  closed: RefusalReason | undefined
  /** What is written down once the verdict is known. */
  record: Omit<ScanRow, 'ticketId' | 'verdict' | 'reason' | 'admittedAfter' | 'previousAt' | 'previousGate'>
}

export interface Outcome {
  /** Null: admitted. */
  reason: RefusalReason | null
  ticket: Ticket | undefined
  previous: Passage | undefined
}

export type ScanDesk = Desk<ScanRequest, Outcome>

/**
 * One clerk per event serves every door that waits in one transaction: one guarded update for all their tickets, one
 * statement for all their records. With one door it is a transaction per scan; with fifty it is still a few each second.
 */
export function createScanDesk({ db }: { db: Database }): ScanDesk {
  return createDesk<ScanRequest, Outcome>({
    batch: 100,
    line: 2000,
    patience: 3000,
    async serve(_event, requests) {
      const [first] = requests
      if (!first) return []
      return withOrgClient(db, first.orgId, (client) =>
        serveLine(client, first.orgId, first.eventId, requests),
      )
    },
  })
}

async function serveLine(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  requests: readonly ScanRequest[],
) {
  const outcomes = new Map<ScanRequest, Outcome>()
  await admitAll(client, orgId, eventId, requests, outcomes)
  // What was admitted is written down first: whoever is refused in the same moment is told when and where.
  const admitted = recordAll(
    client,
    orgId,
    requests.filter((request) => outcomes.has(request)),
    outcomes,
  )
  const refused = requests.filter((request) => !outcomes.has(request))
  await Promise.all([admitted, explainAll(client, orgId, refused, outcomes)])
  await recordAll(
    client,
    orgId,
    refused.filter((request) => outcomes.has(request)),
    outcomes,
  )
  // The guard refused, and a moment later nothing speaks against it: somebody changed that ticket in between.
  return requests.map((request) => outcomes.get(request) ?? serverProblems.busy({ retryAfterSeconds: 1 }))
}

/** In order of arrival; a ticket that is shown twice in one line is asked about twice. */
async function admitAll(
  client: PoolClient,
  orgId: OrgId,
  eventId: EventId,
  requests: readonly ScanRequest[],
  outcomes: Map<ScanRequest, Outcome>,
): Promise<void> {
  let waiting = requests.filter(({ belief, closed }) => belief.ok && closed === undefined)
  while (waiting.length > 0) {
    const round = new Map<TicketId, ScanRequest>()
    const later: ScanRequest[] = []
    for (const request of waiting) {
      if (!request.belief.ok) continue
      if (round.has(request.belief.ticketId)) later.push(request)
      else round.set(request.belief.ticketId, request)
    }
    const claims = [...round.values()].flatMap(({ belief }) => (belief.ok ? [belief] : []))
    const admitted = await admitTickets(client, orgId, eventId, claims)
    for (const [ticketId, request] of round) {
      const ticket = admitted.get(ticketId)
      if (ticket) outcomes.set(request, { reason: null, ticket, previous: undefined })
    }
    waiting = later
  }
}

async function explainAll(
  client: PoolClient,
  orgId: OrgId,
  refused: readonly ScanRequest[],
  outcomes: Map<ScanRequest, Outcome>,
): Promise<void> {
  const ticketIds = refused.flatMap(({ belief }) => (belief.ok ? [belief.ticketId] : []))
  const [tickets, passages] =
    ticketIds.length === 0
      ? [new Map<TicketId, Ticket>(), new Map<TicketId, Passage>()]
      : await Promise.all([
          findTicketsForScan(client, orgId, ticketIds),
          lastPassagesRaw(client, orgId, ticketIds),
        ])
  for (const request of refused) {
    const outcome = explain(request, tickets, passages)
    if (outcome.reason !== null) outcomes.set(request, outcome)
  }
}

/** Why a ticket, as it is now, lets nobody in; a reason of null means that it does. */
export function explain(
  { belief, closed }: Pick<ScanRequest, 'belief' | 'closed'>,
  tickets: ReadonlyMap<TicketId, Ticket>,
  passages: ReadonlyMap<TicketId, Passage>,
): Outcome {
  if (!belief.ok) return { reason: belief.reason, ticket: undefined, previous: undefined }
  const ticket = tickets.get(belief.ticketId)
  if (!ticket) return { reason: 'unknown_code', ticket: undefined, previous: undefined }
  const ofTicket = refusalOfTicket(ticket, belief.generation)
  const reason = (closed === undefined ? ofTicket : strongerReason(ofTicket, closed)) ?? null
  return { reason, ticket, previous: reason === 'already_admitted' ? passages.get(ticket.id) : undefined }
}

async function recordAll(
  client: PoolClient,
  orgId: OrgId,
  requests: readonly ScanRequest[],
  outcomes: ReadonlyMap<ScanRequest, Outcome>,
): Promise<void> {
  if (requests.length === 0) return
  const rows = requests.flatMap((request) => {
    const outcome = outcomes.get(request)
    return outcome ? [rowOf(request, outcome)] : []
  })
  const fresh = await insertScansRaw(client, orgId, rows)
  // The transaction is undone, and the desk serves each of the line alone: then only the one that was sent before hears it.
  if (fresh < rows.length) throw admissionProblems.scanIdTaken()
}

function rowOf({ record }: ScanRequest, { reason, ticket, previous }: Outcome): ScanRow {
  return {
    ...record,
    ticketId: ticket?.id ?? null,
    verdict: reason === null ? 'admitted' : 'refused',
    reason,
    admittedAfter: ticket?.admitted ?? null,
    previousAt: previous?.at ?? null,
    previousGate: previous?.gate ?? null,
  }
}
