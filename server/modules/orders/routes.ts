import { z } from 'zod'
import type { Clock } from '#platform/clock'
import type { Keys } from '#platform/crypto'
import { withOrg, type Database } from '#platform/database'
import type { Events } from '#platform/events'
import { holderOf, humanText, moneyAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { readEventForSale, type EventForSale } from '#modules/catalog'
import { browserHeader } from '#modules/holds'
import { positionInLine, settlePayment, type PaymentsDeps } from '#modules/payments'
import { describeOrder, orderAnswer, type OrderAnswer, type TicketAnswer } from './describe-order.ts'
import { cancelOrder } from './end-orders.ts'
import { guestHeader, guestToken, orderOfGuest } from './guest-link.ts'
import type { EventId, Order, OrderId } from './order.ts'
import { currentPayment, payOrder } from './pay-order.ts'
import type { OrdersDesk } from './place-order.ts'
import { listOrders, readOrders } from './order-store.ts'
import { ordersProblems } from './problems.ts'

export type OrdersRoutesDeps = PaymentsDeps & {
  db: Database
  clock: Clock
  keys: Keys
  events: Events
  desk: OrdersDesk
  /** A published event from memory; undefined when it is not public. */
  eventForSale(eventId: EventId): Promise<EventForSale | undefined>
  /** Any event of a tenant, also one that is no longer sold. */
  eventOfOrder(orgId: OrgId, eventId: EventId): Promise<EventForSale>
  /** The module above orders gives the tickets. */
  ticketsOf(order: Order): Promise<TicketAnswer[]>
}

const placeBody = z.strictObject({
  holdId: idOf('hld'),
  buyer: z.strictObject({
    name: humanText({ max: 120 }),
    email: z
      .email()
      .max(254)
      .refine((text) => text.isWellFormed(), 'is not a mail address'),
  }),
  accept: z
    .strictObject({ termsVersion: z.int().min(1), refundPolicyVersion: z.int().min(1) })
    .optional()
    .describe('the versions that the buyer saw and accepted; without it nothing is sold'),
  expectedTotal: z.strictObject({
    amount: z.int().min(0).max(1_000_000_000_000),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency of three letters'),
  }),
  locale: z.enum(['en', 'de']).default('en'),
})

const orderParams = z.object({ orderId: idOf('ord') })

export function ordersRoutes(app: App, deps: OrdersRoutesDeps): void {
  placeRoute(app, deps)

  const guest = { params: orderParams, headers: guestHeader, response: { 200: orderAnswer } }
  const orderOf = (request: { params: { orderId: OrderId }; headers: { 'tessera-guest': string } }) =>
    orderOfGuest(deps, request.params.orderId, request.headers['tessera-guest'])

  app.get(
    '/v1/orders/:orderId',
    {
      schema: { summary: 'Look at an order', tags: ['Buying'], ...guest },
      config: { access: holderOf('guest-token'), limit: 'reads', problems: [requestProblems.notFound] },
    },
    async (request) => view(deps, await orderOf(request)),
  )

  app.post(
    '/v1/orders/:orderId/payment',
    {
      schema: { summary: 'Start the payment, or find the one that is under way', tags: ['Buying'], ...guest },
      config: {
        access: holderOf('guest-token'),
        limit: 'paymentSessions',
        problems: [
          requestProblems.notFound,
          ordersProblems.holdEnded,
          ordersProblems.notPayable,
          ordersProblems.eventCancelled,
        ],
      },
    },
    async (request) => {
      const order = await orderOf(request)
      await payOrder(deps, order, await deps.eventOfOrder(order.orgId, order.eventId))
      return viewAgain(deps, order)
    },
  )

  app.post(
    '/v1/orders/:orderId/payment/check',
    {
      schema: { summary: 'Ask the provider now how the payment stands', tags: ['Buying'], ...guest },
      config: { access: holderOf('guest-token'), limit: 'purchases', problems: [requestProblems.notFound] },
    },
    async (request) => {
      const order = await orderOf(request)
      const payment = await currentPayment(deps.db, order.orgId, order)
      if (payment && ['created', 'open', 'processing'].includes(payment.state))
        await settlePayment(deps, order.orgId, payment.id, 'success-page')
      return viewAgain(deps, order)
    },
  )

  app.post(
    '/v1/orders/:orderId/cancel',
    {
      schema: { summary: 'Cancel before paying', tags: ['Buying'], ...guest },
      config: {
        access: holderOf('guest-token'),
        limit: 'purchases',
        problems: [requestProblems.notFound, ordersProblems.notCancellable],
      },
    },
    async (request) => {
      const order = await orderOf(request)
      await cancelOrder(deps, order)
      return viewAgain(deps, order)
    },
  )
}

function placeRoute(app: App, deps: OrdersRoutesDeps): void {
  const placedAnswer = orderAnswer.extend({
    guestToken: z.string().describe('opens the order for a guest; keep it in the browser'),
  })
  app.post(
    '/v1/events/:eventId/orders',
    {
      schema: {
        summary: 'Order what is held',
        description:
          'One hold becomes one order, so the hold is the idempotency key. A free order is paid at once; read the order for its tickets.',
        tags: ['Buying'],
        params: z.object({ eventId: idOf('evt') }),
        headers: browserHeader,
        body: placeBody,
        response: { 200: placedAnswer, 201: placedAnswer },
      },
      config: {
        access: holderOf('browser-key'),
        limit: 'purchases',
        problems: [
          requestProblems.notFound, ordersProblems.holdEnded, ordersProblems.alreadyPlaced, ordersProblems.termsRequired,
          ordersProblems.termsChanged, ordersProblems.priceChanged, ordersProblems.limitPerBuyer,
        ], // oxfmt-ignore
      },
    },
    async (request, reply) => {
      const { body } = request
      const event = await deps.eventForSale(request.params.eventId)
      if (!event) throw requestProblems.notFound()
      if (!body.accept) throw ordersProblems.termsRequired({ field: '/accept' })
      const { order, fresh } = await deps.desk.ask(event.id, {
        ...body,
        accept: body.accept,
        event,
        browserKey: request.headers['tessera-browser'],
        acceptedFrom: request.ip,
      })
      // Whoever ordered a moment ago goes on to the order's own address; its tickets are read and signed there.
      const answer = await view(deps, order, { tickets: false })
      return reply
        .status(fresh ? 201 : 200)
        .send({ ...answer, guestToken: guestToken(deps.keys, order.id, order.guestGeneration) })
    },
  )
}

async function viewAgain(deps: OrdersRoutesDeps, { orgId, id }: Order): Promise<OrderAnswer> {
  const [order] = await withOrg(deps.db, orgId, (tx) => readOrders(tx, orgId, [id]))
  if (!order) throw requestProblems.notFound()
  return view(deps, order)
}

async function view(deps: OrdersRoutesDeps, order: Order, show = { tickets: true }): Promise<OrderAnswer> {
  const payment = order.total === 0 ? undefined : await currentPayment(deps.db, order.orgId, order)
  const withTickets = show.tickets && order.paidAt !== null
  return describeOrder({
    order,
    payment,
    event: await deps.eventOfOrder(order.orgId, order.eventId),
    position: payment?.state === 'created' ? await positionInLine(deps, order.orgId, payment.id) : null,
    tickets: withTickets ? await deps.ticketsOf(order) : [],
    now: deps.clock.now(),
  })
}

/** Staff see orders of their organisation; the buyer's address is part of what they need at the counter. */
export function staffOrdersRoutes(app: App, { db }: Pick<OrdersRoutesDeps, 'db'>): void {
  const item = z.object({
    id: idAnswer('ord'), number: z.string(), state: z.string(), buyer: z.object({ name: z.string(), email: z.string() }),
    total: moneyAnswer, tickets: z.int(), createdAt: z.iso.datetime(), paidAt: z.iso.datetime().nullable(),
  }) // oxfmt-ignore
  app.get(
    '/v1/organisations/:orgId/events/:eventId/orders',
    {
      schema: {
        summary: 'Orders of an event, newest first',
        tags: ['Orders'],
        params: z.object({ orgId: idOf('org'), eventId: idOf('evt') }),
        querystring: z.object({
          cursor: idOf('ord').optional(),
          limit: z.coerce.number().int().min(1).max(100).default(50),
        }),
        response: { 200: z.object({ items: z.array(item), nextCursor: z.string().nullable() }) },
      },
      config: {
        access: { kind: 'permission', permission: 'orders.read' },
        problems: [requestProblems.notFound],
      },
    },
    async ({ params: { orgId, eventId }, query }) => {
      const orders = await withOrg(db, orgId, async (tx) => {
        const found = await listOrders(tx, orgId, eventId, query)
        if (found.length === 0 && !(await readEventForSale(tx, orgId, eventId)))
          throw requestProblems.notFound()
        return found
      })
      const last = orders.length === query.limit ? orders.at(-1) : undefined
      return {
        items: orders.map((order) => ({
          id: publicId('ord', order.id),
          number: order.number,
          state: order.state,
          buyer: { name: order.buyerName, email: order.buyerEmail },
          total: { amount: order.total, currency: order.currency },
          tickets: order.lines.reduce((sum, line) => sum + line.quantity, 0),
          createdAt: order.createdAt.toISOString(),
          paidAt: order.paidAt?.toISOString() ?? null,
        })),
        nextCursor: last ? publicId('ord', last.id) : null,
      }
    },
  )
}
