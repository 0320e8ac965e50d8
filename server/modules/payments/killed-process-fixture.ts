/** A server that is killed at a named place between two steps, for crash.test.ts. Its arguments come as one JSON text. */
import { createClock } from '#platform/clock'
import { createKeys } from '#platform/crypto'
import { openDatabase } from '#platform/database'
import { createEvents } from '#platform/events'
import type { OrgId } from '#platform/ids'
import { armKillPoint } from '#platform/kill-point'
import type { Platform } from '#platform/platform'
import { createLogger, createMetrics } from '#platform/telemetry'
import { openPayments } from './desks.ts'
import { drainInbox } from './drain-inbox.ts'
import { endPayment } from './end-payment.ts'
import { openSession } from './open-session.ts'
import type { PaymentId, ReturnId } from './payment.ts'
import { settlePayment } from './settle-payment.ts'
import { settleReturn } from './settle-return.ts'
import { createStripeProvider } from './stripe-provider.ts'
import { listeners } from './listeners-fixture.ts'

export interface KilledProcess {
  databaseUrl: string
  apiUrl: string
  secretKey: string
  orgId: string
  killPoint: string
  operation: 'open' | 'settle' | 'drain' | 'end' | 'return'
  id: string
}

const asked = JSON.parse(process.argv[2] ?? '') as KilledProcess
const orgId = asked.orgId as OrgId
const db = openDatabase({ url: asked.databaseUrl, size: 3, applicationName: 'to be killed' })
const platform: Platform = {
  db,
  clock: await createClock(db.pool, { movable: true }),
  log: createLogger({ level: 'silent', pretty: false }),
  metrics: createMetrics(),
  keys: createKeys([Buffer.alloc(32, 7)]),
  events: createEvents(listeners({ failsOnceFor: undefined }), () => platform),
  publicUrl: 'http://localhost:4000',
  testMode: true,
}
const provider = createStripeProvider({ apiUrl: asked.apiUrl, secretKey: asked.secretKey }, platform)
const deps = openPayments(platform, { provider, callsPerSecond: Infinity, webhookSecrets: ['whsec_unused'] })
armKillPoint(asked.killPoint)
const operations: Record<KilledProcess['operation'], () => Promise<unknown>> = {
  open: () => openSession(deps, orgId, asked.id as PaymentId),
  settle: () => settlePayment(deps, orgId, asked.id as PaymentId, 'success-page'),
  drain: () => drainInbox(deps),
  end: () => endPayment(deps, orgId, asked.id as PaymentId),
  return: () => settleReturn(deps, orgId, asked.id as ReturnId),
}
await operations[asked.operation]()
// Whoever comes here was not killed, and the test says so.
await db.close()
