import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import { statesThatCan } from '#platform/state-machine'
import { alertMachine, type Alert, type AlertId, type AlertRule, type Severity } from './alert.ts'

const columns = sql`id, org_id, rule, subject, severity, summary, data, state, times, raised_at, last_raised_at, acknowledged_by, resolved_at`

export type NewAlert = Pick<Alert, 'id' | 'orgId' | 'rule' | 'subject' | 'severity' | 'summary' | 'data'>

/** The open alert of the same rule and subject is raised again; else there is a new one. */
export async function upsertAlert(
  tx: Tx,
  alert: NewAlert,
  now: Date,
): Promise<{ id: AlertId; times: number }> {
  const { rows } = await sql<{ id: AlertId; times: number }>`
    insert into operations.alert (id, org_id, rule, subject, severity, summary, data, raised_at, last_raised_at)
    values (${alert.id}, ${alert.orgId}, ${alert.rule}, ${alert.subject}, ${alert.severity}, ${alert.summary},
            ${JSON.stringify(alert.data)}::jsonb, ${now}, ${now})
    on conflict (rule, subject) where state <> 'resolved' do update
      set times = operations.alert.times + 1, last_raised_at = excluded.last_raised_at,
          summary = excluded.summary, data = excluded.data
    returning id, times`.execute(tx)
  const row = rows[0]
  if (!row) throw new Error('the alert was not written')
  return row
}

export async function listAlerts(
  tx: Tx,
  asked: { states: readonly string[]; before: AlertId | undefined; limit: number },
): Promise<Alert[]> {
  const { rows } = await sql<Alert>`
    select ${columns} from operations.alert
    where state = any (${asked.states}::text[]) and (${asked.before ?? null}::uuid is null or id < ${asked.before ?? null}::uuid)
    order by id desc limit ${asked.limit}`.execute(tx)
  return rows
}

export async function alertById(tx: Tx, id: AlertId): Promise<Alert | undefined> {
  const { rows } = await sql<Alert>`select ${columns} from operations.alert where id = ${id}`.execute(tx)
  return rows[0]
}

/** Undefined when it is not open. */
export async function acknowledge(tx: Tx, id: AlertId, by: string): Promise<Alert | undefined> {
  const { rows } = await sql<Alert>`
    update operations.alert set state = 'acknowledged', acknowledged_by = ${by}
    where id = ${id} and state = any (${statesThatCan(alertMachine, 'acknowledge')}::text[]) returning ${columns}`.execute(
    tx,
  )
  return rows[0]
}

/** Undefined when it was resolved before. */
export async function resolveById(tx: Tx, id: AlertId, now: Date): Promise<Alert | undefined> {
  const { rows } = await sql<Alert>`
    update operations.alert set state = 'resolved', resolved_at = ${now}
    where id = ${id} and state = any (${statesThatCan(alertMachine, 'resolve')}::text[]) returning ${columns}`.execute(
    tx,
  )
  return rows[0]
}

/** The ids of what was open. */
export async function resolveBySubject(
  tx: Tx,
  rule: AlertRule,
  subject: string,
  now: Date,
): Promise<AlertId[]> {
  const { rows } = await sql<{ id: AlertId }>`
    update operations.alert set state = 'resolved', resolved_at = ${now}
    where rule = ${rule} and subject = ${subject}
      and state = any (${statesThatCan(alertMachine, 'resolve')}::text[]) returning id`.execute(tx)
  return rows.map((row) => row.id)
}

export async function countOpenAlerts(tx: Tx): Promise<{ severity: Severity; open: number }[]> {
  const { rows } = await sql<{ severity: Severity; open: number }>`
    select severity, count(*) as open from operations.alert where state <> 'resolved' group by severity`.execute(
    tx,
  )
  return rows
}

export interface JobHealth {
  /** Due and not begun. */
  waiting: number
  /** How long the oldest of them has waited. */
  lateSeconds: number
  /** Given up after their last attempt. */
  failed: number
  /** Begun more than ten minutes ago and not done: slow, or their worker died. */
  stuck: number
  /** Since a worker last began a tick; null when none ever did. */
  lastTickSeconds: number | null
}

export async function jobHealth(tx: Tx): Promise<JobHealth> {
  const { rows } = await sql<JobHealth>`select * from operations.job_health()`.execute(tx)
  const row = rows[0]
  if (!row) throw new Error('the jobs told nothing')
  return row
}

/** How long the oldest fact has waited for its reactions, in seconds; asked as the platform. */
export async function factsLateSeconds(tx: Tx): Promise<number> {
  const { rows } = await sql<{ late: number }>`
    select coalesce(extract(epoch from clock_timestamp() - min(emitted_at)), 0)::double precision as late
    from platform.outbox where dispatched_at is null`.execute(tx)
  return rows[0]?.late ?? 0
}
