import type { App } from '#platform/http'
import type { Schedule } from '#platform/jobs'
import type { Platform } from '#platform/platform'
import { alertRoutes } from './alert-routes.ts'
import { healthRoutes, type HealthRoutesDeps } from './health-routes.ts'
import { watch, type WatchDeps } from './watch.ts'

export { alertRules, operationsMachines, runbookOf, type AlertRule } from './alert.ts'
export {
  alertInvariantBroken,
  alertMailFailed,
  alertPaymentFrozen,
  alertPaymentStuck,
  alertReturnFailed,
  alertWebhookGivenUp,
} from './alert-reactions.ts'
export { createHealth, type Health, type HealthOptions, type Probe } from './health.ts'
export { operationsProblems } from './problems.ts'
export { raiseAlert, resolveAlert, type Raise } from './raise-alert.ts'

export type OperationsDeps = HealthRoutesDeps & Pick<Platform, 'clock'>

/** /health, /health/db, /health/ready, /metrics, and the operators' alerts. */
export function operationsRoutes(app: App, deps: OperationsDeps): void {
  healthRoutes(app, deps)
  alertRoutes(app, deps)
}

export function operationsSchedules(deps: WatchDeps): Schedule[] {
  return [{ name: 'operations.watch', cron: '* * * * *', run: () => watch(deps) }]
}
