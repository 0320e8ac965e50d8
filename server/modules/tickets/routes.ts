import { z } from 'zod'
import { guestHeader } from '#modules/orders'
import { withOrg } from '#platform/database'
import { holderOf, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { ensureEventKey } from './event-key.ts'
import { ensureTickets, type EnsureDeps } from './ensure-tickets.ts'
import { calendarOfOrder, printOrder, type DocumentDeps, type OrderFile } from './order-documents.ts'
import { ticketsProblems } from './problems.ts'
import { readTicketsOfEvent } from './ticket-store.ts'
import { admissionWindow, type OrderId, type Ticket } from './ticket.ts'

export interface TicketsRoutesDeps extends DocumentDeps, EnsureDeps {
  /** The order that this token opens. Refuses with request.not-found. */
  orderOfGuest(orderId: OrderId, token: string): Promise<{ id: OrderId; orgId: OrgId }>
}

const guest = {
  params: z.strictObject({ orderId: idOf('ord') }),
  headers: guestHeader,
}

const ticketRow = z.object({
  id: idAnswer('tkt'),
  serial: z.int(),
  orderId: idAnswer('ord'),
  ticketTypeId: idAnswer('tty'),
  ticketTypeName: z.string(),
  holderName: z.string(),
  state: z.enum(['valid', 'void', 'refunded']),
  admits: z.int(),
  admitted: z.int(),
  issuedAt: timeAnswer,
})

export function ticketsRoutes(app: App, deps: TicketsRoutesDeps): void {
  documentRoutes(app, deps)
  ticketListRoute(app, deps)
  publicKeyRoute(app, deps)
  issueRoute(app, deps)
}

function documentRoutes(app: App, deps: TicketsRoutesDeps): void {
  const documents = [
    {
      path: 'tickets.pdf',
      type: 'application/pdf',
      summary: 'All tickets of an order to print',
      make: printOrder,
      problems: [ticketsProblems.noneToShow],
    },
    {
      path: 'calendar.ics',
      type: 'text/calendar; charset=utf-8',
      summary: 'The event for a calendar',
      make: calendarOfOrder,
      problems: [],
    },
  ]
  for (const { path, type, summary, make, problems } of documents) {
    const [contentType = type] = type.split(';')
    app.get(
      `/v1/orders/:orderId/${path}`,
      {
        schema: {
          summary,
          tags: ['Buying'],
          ...guest,
          response: {
            200: { content: { [contentType]: { schema: z.string().meta({ format: 'binary' }) } } },
          },
        },
        config: {
          access: holderOf('guest-token'),
          limit: 'everything',
          problems: [requestProblems.notFound, ...problems],
        },
      },
      async (request, reply) => {
        const order = await deps.orderOfGuest(request.params.orderId, request.headers['tessera-guest'])
        const file: OrderFile = await make(deps, order.orgId, order.id)
        return reply
          .type(type)
          .header('content-disposition', `attachment; filename="${file.name}"`)
          .send(file.content as never)
      },
    )
  }
}

const eventParams = z.strictObject({ orgId: idOf('org'), eventId: idOf('evt') })

function ticketListRoute(app: App, deps: TicketsRoutesDeps): void {
  app.get(
    '/v1/organisations/:orgId/events/:eventId/tickets',
    {
      schema: {
        summary: 'The tickets of an event by serial number',
        tags: ['Tickets'],
        params: eventParams,
        querystring: z.strictObject({
          cursor: z.coerce
            .number()
            .int()
            .min(0)
            .max(2_000_000_000)
            .default(0)
            .describe('nextCursor of the page before'),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
        response: { 200: z.object({ items: z.array(ticketRow), nextCursor: z.string().nullable() }) },
      },
      config: {
        access: { kind: 'permission', permission: 'orders.read' },
        limit: 'reads',
        problems: [requestProblems.notFound],
      },
    },
    async ({ params: { orgId, eventId }, query: { cursor, limit } }) => {
      const found = await withOrg(deps.db, orgId, async (tx) => {
        const tickets = await readTicketsOfEvent(tx, orgId, eventId, { after: cursor, limit: limit + 1 })
        if (tickets.length === 0 && !(await deps.readEvent(tx, orgId, eventId)))
          throw requestProblems.notFound()
        return tickets
      })
      const page = found.slice(0, limit)
      const last = found.length > limit ? page.at(-1) : undefined
      return { items: page.map(rowOf), nextCursor: last ? String(last.serial) : null }
    },
  )
}

function publicKeyRoute(app: App, deps: TicketsRoutesDeps): void {
  app.get(
    '/v1/organisations/:orgId/events/:eventId/public-key',
    {
      schema: {
        summary: 'What a door needs to verify codes without a network',
        tags: ['Door'],
        params: eventParams,
        response: {
          200: z.object({
            eventId: idAnswer('evt'),
            algorithm: z.literal('Ed25519'),
            publicKey: z.string().describe('32 bytes, base64url'),
            letsInFrom: timeAnswer,
            letsInUntil: timeAnswer,
          }),
        },
      },
      config: {
        access: { kind: 'permission', permission: 'admission.read' },
        limit: 'reads',
        problems: [ticketsProblems.eventNotFound],
      },
    },
    async ({ params: { orgId, eventId } }) =>
      withOrg(deps.db, orgId, async (tx) => {
        const event = await deps.readEvent(tx, orgId, eventId)
        if (!event) throw ticketsProblems.eventNotFound()
        const { publicKey } = await ensureEventKey(deps, tx, orgId, eventId)
        const { from, until } = admissionWindow(event)
        return {
          eventId: publicId('evt', eventId),
          algorithm: 'Ed25519' as const,
          publicKey: publicKey.toString('base64url'),
          letsInFrom: from.toISOString(),
          letsInUntil: until.toISOString(),
        }
      }),
  )
}

function issueRoute(app: App, deps: TicketsRoutesDeps): void {
  app.post(
    '/v1/organisations/:orgId/orders/:orderId/issue-tickets',
    {
      schema: {
        summary: 'For a buyer who paid and has no tickets: ask the provider, then issue what is missing',
        tags: ['Tickets'],
        params: z.strictObject({ orgId: idOf('org'), orderId: idOf('ord') }),
        response: { 200: z.object({ issued: z.int(), tickets: z.array(ticketRow) }) },
      },
      config: {
        access: { kind: 'permission', permission: 'tickets.manage' },
        problems: [ticketsProblems.orderNotFound, ticketsProblems.orderNotPaid],
      },
    },
    async ({ params: { orgId, orderId } }) => {
      const { issued, tickets } = await ensureTickets(deps, orgId, orderId)
      return { issued, tickets: tickets.map(rowOf) }
    },
  )
}

function rowOf(ticket: Ticket) {
  return {
    id: publicId('tkt', ticket.id),
    serial: ticket.serial,
    orderId: publicId('ord', ticket.orderId),
    ticketTypeId: publicId('tty', ticket.ticketTypeId),
    ticketTypeName: ticket.typeName,
    holderName: ticket.holderName,
    state: ticket.state,
    admits: ticket.admits,
    admitted: ticket.admitted,
    issuedAt: ticket.issuedAt.toISOString(),
  }
}
