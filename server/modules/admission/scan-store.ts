import { sql } from 'kysely'
import type { EventId, TicketId } from '#modules/tickets'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Passage, RefusalReason, ScanId } from './scan.ts'

export interface ScanRow {
  id: ScanId
  eventId: EventId
  ticketId: TicketId | null
  verdict: 'admitted' | 'refused'
  reason: RefusalReason | null
  gate: string | null
  admittedAfter: number | null
  previousAt: Date | null
  previousGate: string | null
  fingerprint: string
  actor: string
  scannedAt: Date
  recordedAt: Date
}

/** False: a scan with this id is there already, and whatever else this transaction did must not stay. */
export async function insertScan(tx: Tx, orgId: OrgId, scan: ScanRow): Promise<boolean> {
  const { rows } = await sql`
    insert into admission.scan (org_id, id, event_id, ticket_id, verdict, reason, gate, admitted_after, previous_at,
      previous_gate, fingerprint, actor, scanned_at, recorded_at)
    values (${orgId}, ${scan.id}, ${scan.eventId}, ${scan.ticketId}, ${scan.verdict}, ${scan.reason}, ${scan.gate},
      ${scan.admittedAfter}, ${scan.previousAt}, ${scan.previousGate}, ${scan.fingerprint}, ${scan.actor},
      ${scan.scannedAt}, ${scan.recordedAt})
    on conflict (org_id, id) do nothing returning id`.execute(tx)
  return rows.length === 1
}

export async function readScan(tx: Tx, orgId: OrgId, scanId: ScanId): Promise<ScanRow | undefined> {
  const { rows } = await sql<ScanRow>`
    select id, event_id, ticket_id, verdict, reason, gate, admitted_after, previous_at, previous_gate, fingerprint, actor,
      scanned_at, recorded_at
    from admission.scan where org_id = ${orgId}::uuid and id = ${scanId}::uuid`.execute(tx)
  return rows[0]
}

/** When and where this ticket last let somebody in. */
export async function lastPassage(tx: Tx, orgId: OrgId, ticketId: TicketId): Promise<Passage | undefined> {
  const { rows } = await sql<Passage>`
    select scanned_at as at, gate from admission.scan
    where org_id = ${orgId}::uuid and ticket_id = ${ticketId}::uuid and verdict = 'admitted'
    order by admitted_after desc limit 1`.execute(tx)
  return rows[0]
}

export interface GateTally {
  gate: string | null
  admitted: number
}

export async function tallyByGate(tx: Tx, orgId: OrgId, eventId: EventId): Promise<GateTally[]> {
  const { rows } = await sql<GateTally>`
    select gate, count(*)::integer as admitted from admission.scan
    where org_id = ${orgId}::uuid and event_id = ${eventId}::uuid and verdict = 'admitted'
    group by gate order by gate nulls last`.execute(tx)
  return rows
}
