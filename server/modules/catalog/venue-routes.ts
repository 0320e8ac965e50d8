import { z } from 'zod'
import { withOrg } from '#platform/database'
import type { App } from '#platform/http'
import { idempotencyRefusals } from '#platform/idempotency'
import { idOf, publicId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { venueById, venuesOf } from './catalog-store.ts'
import { changeVenue } from './change-venue.ts'
import { createVenue } from './create-venue.ts'
import { newVenueInput, venueChange } from './event-input.ts'
import { asCaller, mayRead, mayWrite, onceAsCaller, orgParams, type CatalogDeps } from './staff-access.ts'
import { shapeVenue, venueAnswer } from './staff-answers.ts'

const tags = ['Venues']
const venueParams = z.object({ orgId: idOf('org'), venueId: idOf('ven') })
const page = z.object({
  cursor: idOf('ven').optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})

export function venueRoutes(app: App, deps: CatalogDeps): void {
  app.get(
    '/v1/organisations/:orgId/venues',
    {
      schema: {
        summary: 'List venues, the newest first',
        tags,
        params: orgParams,
        querystring: page,
        response: { 200: z.object({ items: z.array(venueAnswer), nextCursor: z.string().nullable() }) },
      },
      config: { access: mayRead, limit: 'reads' },
    },
    async ({ params: { orgId }, query: { cursor, limit } }) => {
      const venues = await withOrg(deps.db, orgId, (tx) => venuesOf(tx, orgId, cursor, limit + 1))
      const last = venues.length > limit ? venues[limit - 1] : undefined
      return {
        items: venues.slice(0, limit).map(shapeVenue),
        nextCursor: last ? publicId('ven', last.id) : null,
      }
    },
  )
  app.post(
    '/v1/organisations/:orgId/venues',
    {
      schema: {
        summary: 'Add a venue',
        tags,
        params: orgParams,
        body: newVenueInput,
        response: { 201: venueAnswer },
      },
      config: { access: mayWrite, problems: [...idempotencyRefusals] },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const work = onceAsCaller(deps, request, orgId, 201, async (tx) =>
        shapeVenue(await createVenue(deps, tx, orgId, request.body)),
      )
      return reply.status(201).send((await work).body)
    },
  )
  app.get(
    '/v1/organisations/:orgId/venues/:venueId',
    {
      schema: { summary: 'Read a venue', tags, params: venueParams, response: { 200: venueAnswer } },
      config: { access: mayRead, problems: [requestProblems.notFound], limit: 'reads' },
    },
    async ({ params: { orgId, venueId } }) => {
      const venue = await withOrg(deps.db, orgId, (tx) => venueById(tx, orgId, venueId))
      if (!venue) throw requestProblems.notFound()
      return shapeVenue(venue)
    },
  )
  app.patch(
    '/v1/organisations/:orgId/venues/:venueId',
    {
      schema: {
        summary: 'Change a venue',
        tags,
        params: venueParams,
        body: venueChange,
        response: { 200: venueAnswer },
      },
      config: { access: mayWrite, problems: [requestProblems.notFound] },
    },
    async (request) => {
      const { orgId, venueId } = request.params
      return asCaller(deps, request, orgId, async (tx) =>
        shapeVenue(await changeVenue(deps, tx, orgId, venueId, request.body)),
      )
    },
  )
}
