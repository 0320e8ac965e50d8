import { actAs, type Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { redact, scrub } from '#platform/redact'
import { platformOrgId } from '#modules/identity'
import { alertRules, type AlertId, type AlertRule } from './alert.ts'
import { resolveBySubject, upsertAlert } from './operations-store.ts'

type Deps = Pick<Platform, 'clock' | 'metrics' | 'log'>

export interface Raise {
  rule: AlertRule
  /** What it is about, within the rule. Raised again for the same subject while it is open, it is the same alert. */
  subject: string
  /** One sentence for whoever is called. */
  summary: string
  /** Ids and amounts that help to look; never people or secrets. */
  data: Record<string, unknown>
  /** Whom it is about; without it, the platform itself. */
  orgId?: OrgId
}

/** In the transaction of what gave rise to it. Severity and runbook follow from the rule. */
export async function raiseAlert({ clock, metrics, log }: Deps, tx: Tx, raise: Raise): Promise<AlertId> {
  const { rule, subject, orgId = platformOrgId } = raise
  const alert = {
    id: newId<AlertId>(),
    orgId,
    rule,
    subject: subject.slice(0, 200),
    severity: alertRules[rule],
    summary: scrub(raise.summary).slice(0, 500),
    data: redact(raise.data) as Record<string, unknown>,
  }
  const { id, times } = await upsertAlert(tx, alert, clock.now())
  if (times === 1) {
    metrics.count('alerts_raised', { rule })
    log.warn({ rule, subject, orgId, severity: alert.severity }, alert.summary)
  }
  return id
}

/** The cause is gone. Nothing happens where no such alert is open. Runs as the platform, or for the tenant it is about. */
export async function resolveAlert(
  { clock }: Pick<Platform, 'clock'>,
  tx: Tx,
  rule: AlertRule,
  subject: string,
): Promise<void> {
  await actAs(tx, 'system', 'the cause is gone')
  await resolveBySubject(tx, rule, subject, clock.now())
}
