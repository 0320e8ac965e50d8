import { z } from 'zod'
import type { Tx } from '#platform/database'
import type { App } from '#platform/http'
import { idempotencyRefusals } from '#platform/idempotency'
import { idOf, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { machineProblems } from '#platform/state-machine'
import type { TicketTypeRow } from './catalog-store.ts'
import { changeTicketType } from './change-ticket-type.ts'
import { createTicketType } from './create-ticket-type.ts'
import type { EventId } from './event.ts'
import { newTicketTypeInput, ticketTypeChange } from './event-input.ts'
import { catalogProblems } from './problems.ts'
import { readEventForSale } from './read-event-for-sale.ts'
import { removeTicketType } from './remove-ticket-type.ts'
import { asCaller, eventParams, mayWrite, onceAsCaller, type CatalogDeps } from './staff-access.ts'
import { shapeTicketType, ticketTypeStaffAnswer } from './staff-answers.ts'

const tags = ['Ticket types']
const typeParams = eventParams.extend({ ticketTypeId: idOf('tty') })

export function ticketTypeRoutes(app: App, deps: CatalogDeps): void {
  app.post(
    '/v1/organisations/:orgId/events/:eventId/ticket-types',
    {
      schema: {
        summary: 'Add a ticket type',
        tags,
        params: eventParams,
        body: newTicketTypeInput,
        response: { 201: ticketTypeStaffAnswer },
      },
      config: {
        access: mayWrite,
        problems: [
          requestProblems.notFound,
          catalogProblems.tooMany,
          machineProblems.notAllowed,
          ...idempotencyRefusals,
        ],
      },
    },
    async (request, reply) => {
      const { orgId, eventId } = request.params
      const { body } = await onceAsCaller(deps, request, orgId, 201, async (tx) =>
        priced(tx, orgId, eventId, await createTicketType(deps, tx, orgId, eventId, request.body)),
      )
      return reply.status(201).send(body)
    },
  )
  app.patch(
    '/v1/organisations/:orgId/events/:eventId/ticket-types/:ticketTypeId',
    {
      schema: {
        summary: 'Change a ticket type',
        tags,
        params: typeParams,
        body: ticketTypeChange,
        response: { 200: ticketTypeStaffAnswer },
      },
      config: {
        access: mayWrite,
        problems: [requestProblems.notFound, catalogProblems.frozen, machineProblems.notAllowed],
      },
    },
    async (request) => {
      const { orgId, eventId, ticketTypeId } = request.params
      return asCaller(deps, request, orgId, async (tx) =>
        priced(
          tx,
          orgId,
          eventId,
          await changeTicketType(deps, tx, orgId, eventId, ticketTypeId, request.body),
        ),
      )
    },
  )
  app.delete(
    '/v1/organisations/:orgId/events/:eventId/ticket-types/:ticketTypeId',
    {
      schema: {
        summary: 'Remove a ticket type from a draft',
        tags,
        params: typeParams,
        response: { 204: z.null() },
      },
      config: {
        access: mayWrite,
        problems: [
          requestProblems.notFound,
          catalogProblems.frozen,
          catalogProblems.inUse,
          machineProblems.notAllowed,
        ],
      },
    },
    async (request, reply) => {
      const { orgId, eventId, ticketTypeId } = request.params
      await asCaller(deps, request, orgId, (tx) => removeTicketType(deps, tx, orgId, eventId, ticketTypeId))
      return reply.status(204).send(null)
    },
  )
}

async function priced(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  type: TicketTypeRow,
): Promise<z.infer<typeof ticketTypeStaffAnswer>> {
  const event = await readEventForSale(tx, orgId, eventId)
  if (!event) throw requestProblems.notFound()
  return shapeTicketType(event, type)
}
