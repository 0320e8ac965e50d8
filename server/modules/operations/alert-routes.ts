import { z } from 'zod'
import { actAs, asPlatform } from '#platform/database'
import { callerOf, humanText, operator, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId } from '#platform/ids'
import { idempotencyRefusals, idempotently } from '#platform/idempotency'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { eventsFrom } from '#platform/state-machine'
import { alertMachine, runbookOf, type Alert, type AlertEvent } from './alert.ts'
import { acknowledge, alertById, listAlerts, resolveById } from './operations-store.ts'
import { operationsProblems } from './problems.ts'

type Deps = Pick<Platform, 'db' | 'clock'>

const alertAnswer = z.object({
  id: idAnswer('alr'),
  organisationId: idAnswer('org'),
  rule: z.string(),
  subject: z.string(),
  severity: z.enum(['page', 'warn']),
  summary: z.string(),
  runbook: z.string().describe('a file of this repository'),
  data: z.record(z.string(), z.unknown()),
  state: z.enum(['open', 'acknowledged', 'resolved']),
  allowedActions: z.array(z.enum(['acknowledge', 'resolve'])),
  times: z.number().int(),
  raisedAt: timeAnswer,
  lastRaisedAt: timeAnswer,
  acknowledgedBy: z.string().nullable(),
  resolvedAt: timeAnswer.nullable(),
})

const tags = ['Operations']
const states = {
  open: ['open', 'acknowledged'],
  resolved: ['resolved'],
  all: ['open', 'acknowledged', 'resolved'],
} as const

export function alertRoutes(app: App, deps: Deps): void {
  app.get(
    '/v1/operator/alerts',
    {
      schema: {
        summary: 'List alerts, the newest first',
        tags,
        querystring: z.object({
          state: z.enum(['open', 'resolved', 'all']).default('open'),
          cursor: idOf('alr').optional(),
          limit: z.coerce.number().int().min(1).max(100).default(50),
        }),
        response: { 200: z.object({ items: z.array(alertAnswer), nextCursor: idAnswer('alr').nullable() }) },
      },
      config: { access: operator, limit: 'reads' },
    },
    async ({ query: { state, cursor, limit } }) => {
      const asked = { states: states[state], before: cursor, limit: limit + 1 }
      const found = await asPlatform(deps.db, (tx) => listAlerts(tx, asked))
      const items = found.slice(0, limit).map(shape)
      return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
  )
  for (const event of ['acknowledge', 'resolve'] as const) moving(app, deps, event)
}

function moving(app: App, deps: Deps, event: AlertEvent): void {
  app.post(
    `/v1/operator/alerts/:alertId/${event}`,
    {
      schema: {
        summary: event === 'acknowledge' ? 'Say that somebody is at it' : 'Say that it is done',
        tags,
        params: z.object({ alertId: idOf('alr') }),
        body: z.strictObject({ note: humanText({ max: 500, lines: true }).optional() }),
        response: { 200: alertAnswer },
      },
      config: { access: operator, problems: [operationsProblems.alertMoved, ...idempotencyRefusals] },
    },
    async (request) => {
      const { alertId } = request.params
      const { actor } = callerOf(request)
      const answer = await idempotently(deps, request, { caller: actor, orgId: undefined }, async (tx) => {
        await actAs(tx, actor, request.body.note)
        const moved =
          event === 'acknowledge'
            ? await acknowledge(tx, alertId, actor)
            : await resolveById(tx, alertId, deps.clock.now())
        if (moved) return { status: 200, body: shape(moved) }
        if (await alertById(tx, alertId)) throw operationsProblems.alertMoved()
        throw requestProblems.notFound()
      })
      return answer.body
    },
  )
}

function shape(alert: Alert): z.infer<typeof alertAnswer> {
  const { id, orgId, rule, subject, severity, summary, data, state, times, acknowledgedBy } = alert
  return {
    id: publicId('alr', id),
    organisationId: publicId('org', orgId),
    rule,
    subject,
    severity,
    summary,
    runbook: runbookOf(rule),
    data,
    state,
    allowedActions: eventsFrom(alertMachine, state),
    times,
    raisedAt: alert.raisedAt.toISOString(),
    lastRaisedAt: alert.lastRaisedAt.toISOString(),
    acknowledgedBy,
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
  }
}
