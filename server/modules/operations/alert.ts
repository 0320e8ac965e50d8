import type { Id, OrgId } from '#platform/ids'
import type { Machine, NamedMachine } from '#platform/state-machine'

export type AlertId = Id<'alr'>

export type AlertState = 'open' | 'acknowledged' | 'resolved'
export type AlertEvent = 'acknowledge' | 'resolve'

export const alertMachine = {
  open: { acknowledge: 'acknowledged', resolve: 'resolved' },
  acknowledged: { resolve: 'resolved' }, // somebody is at it
  resolved: {}, // raised again it is a new alert
} satisfies Machine<AlertState, AlertEvent>

export const operationsMachines: NamedMachine[] = [{ table: 'operations.alert', machine: alertMachine }]

/** `page`: somebody is called, at night too. `warn`: somebody looks the next working day. */
export type Severity = 'page' | 'warn'

/** Every rule there is. Each has a runbook under its own name: docs/runbooks/<rule>.md. */
export const alertRules = {
  'ledger.invariant-broken': 'page',
  'payments.payment-frozen': 'page',
  'payments.payment-stuck': 'warn',
  'payments.return-failed': 'page',
  'payments.webhook-given-up': 'warn',
  'notifications.mail-failed': 'warn',
  'operations.jobs-late': 'page',
  'operations.jobs-failed': 'warn',
  'operations.jobs-stuck': 'warn',
  'operations.facts-late': 'page',
  'operations.provider-silent': 'page',
  'operations.mail-silent': 'page',
} as const satisfies Record<string, Severity>

export type AlertRule = keyof typeof alertRules

export function runbookOf(rule: AlertRule): string {
  return `docs/runbooks/${rule}.md`
}

export interface Alert {
  id: AlertId
  orgId: OrgId
  rule: AlertRule
  subject: string
  severity: Severity
  summary: string
  data: Record<string, unknown>
  state: AlertState
  times: number
  raisedAt: Date
  lastRaisedAt: Date
  acknowledgedBy: string | null
  resolvedAt: Date | null
}
