import { sql } from 'kysely'
import type { PoolClient } from 'pg'
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

/** How many of these were new. One that is missing was recorded before, and whatever else this transaction did must not stay. */
export async function insertScansRaw(
  client: PoolClient,
  orgId: OrgId,
  scans: readonly ScanRow[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'admission.insert-scans',
    text: `insert into admission.scan (org_id, id, event_id, ticket_id, verdict, reason, gate, admitted_after, previous_at,
             previous_gate, fingerprint, actor, scanned_at, recorded_at)
           select $1, s.* from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::integer[],
             $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[]) as s
           on conflict (org_id, id) do nothing`,
    values: [
      orgId,
      scans.map((scan) => scan.id),
      scans.map((scan) => scan.eventId),
      scans.map((scan) => scan.ticketId),
      scans.map((scan) => scan.verdict),
      scans.map((scan) => scan.reason),
      scans.map((scan) => scan.gate),
      scans.map((scan) => scan.admittedAfter),
      scans.map((scan) => scan.previousAt),
      scans.map((scan) => scan.previousGate),
      scans.map((scan) => scan.fingerprint),
      scans.map((scan) => scan.actor),
      scans.map((scan) => scan.scannedAt),
      scans.map((scan) => scan.recordedAt),
    ],
  })
  return rowCount ?? 0
}

export async function readScanRaw(
  client: PoolClient,
  orgId: OrgId,
  scanId: ScanId,
): Promise<ScanRow | undefined> {
  const { rows } = await client.query<ScanRow>({
    name: 'admission.read-scan',
    text: `select id, event_id as "eventId", ticket_id as "ticketId", verdict, reason, gate, admitted_after as "admittedAfter",
             previous_at as "previousAt", previous_gate as "previousGate", fingerprint, actor, scanned_at as "scannedAt",
             recorded_at as "recordedAt"
           from admission.scan where org_id = $1 and id = $2`,
    values: [orgId, scanId],
  })
  return rows[0]
}

/** When and where each of these tickets last let somebody in. */
export async function lastPassagesRaw(
  client: PoolClient,
  orgId: OrgId,
  ticketIds: readonly TicketId[],
): Promise<Map<TicketId, Passage>> {
  const { rows } = await client.query<Passage & { ticketId: TicketId }>({
    name: 'admission.last-passages',
    text: `select distinct on (ticket_id) ticket_id as "ticketId", scanned_at as at, gate from admission.scan
           where org_id = $1 and ticket_id = any($2::uuid[]) and verdict = 'admitted'
           order by ticket_id, admitted_after desc`,
    values: [orgId, ticketIds],
  })
  return new Map(rows.map(({ ticketId, at, gate }) => [ticketId, { at, gate }]))
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
