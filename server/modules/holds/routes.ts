import { z } from 'zod'
import { withOrg, type Database } from '#platform/database'
import type { Clock } from '#platform/clock'
import { anyone, holderOf, humanText, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { readEventForSale, type EventForSale } from '#modules/catalog'
import type { HoldsDesk } from './desk.ts'
import type { EventId, Hold, TicketTypeId } from './hold.ts'
import * as store from './hold-store.ts'
import { readHoldOf, releaseHold } from './move-holds.ts'
import { placeHold } from './place-hold.ts'
import { createPool, resizePool, setDraws } from './pools.ts'
import { holdsProblems } from './problems.ts'
import type { LiveAvailability } from './availability.ts'

export interface HoldsRoutesDeps {
  db: Database
  clock: Clock
  desk: HoldsDesk
  availability: LiveAvailability
  /** A published event as it is sold, from memory; undefined when it does not exist or is not public. */
  eventForSale(eventId: EventId): Promise<EventForSale | undefined>
}

const holdLine = z.strictObject({ ticketTypeId: idOf('tty'), quantity: z.int().min(1).max(1000) })
const holdBody = z.strictObject({
  id: idOf('hld').describe('made by the client (UUIDv7); sending it again changes nothing'),
  browserKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,64}$/, 'must be 22 to 64 characters of A-Z a-z 0-9 _ -')
    .describe('a secret that the browser makes once and keeps'),
  lines: z.array(holdLine).min(1).max(20),
})
const holdAnswer = z.object({
  id: idAnswer('hld'),
  state: z.enum(['active', 'paying', 'converted', 'released', 'expired']),
  expiresAt: timeAnswer.nullable(),
  serverTime: timeAnswer,
  lines: z.array(z.object({ ticketTypeId: idAnswer('tty'), quantity: z.int() })),
})
export const browserHeader = z.object({
  'tessera-browser': z.string().regex(/^[A-Za-z0-9_-]{22,64}$/, 'must be the browserKey of the hold'),
})
const eventParams = z.object({ eventId: idOf('evt') })
const holdParams = eventParams.extend({ holdId: idOf('hld') })

export function holdsRoutes(app: App, deps: HoldsRoutesDeps): void {
  app.post(
    '/v1/events/:eventId/holds',
    {
      schema: {
        summary: 'Set places aside for ten minutes',
        tags: ['Buying'],
        params: eventParams,
        body: holdBody,
        response: { 200: holdAnswer, 201: holdAnswer },
      },
      config: {
        access: anyone,
        limit: 'holds',
        problems: [
          requestProblems.notFound,
          holdsProblems.soldOut,
          holdsProblems.notOnSale,
          holdsProblems.limit,
          holdsProblems.unknownTicketType,
          holdsProblems.idTaken,
          holdsProblems.busy,
        ],
      },
    },
    async (request, reply) => {
      const event = await deps.eventForSale(request.params.eventId)
      if (!event) throw requestProblems.notFound()
      const { hold, fresh } = await placeHold(deps, event, request.body)
      return reply.status(fresh ? 201 : 200).send(describeHold(hold, deps.clock.now()))
    },
  )

  app.get(
    '/v1/events/:eventId/holds/:holdId',
    {
      schema: {
        summary: 'Look at a hold',
        tags: ['Buying'],
        params: holdParams,
        headers: browserHeader,
        response: { 200: holdAnswer },
      },
      config: { access: holderOf('browser-key'), limit: 'reads', problems: [requestProblems.notFound] },
    },
    async (request) => {
      const { eventId, holdId } = request.params
      const event = await deps.eventForSale(eventId)
      if (!event) throw requestProblems.notFound()
      return describeHold(
        await readHoldOf(deps, event.orgId, eventId, holdId, request.headers['tessera-browser']),
        deps.clock.now(),
      )
    },
  )

  app.delete(
    '/v1/events/:eventId/holds/:holdId',
    {
      schema: {
        summary: 'Let the places go',
        tags: ['Buying'],
        params: holdParams,
        headers: browserHeader,
        response: { 204: z.null() },
      },
      config: { access: holderOf('browser-key'), limit: 'holds', problems: [requestProblems.notFound] },
    },
    async (request, reply) => {
      const { eventId, holdId } = request.params
      const event = await deps.eventForSale(eventId)
      if (!event) throw requestProblems.notFound()
      if (await releaseHold(deps, event.orgId, eventId, holdId, request.headers['tessera-browser']))
        deps.availability.stale(eventId)
      return reply.status(204).send(null)
    },
  )

  poolRoutes(app, deps)
}

