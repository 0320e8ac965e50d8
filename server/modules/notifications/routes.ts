import { z } from 'zod'
import { guestHeader } from '#modules/orders'
import type { OrderId } from '#modules/tickets'
import { withOrg } from '#platform/database'
import { anyone, holderOf, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { requestOrderLinks } from './find-orders-by-mail.ts'
import { readMessagesOfOrder } from './message-store.ts'
import type { NotificationsDeps } from './notifications-deps.ts'
import { notificationsProblems } from './problems.ts'
import { resendTickets } from './resend-tickets.ts'

export interface NotificationsRoutesDeps extends NotificationsDeps {
  /** The order that this token opens. Refuses with request.not-found. */
  orderOfGuest(orderId: OrderId, token: string): Promise<{ id: OrderId; orgId: OrgId }>
}

const nothing = z.strictObject({})

export function notificationsRoutes(app: App, deps: NotificationsRoutesDeps): void {
  buyerRoutes(app, deps)
  staffRoutes(app, deps)
}

function buyerRoutes(app: App, deps: NotificationsRoutesDeps): void {
  app.post(
    '/v1/orders/:orderId/resend',
    {
      schema: {
        summary: 'Send the tickets again, to the address of the order',
        tags: ['Buying'],
        params: z.strictObject({ orderId: idOf('ord') }),
        headers: guestHeader,
        response: { 202: nothing },
      },
      config: {
        access: holderOf('guest-token'),
        limit: 'mails',
        problems: [requestProblems.notFound, notificationsProblems.noTicketsYet],
      },
    },
    async (request, reply) => {
      const order = await deps.orderOfGuest(request.params.orderId, request.headers['tessera-guest'])
      await resendTickets(deps, order.orgId, order.id)
      return reply.status(202).send({})
    },
  )

  app.post(
    '/v1/order-links',
    {
      schema: {
        summary: 'Find orders by mail address',
        description:
          'Answers the same whether there are orders or not; if there are, a mail with links to them is sent.',
        tags: ['Buying'],
        body: z.strictObject({ email: z.email().max(254) }),
        response: { 202: nothing },
      },
      config: { access: anyone, limit: 'mails' },
    },
    async (request, reply) => {
      await requestOrderLinks(deps, request.body.email)
      return reply.status(202).send({})
    },
  )
}

const messageAnswer = z.object({
  id: idAnswer('msg'),
  template: z.enum(['tickets', 'payment-returned', 'order-links']),
  state: z.enum(['queued', 'sending', 'sent', 'failed', 'bounced', 'dropped']),
  recipient: z.string(),
  attempts: z.int(),
  nextAttemptAt: timeAnswer.nullable(),
  lastError: z.string().nullable(),
  sentAt: timeAnswer.nullable(),
  createdAt: timeAnswer,
})

function staffRoutes(app: App, deps: NotificationsRoutesDeps): void {
  const params = z.strictObject({ orgId: idOf('org'), orderId: idOf('ord') })

  app.get(
    '/v1/organisations/:orgId/orders/:orderId/messages',
    {
      schema: {
        summary: 'The mails of an order and what became of them',
        tags: ['Orders'],
        params,
        response: { 200: z.object({ items: z.array(messageAnswer) }) },
      },
      config: {
        access: { kind: 'permission', permission: 'orders.read' },
        limit: 'reads',
        problems: [requestProblems.notFound],
      },
    },
    async ({ params: { orgId, orderId } }) => {
      const messages = await withOrg(deps.db, orgId, async (tx) => {
        const found = await readMessagesOfOrder(tx, orgId, orderId)
        if (found.length === 0 && (await deps.readOrders(tx, orgId, [orderId])).length === 0)
          throw requestProblems.notFound()
        return found
      })
      return {
        items: messages.map(
          ({ id, template, state, recipient, attempts, nextAttemptAt, lastError, sentAt, createdAt }) => ({
            id: publicId('msg', id),
            template,
            state,
            recipient,
            attempts,
            nextAttemptAt: state === 'queued' ? nextAttemptAt.toISOString() : null,
            lastError,
            sentAt: sentAt?.toISOString() ?? null,
            createdAt: createdAt.toISOString(),
          }),
        ),
      }
    },
  )

  app.post(
    '/v1/organisations/:orgId/orders/:orderId/resend',
    {
      schema: {
        summary: 'Send the tickets again, to the address of the order',
        tags: ['Orders'],
        params,
        response: { 202: nothing },
      },
      config: {
        access: { kind: 'permission', permission: 'messages.resend' },
        problems: [requestProblems.notFound, notificationsProblems.noTicketsYet],
      },
    },
    async ({ params: { orgId, orderId } }, reply) => {
      await resendTickets(deps, orgId, orderId)
      return reply.status(202).send({})
    },
  )
}
