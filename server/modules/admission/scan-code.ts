import { readTicketCode } from '@tessera/ticket-code'
import {
  admitTicket,
  checkCode,
  findTicketForScan,
  type EventId,
  type Ticket,
  type TicketId,
} from '#modules/tickets'
import { withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { serverProblems } from '#platform/problem'
import type { AdmissionDeps, Door, DoorEvent } from './door.ts'
import { admissionProblems } from './problems.ts'
import { insertScan, lastPassage, readScan, type ScanRow } from './scan-store.ts'
import {
  messageOf,
  refusalOfEvent,
  refusalOfTicket,
  strongerReason,
  type Passage,
  type RefusalReason,
  type ScanId,
  type Verdict,
} from './scan.ts'

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

/** What a code says once it is believed, or why it is not. */
type Belief =
  | { ok: true; ticketId: TicketId; generation: number }
  | { ok: false; reason: RefusalReason; otherEvent?: string | undefined }

interface Outcome {
  reason: RefusalReason | null
  ticket: Ticket | undefined
  previous: Passage | undefined
}

/**
 * Lets one person in on a code, or says why not. The guarded update of the ticket decides between doors; the record of
 * the passage is written in the same transaction. A scan that is sent again gets its first answer and changes nothing.
 * Refuses with admission.event-not-found and admission.scan-id-taken; a code that admits nobody is an answer, no refusal.
 */
export async function scanCode(deps: AdmissionDeps, door: Door, orgId: OrgId, scan: Scan): Promise<Verdict> {
  const at = await atDoor(door, orgId, scan.eventId)
  const belief = await believe(door, orgId, at, scan)
  const now = deps.clock.now()
  const fingerprint = deps.keys.mac(
    'scan',
    JSON.stringify([scan.eventId, scan.code, scan.gate, scan.scannedAt]),
  )
  const done = await withOrg(deps.db, orgId, async (tx) => {
    const outcome = belief.ok
      ? await admitOrExplain(tx, orgId, at, belief, scan, now)
      : unbelieved(belief.reason)
    const fresh = await insertScan(tx, orgId, rowOf(scan, outcome, fingerprint, now))
    if (!fresh) throw new SentBefore()
    return outcome
  }).catch((error: unknown) => {
    if (error instanceof SentBefore) return undefined
    throw error
  })
  if (!done) return answerAgain(deps, at, orgId, scan.id, fingerprint, belief)
  if (done.reason === null) door.countOne(orgId, scan.eventId)
  return verdictOf(at, done, belief)
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
  if (!belief.ok) return verdictOf(at, unbelieved(belief.reason), belief)
  const times = [deps.clock.now(), ...(shown.scannedAt ? [shown.scannedAt] : [])]
  const outcome = await withOrg(deps.db, orgId, (tx) =>
    explain(tx, orgId, belief, refusalOfEvent(at.event, times)),
  )
  if (outcome.reason !== null || !outcome.ticket) return verdictOf(at, outcome, belief)
  const ticket = { ...outcome.ticket, admitted: outcome.ticket.admitted + 1 }
  return { ...verdictOf(at, { ...outcome, ticket }, belief), ticket: outcome.ticket }
}

/** Undoes the transaction of a scan that turns out to have been recorded before. */
class SentBefore extends Error {}

async function atDoor(door: Door, orgId: OrgId, eventId: EventId): Promise<DoorEvent> {
  const at = await door.event(orgId, eventId)
  if (!at) throw admissionProblems.eventNotFound()
  return at
}

async function believe(door: Door, orgId: OrgId, at: DoorEvent, { code }: ShownCode): Promise<Belief> {
  const read = readTicketCode(code)
  if (!read.ok) return { ok: false, reason: 'unknown_code' }
  const named = read.claims.eventId as EventId
  if (named === at.event.id) {
    const checked = checkCode(code, at.verifier)
    if (!checked.ok) return { ok: false, reason: checked.refusal }
    return { ok: true, ticketId: checked.claims.ticketId as TicketId, generation: checked.claims.generation }
  }
  // Only the tenant's own events can be asked about; what names any other is at the wrong door in any case.
  const other = await door.event(orgId, named)
  if (!other) return { ok: false, reason: 'wrong_event' }
  if (!checkCode(code, other.verifier).ok) return { ok: false, reason: 'bad_signature' }
  return { ok: false, reason: 'wrong_event', otherEvent: other.event.name }
}

async function admitOrExplain(
  tx: Tx,
  orgId: OrgId,
  at: DoorEvent,
  belief: Belief & { ok: true },
  scan: Scan,
  now: Date,
): Promise<Outcome> {
  const closed = refusalOfEvent(at.event, scan.scannedAt ? [now, scan.scannedAt] : [now])
  if (closed === undefined) {
    const { ticketId, generation } = belief
    const ticket = await admitTicket(tx, orgId, { ticketId, eventId: scan.eventId, generation })
    if (ticket) return { reason: null, ticket, previous: undefined }
  }
  const outcome = await explain(tx, orgId, belief, closed)
  // The guard refused, and a moment later nothing speaks against it: somebody changed the ticket in between.
  if (outcome.reason === null) throw serverProblems.busy({ retryAfterSeconds: 1 })
  return outcome
}

async function explain(
  tx: Tx,
  orgId: OrgId,
  belief: Belief & { ok: true },
  closed: RefusalReason | undefined,
): Promise<Outcome> {
  const ticket = await findTicketForScan(tx, orgId, belief.ticketId)
  if (!ticket) return unbelieved('unknown_code')
  const ofTicket = refusalOfTicket(ticket, belief.generation)
  const reason = (closed === undefined ? ofTicket : strongerReason(ofTicket, closed)) ?? null
  const previous = reason === 'already_admitted' ? await lastPassage(tx, orgId, ticket.id) : undefined
  return { reason, ticket, previous }
}

function unbelieved(reason: RefusalReason): Outcome {
  return { reason, ticket: undefined, previous: undefined }
}

function rowOf(scan: Scan, outcome: Outcome, fingerprint: string, now: Date): ScanRow {
  return {
    id: scan.id,
    eventId: scan.eventId,
    ticketId: outcome.ticket?.id ?? null,
    verdict: outcome.reason === null ? 'admitted' : 'refused',
    reason: outcome.reason,
    gate: scan.gate ?? null,
    admittedAfter: outcome.ticket?.admitted ?? null,
    previousAt: outcome.previous?.at ?? null,
    previousGate: outcome.previous?.gate ?? null,
    fingerprint,
    actor: scan.actor,
    scannedAt: scan.scannedAt ?? now,
    recordedAt: now,
  }
}

async function answerAgain(
  deps: AdmissionDeps,
  at: DoorEvent,
  orgId: OrgId,
  scanId: ScanId,
  fingerprint: string,
  belief: Belief,
): Promise<Verdict> {
  return withOrg(deps.db, orgId, async (tx) => {
    const row = await readScan(tx, orgId, scanId)
    if (!row) throw new Error(`scan ${scanId} is taken and cannot be read`)
    if (row.fingerprint !== fingerprint) throw admissionProblems.scanIdTaken()
    const ticket = row.ticketId === null ? undefined : await findTicketForScan(tx, orgId, row.ticketId)
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
