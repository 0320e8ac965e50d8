import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { issueTickets, ticketsIssued, ticketsMachines } from '#modules/tickets'
import { withOrg } from '#platform/database'
import { within } from '#platform/events'
import { createHttp, type App } from '#platform/http'
import { publicId, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { anEventWithOpenDoors, aPaidOrder, orderShelf, type SoldEvent } from '../tickets/ticket-fixtures.ts'
import { notificationsMachines } from './message.ts'
import { queueTicketMail } from './queue-messages.ts'
import { notificationsRoutes, type NotificationsRoutesDeps } from './routes.ts'

let world: TestPlatform
let app: App
let sold: SoldEvent
const shelf = orderShelf()
const order = () => [...shelf.orders.values()][0] as ReturnType<typeof aPaidOrder>
const token = 'the-token-of-this-guest'

beforeAll(async () => {
  world = await testPlatform({
    through: '0010',
    machines: [...ticketsMachines, ...notificationsMachines],
    reactions: () => [
      within(ticketsIssued, (_world: TestPlatform, tx, orgId, facts) =>
        queueTicketMail({ ...world, readOrders: shelf.readOrders }, tx, orgId, facts),
      ),
    ],
  })
  sold = await anEventWithOpenDoors(world)
  await shelf.add(world, sold.orgId, aPaidOrder(sold))
  const fact = { orderId: order().id, eventId: sold.event.id }
  await withOrg(world.db, sold.orgId, (tx) =>
    issueTickets({ ...world, readOrders: shelf.readOrders }, tx, sold.orgId, [fact]),
  )
})
beforeEach(async () => {
  app = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter({ ...defaultLimits }),
    authenticate: ({ headers }) =>
      Promise.resolve({
        kind: 'person',
        id: 'p',
        actor: 'person:p',
        name: 'P',
        operator: false,
        can: (permission) => headers.authorization === permission,
        belongsTo: () => true,
      }),
    trustedProxies: 0,
    publicUrl: world.publicUrl,
  })
  const deps: NotificationsRoutesDeps = {
    ...world,
    readOrders: shelf.readOrders,
    readEvent: () => Promise.resolve(sold.event),
    mail: {
      send: () => Promise.resolve({ kind: 'accepted', providerMessageId: 'm' }),
      probe: () => Promise.resolve(),
      close: () => {},
    },
    mailFrom: 'tickets@tessera.example',
    platformOrgId: '00000000-0000-7000-8000-000000000001' as OrgId,
    guestLink: () => 'link',
    findOrdersOf: () => Promise.resolve([]),
    emailKey: (email) => email.trim().toLowerCase(),
    orderOfGuest: (orderId, shown) => {
      if (orderId !== order().id || shown !== token) throw requestProblems.notFound()
      return Promise.resolve({ id: orderId, orgId: sold.orgId })
    },
  }
  notificationsRoutes(app, deps)
  await app.ready()
})
afterEach(() => app.close())
afterAll(() => world.close())

const resend = (shown: string) =>
  app.inject({
    method: 'POST',
    url: `/v1/orders/${publicId('ord', order().id)}/resend`,
    headers: { 'tessera-guest': shown },
  })

const staffPath = (what: string) =>
  `/v1/organisations/${publicId('org', sold.orgId)}/orders/${publicId('ord', order().id)}/${what}`

test('a buyer has the tickets sent again with the order’s link, a few times a minute, and nobody else does', async () => {
  const answers = []
  for (let time = 1; time <= 6; time += 1) answers.push((await resend(token)).statusCode)
  expect(answers).toEqual([202, 202, 202, 202, 202, 429])
})

test('somebody without the link is told of no order', async () => {
  expect((await resend('not-the-token-of-this-guest')).json()).toMatchObject({
    status: 404,
    code: 'request.not-found',
  })
})

test('staff sees what became of an order’s mails, and has them sent again with the right permission', async () => {
  const list = await app.inject({ url: staffPath('messages'), headers: { authorization: 'orders.read' } })
  expect(list.json().items).toMatchObject([
    { template: 'tickets', state: 'queued', recipient: order().buyerEmail, attempts: 0 },
  ])
  const send = (permission: string) =>
    app.inject({ method: 'POST', url: staffPath('resend'), headers: { authorization: permission } })
  expect([(await send('messages.resend')).statusCode, (await send('orders.read')).statusCode]).toEqual([
    202, 403,
  ])
})

test('whoever asks for orders by address gets the same answer for every address', async () => {
  const ask = (email: string) => app.inject({ method: 'POST', url: '/v1/order-links', payload: { email } })
  const [known, unknown] = [await ask(order().buyerEmail), await ask('nobody@example.org')]
  expect([known.statusCode, known.body]).toEqual([202, '{}'])
  expect([unknown.statusCode, unknown.body]).toEqual([known.statusCode, known.body])
  expect((await ask('no address')).statusCode).toBe(422)
})
