import { z } from 'zod'
import { withOrg, type Tx } from '#platform/database'
import { callerOf, type App } from '#platform/http'
import { idempotencyRefusals } from '#platform/idempotency'
import type { OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { machineProblems } from '#platform/state-machine'
import { cancelEvent } from './cancel-event.ts'
import { eventById, eventsOf } from './catalog-store.ts'
import { changeEvent } from './change-event.ts'
import { createEvent } from './create-event.ts'
import type { EventId } from './event.ts'
import { cancelInput, eventChange, newEventInput } from './event-input.ts'
import { catalogProblems } from './problems.ts'
import { publishEvent } from './publish-event.ts'
import { readEventForSale } from './read-event-for-sale.ts'
import {
  asCaller,
  eventParams,
  mayRead,
  mayWrite,
  onceAsCaller,
  orgParams,
  type CatalogDeps,
} from './staff-access.ts'
import { eventDetailAnswer, eventStaffAnswer, shapeDetail, shapeListing } from './staff-answers.ts'

const tags = ['Events']

/** Where a page ends: the start and the id of its last event. */
const cursorShape = z
  .string()
  .max(100)
  .transform((text, context) => {
    const [at, id] = Buffer.from(text, 'base64url').toString('latin1').split(' ')
    const parsed = z.object({ at: z.iso.datetime(), id: z.uuid() }).safeParse({ at, id })
    if (parsed.success) return { startsAt: new Date(parsed.data.at), id: parsed.data.id as EventId }
    context.addIssue({ code: 'custom', message: 'is not a cursor that this list gave' })
    return z.NEVER
  })

const page = z.object({
  cursor: cursorShape.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  state: z.enum(['draft', 'published', 'cancelled']).optional(),
})

export function eventRoutes(app: App, deps: CatalogDeps): void {
  listRoute(app, deps)
  app.post(
    '/v1/organisations/:orgId/events',
    {
      schema: {
        summary: 'Prepare an event',
        tags,
        params: orgParams,
        body: newEventInput,
        response: { 201: eventDetailAnswer },
      },
      config: { access: mayWrite, problems: [catalogProblems.slugTaken, ...idempotencyRefusals] },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const { body } = await onceAsCaller(deps, request, orgId, 201, async (tx) =>
        readDetail(tx, orgId, await createEvent(deps, tx, orgId, request.body)),
      )
      return reply.status(201).send(body)
    },
  )
  app.get(
    '/v1/organisations/:orgId/events/:eventId',
    {
      schema: { summary: 'Read an event', tags, params: eventParams, response: { 200: eventDetailAnswer } },
      config: { access: mayRead, problems: [requestProblems.notFound], limit: 'reads' },
    },
    async ({ params: { orgId, eventId } }) => withOrg(deps.db, orgId, (tx) => readDetail(tx, orgId, eventId)),
  )
  app.patch(
    '/v1/organisations/:orgId/events/:eventId',
    {
      schema: {
        summary: 'Change an event',
        tags,
        params: eventParams,
        body: eventChange,
        response: { 200: eventDetailAnswer },
      },
      config: {
        access: mayWrite,
        problems: [
          requestProblems.notFound,
          catalogProblems.frozen,
          catalogProblems.slugTaken,
          machineProblems.notAllowed,
        ],
      },
    },
    async (request) => {
      const { orgId, eventId } = request.params
      return asCaller(deps, request, orgId, async (tx) => {
        await changeEvent(deps, tx, orgId, eventId, request.body)
        return readDetail(tx, orgId, eventId)
      })
    },
  )
  moveRoutes(app, deps)
}

function listRoute(app: App, deps: CatalogDeps): void {
  app.get(
    '/v1/organisations/:orgId/events',
    {
      schema: {
        summary: 'List events, the latest start first',
        tags,
        params: orgParams,
        querystring: page,
        response: { 200: z.object({ items: z.array(eventStaffAnswer), nextCursor: z.string().nullable() }) },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId }, query: { cursor, limit, state } }) => {
      const events = await withOrg(deps.db, orgId, (tx) =>
        eventsOf(tx, orgId, { after: cursor, state, limit: limit + 1 }),
      )
      const last = events.length > limit ? events[limit - 1] : undefined
      const nextCursor = last
        ? Buffer.from(`${last.startsAt.toISOString()} ${last.id}`).toString('base64url')
        : null
      return { items: events.slice(0, limit).map(shapeListing), nextCursor }
    },
  )
}

function moveRoutes(app: App, deps: CatalogDeps): void {
  app.post(
    '/v1/organisations/:orgId/events/:eventId/publish',
    {
      schema: {
        summary: 'Show an event to the public and open its sale',
        tags,
        params: eventParams,
        response: { 200: eventDetailAnswer },
      },
      config: {
        access: mayWrite,
        problems: [
          requestProblems.notFound,
          catalogProblems.notReady,
          machineProblems.notAllowed,
          ...idempotencyRefusals,
        ],
      },
    },
    async (request) => {
      const { orgId, eventId } = request.params
      const { body } = await onceAsCaller(deps, request, orgId, 200, async (tx) => {
        await publishEvent(deps, tx, orgId, eventId, deps.publishChecks)
        return readDetail(tx, orgId, eventId)
      })
      return body
    },
  )
  app.post(
    '/v1/organisations/:orgId/events/:eventId/cancel',
    {
      schema: {
        summary: 'Cancel an event; this cannot be undone',
        tags,
        params: eventParams,
        body: cancelInput,
        response: { 200: eventDetailAnswer },
      },
      config: {
        access: mayWrite,
        problems: [requestProblems.notFound, machineProblems.notAllowed, ...idempotencyRefusals],
      },
    },
    async (request) => {
      const { orgId, eventId } = request.params
      const by = { actor: callerOf(request).actor, reason: request.body.reason }
      const { body } = await onceAsCaller(deps, request, orgId, 200, async (tx) => {
        await cancelEvent(deps, tx, orgId, eventId, by)
        return readDetail(tx, orgId, eventId)
      })
      return body
    },
  )
}

async function readDetail(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
): Promise<z.infer<typeof eventDetailAnswer>> {
  const row = await eventById(tx, orgId, eventId)
  const event = row && (await readEventForSale(tx, orgId, eventId))
  if (!event) throw requestProblems.notFound()
  return shapeDetail(row, event)
}