function describeHold(hold: Hold, now: Date): z.infer<typeof holdAnswer> {
  return {
    id: publicId('hld', hold.id),
    state: hold.state,
    expiresAt: hold.state === 'active' && hold.expiresAt ? hold.expiresAt.toISOString() : null,
    serverTime: now.toISOString(),
    lines: hold.lines.map((line) => ({
      ticketTypeId: publicId('tty', line.ticketTypeId),
      quantity: line.quantity,
    })),
  }
}

const poolAnswer = z.object({
  id: idAnswer('pol'),
  name: z.string(),
  capacity: z.int(),
  held: z.int(),
  sold: z.int(),
  free: z.int(),
  ticketTypeIds: z.array(idAnswer('tty')).describe('the ticket types that draw from it'),
})
const capacity = z.int().min(0).max(10_000_000)
const staffEventParams = z.object({ orgId: idOf('org'), eventId: idOf('evt') })

function poolRoutes(app: App, { db, availability }: HoldsRoutesDeps): void {
  const path = '/v1/organisations/:orgId/events/:eventId'
  const write = { access: { kind: 'permission', permission: 'catalog.write' } as const }

  app.get(
    `${path}/pools`,
    {
      schema: {
        summary: 'Pools of places with their exact numbers',
        tags: ['Stock'],
        params: staffEventParams,
        response: { 200: z.object({ items: z.array(poolAnswer) }) },
      },
      config: {
        access: { kind: 'permission', permission: 'catalog.read' },
        problems: [requestProblems.notFound],
      },
    },
    async ({ params: { orgId, eventId } }) =>
      withOrg(db, orgId, async (tx) => {
        const draws = await store.readDraws(tx, orgId, eventId)
        // Read without locks: looking at the numbers must not keep buyers waiting.
        const pools = await store.readPools(tx, orgId, eventId)
        if (pools.length === 0 && !(await readEventForSale(tx, orgId, eventId)))
          throw requestProblems.notFound()
        return {
          items: pools.map((pool) => ({
            id: publicId('pol', pool.id),
            name: pool.name,
            capacity: pool.capacity,
            held: pool.held,
            sold: pool.sold,
            free: pool.capacity - pool.held - pool.sold,
            ticketTypeIds: [...draws]
              .filter(([, ids]) => ids.includes(pool.id))
              .map(([type]) => publicId('tty', type)),
          })),
        }
      }),
  )

  app.post(
    `${path}/pools`,
    {
      schema: {
        summary: 'Make a pool of places',
        tags: ['Stock'],
        params: staffEventParams,
        body: z.strictObject({ name: humanText({ max: 80 }), capacity }),
        response: { 201: z.object({ id: idAnswer('pol') }) },
      },
      config: { ...write, problems: [holdsProblems.poolNameTaken, requestProblems.notFound] },
    },
    async ({ params: { orgId, eventId }, body }, reply) => {
      const id = await withOrg(db, orgId, (tx) => createPool(tx, orgId, { eventId, ...body }))
      return reply.status(201).send({ id: publicId('pol', id) })
    },
  )

  app.patch(
    `${path}/pools/:poolId`,
    {
      schema: {
        summary: 'Change the size of a pool',
        tags: ['Stock'],
        params: staffEventParams.extend({ poolId: idOf('pol') }),
        body: z.strictObject({ capacity }),
        response: { 204: z.null() },
      },
      config: { ...write, problems: [holdsProblems.poolTooSmall, requestProblems.notFound] },
    },
    async ({ params: { orgId, eventId, poolId }, body }, reply) => {
      await resizePool(db, orgId, eventId, poolId, body.capacity)
      availability.stale(eventId)
      return reply.status(204).send(null)
    },
  )

  app.put(
    `${path}/ticket-types/:ticketTypeId/pools`,
    {
      schema: {
        summary: 'Say which pools a ticket type draws from',
        tags: ['Stock'],
        params: staffEventParams.extend({ ticketTypeId: idOf('tty') }),
        body: z.strictObject({ poolIds: z.array(idOf('pol')).max(20) }),
        response: { 204: z.null() },
      },
      config: { ...write, problems: [holdsProblems.inUse, requestProblems.notFound] },
    },
    async ({ params: { orgId, eventId, ticketTypeId }, body }, reply) => {
      await withOrg(db, orgId, (tx) =>
        setDraws(tx, orgId, eventId, ticketTypeId as TicketTypeId, body.poolIds),
      )
      availability.stale(eventId)
      return reply.status(204).send(null)
    },
  )
}
