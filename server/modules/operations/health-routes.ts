import { z } from 'zod'
import { sameSecret } from '#platform/crypto'
import { stopwatch } from '#platform/clock'
import { asPlatform } from '#platform/database'
import { anyone, type App, type Authenticate } from '#platform/http'
import type { Platform } from '#platform/platform'
import { authProblems } from '#platform/problem'
import { databaseAnswers, statusOf, type Health } from './health.ts'
import { countOpenAlerts, factsLateSeconds, jobHealth } from './operations-store.ts'

export interface HealthRoutesDeps extends Pick<Platform, 'db' | 'metrics' | 'log'> {
  health: () => Promise<Health>
  authenticate: Authenticate
  /** METRICS_TOKEN; without one, only operators read metrics. */
  metricsToken: string | undefined
  /** True once the process was asked to end: load balancers then send nobody any more. */
  stopping: () => boolean
}

const tags = ['Health']
const checkAnswer = z.object({ ok: z.boolean(), milliseconds: z.number().int() })
const readyAnswer = z.object({
  status: z.enum(['ok', 'degraded', 'down', 'stopping']),
  checks: z.record(z.string(), checkAnswer),
})

export function healthRoutes(app: App, deps: HealthRoutesDeps): void {
  app.get(
    '/health',
    {
      schema: {
        summary: 'Whether the process lives',
        tags,
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
      config: { access: anyone, limit: 'reads' },
    },
    () => ({ status: 'ok' as const }),
  )
  app.get(
    '/health/db',
    {
      schema: {
        summary: 'Whether the database answers',
        tags,
        response: { 200: checkAnswer, 503: checkAnswer },
      },
      config: { access: anyone, limit: 'reads' },
    },
    async (_request, reply) => {
      const elapsed = stopwatch()
      const ok = await databaseAnswers(deps.db).then(
        () => true,
        (error: unknown) => {
          deps.log.error({ err: error }, 'the database does not answer')
          return false
        },
      )
      return reply.status(ok ? 200 : 503).send({ ok, milliseconds: Math.round(elapsed()) })
    },
  )
  app.get(
    '/health/ready',
    {
      schema: {
        summary: 'Whether the process can serve: 503 without a migrated database; the rest shows as degraded',
        tags,
        response: { 200: readyAnswer, 503: readyAnswer },
      },
      config: { access: anyone, limit: 'reads' },
    },
    async (_request, reply) => {
      const health = await deps.health()
      const { status, http } = statusOf(health, deps.stopping())
      const checks = Object.fromEntries(
        Object.entries(health).map(([name, { ok, milliseconds }]) => [name, { ok, milliseconds }]),
      )
      return reply.status(http).send({ status, checks })
    },
  )
  metricsRoute(app, deps)
}

/**
 * For Prometheus. Who may read: whoever brings METRICS_TOKEN as a bearer token, and operators. Not "whoever comes from this
 * machine": behind a proxy on the same machine everybody does.
 */
function metricsRoute(app: App, { db, metrics, metricsToken, authenticate }: HealthRoutesDeps): void {
  const figures = {
    jobsWaiting: 0,
    jobsLate: 0,
    jobsFailed: 0,
    jobsStuck: 0,
    lastTick: 0,
    factsLate: 0,
    page: 0,
    warn: 0,
  }
  metrics.gauge('jobs_waiting', 'jobs that are due and not begun', () => figures.jobsWaiting)
  metrics.gauge('jobs_late_seconds', 'how long the oldest due job has waited', () => figures.jobsLate)
  metrics.gauge('jobs_failed', 'jobs that were given up', () => figures.jobsFailed)
  metrics.gauge('jobs_stuck', 'jobs begun more than ten minutes ago', () => figures.jobsStuck)
  metrics.gauge('jobs_last_tick_seconds', 'since a worker last began a tick', () => figures.lastTick)
  metrics.gauge(
    'facts_late_seconds',
    'how long the oldest fact has waited for its reactions',
    () => figures.factsLate,
  )
  metrics.gauge('alerts_open_page', 'open alerts that call somebody', () => figures.page)
  metrics.gauge('alerts_open_warn', 'open alerts that can wait for the day', () => figures.warn)
  metrics.gauge('database_connections', 'connections of this process', () => db.pool.totalCount)
  metrics.gauge('database_connections_idle', 'connections that nobody uses now', () => db.pool.idleCount)
  metrics.gauge('database_waiting', 'requests that wait for a connection', () => db.pool.waitingCount)

  async function refresh(): Promise<void> {
    await asPlatform(db, async (tx) => {
      const jobs = await jobHealth(tx)
      const open = new Map((await countOpenAlerts(tx)).map((row) => [row.severity, row.open]))
      Object.assign(figures, {
        jobsWaiting: jobs.waiting,
        jobsLate: jobs.lateSeconds,
        jobsFailed: jobs.failed,
        jobsStuck: jobs.stuck,
        lastTick: jobs.lastTickSeconds ?? -1,
        factsLate: await factsLateSeconds(tx),
        page: open.get('page') ?? 0,
        warn: open.get('warn') ?? 0,
      })
    })
  }

  app.get(
    '/metrics',
    { schema: { hide: true }, config: { access: anyone, limit: 'reads' } },
    async (request, reply) => {
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      const collector = metricsToken !== undefined && bearer !== undefined && sameSecret(bearer, metricsToken)
      if (!collector) {
        const caller = await authenticate(request)
        if (!caller) throw authProblems.signInRequired()
        if (!caller.operator) throw authProblems.notAllowed()
      }
      // What the database cannot tell now keeps its last value: the process's own figures matter most when it is away.
      await refresh().catch((error: unknown) => request.log.warn({ err: error }, 'the figures are old'))
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
    },
  )
}
