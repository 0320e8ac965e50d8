import { readTicketCode } from '@tessera/ticket-code'
import { findTicketsForScan, isSignedWith, type EventId, type TicketId } from '#modules/tickets'
import { withOrgClient } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { Problem } from '#platform/problem'
import type { AdmissionDeps, Door, DoorEvent } from './door.ts'
import { admissionProblems } from './problems.ts'
import { explain, type Belief, type Outcome } from './scan-desk.ts'
import { lastPassagesRaw, readScanRaw } from './scan-store.ts'
import { messageOf, refusalOfEvent, type ScanId, type Verdict } from './scan.ts'

export interface ShownCode {
  eventId: EventId
  code: string
  gate?: string | undefined
  /** By the scanner's clock; ours counts too. */
  scannedAt?: Date | undefined
}

export interface Scan extends ShownCode {
  id: ScanId
  /** Who holds the scanner, for the record. */
  actor: string
}

/**
 * Lets one person in on a code, or says why not. The guarded update of the ticket decides between doors; the record of
 * the passage is written in the same transaction. A scan that is sent again gets its first answer and changes nothing.
 * Refuses with admission.event-not-found and admission.scan-id-taken; a code that admits nobody is an answer, no refusal.
 */
export async function scanCode(deps: AdmissionDeps, door: Door, orgId: OrgId, scan: Scan): Promise<Verdict> {
  const { id, eventId, gate = null, actor } = scan
  const at = await atDoor(door, orgId, eventId)
  const belief = await believe(door, orgId, at, scan)
  const now = deps.clock.now()
  const fingerprint = deps.keys.mac('scan', JSON.stringify([eventId, scan.code, gate, scan.scannedAt]))
  const record = { id, eventId, gate, fingerprint, actor, scannedAt: scan.scannedAt ?? now, recordedAt: now }
  try {
    const outcome = await door.desk.ask(`${orgId}/${eventId}`, {
      orgId,
      eventId,
      belief,
      closed: closedTo(at, scan, now),
      record,
    })
    if (outcome.reason === null) door.countOne(orgId, eventId)
    return verdictOf(at, outcome, belief)
  } catch (error) {
    if (error instanceof Problem && error.code === admissionProblems.scanIdTaken.code)
      return answerAgain(deps, at, orgId, id, fingerprint, belief)
    throw error
  }
}

/** What a scan would say now. Changes nothing and leaves no record. */
export async function previewCode(
  deps: AdmissionDeps,
  door: Door,
  orgId: OrgId,
  shown: ShownCode,
): Promise<Verdict> {
  const at = await atDoor(door, orgId, shown.eventId)
  const belief = await believe(door, orgId, at, shown)
  const closed = closedTo(at, shown, deps.clock.now())
  const ids = belief.ok ? [belief.ticketId] : []
  const outcome = await withOrgClient(deps.db, orgId, async (client) =>
    explain(
      { belief, closed },
      ...(await Promise.all([findTicketsForScan(client, orgId, ids), lastPassagesRaw(client, orgId, ids)])),
    ),
  )
  if (outcome.reason !== null || !outcome.ticket) return verdictOf(at, outcome, belief)
  const after = { ...outcome.ticket, admitted: outcome.ticket.admitted + 1 }
  return { ...verdictOf(at, { ...outcome, ticket: after }, belief), ticket: outcome.ticket }
}

async function atDoor(door: Door, orgId: OrgId, eventId: EventId): Promise<DoorEvent> {
  const at = await door.event(orgId, eventId)
  if (!at) throw admissionProblems.eventNotFound()
  return at
}

function closedTo(at: DoorEvent, { scannedAt }: ShownCode, now: Date) {
  return refusalOfEvent(at.event, scannedAt ? [now, scannedAt] : [now])
}

async function believe(door: Door, orgId: OrgId, at: DoorEvent, { code }: ShownCode): Promise<Belief> {
  const read = readTicketCode(code)
  if (!read.ok) return { ok: false, reason: 'unknown_code' }
  const { ticketId, generation, eventId: named } = read.claims
  if (named === at.event.id) {
    if (!isSignedWith(at.verifier, read)) return { ok: false, reason: 'bad_signature' }
    return { ok: true, ticketId: ticketId as TicketId, generation }
  }
  // Only the tenant's own events can be asked about; what names any other is at the wrong door in any case.
  const other = await door.event(orgId, named as EventId)
  if (!other) return { ok: false, reason: 'wrong_event' }
  if (!isSignedWith(other.verifier, read)) return { ok: false, reason: 'bad_signature' }
  return { ok: false, reason: 'wrong_event', otherEvent: other.event.name }
}

/** The answer that a recorded scan got, from its record. */
async function answerAgain(
  deps: AdmissionDeps,
  at: DoorEvent,
  orgId: OrgId,
  scanId: ScanId,
  fingerprint: string,
  belief: Belief,
): Promise<Verdict> {
  return withOrgClient(deps.db, orgId, async (client) => {
    const row = await readScanRaw(client, orgId, scanId)
    if (!row) throw new Error(`scan ${scanId} is taken and cannot be read`)
    if (row.fingerprint !== fingerprint) throw admissionProblems.scanIdTaken()
    const ticket =
      row.ticketId === null
        ? undefined
        : (await findTicketsForScan(client, orgId, [row.ticketId])).get(row.ticketId)
    const previous = row.previousAt === null ? undefined : { at: row.previousAt, gate: row.previousGate }
    const then = ticket && { ...ticket, admitted: row.admittedAfter ?? ticket.admitted }
    return verdictOf(at, { reason: row.reason, ticket: then, previous }, belief)
  })
}

function verdictOf(at: DoorEvent, outcome: Outcome, belief: Belief): Verdict {
  const ticket = outcome.ticket ?? null
  const previous = outcome.previous ?? null
  const otherEvent = belief.ok ? undefined : belief.otherEvent
  return {
    verdict: outcome.reason === null ? 'admitted' : 'refused',
    reason: outcome.reason,
    message: messageOf(outcome.reason, { event: at.event, ticket, previous, otherEvent }),
    ticket,
    previous,
  }
}
