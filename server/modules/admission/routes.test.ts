import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, issueTickets, ticketsMachines, ticketsOfOrders } from '#modules/tickets'
import { withOrg } from '#platform/database'
import { createHttp, type App } from '#platform/http'
import { newId, publicId } from '#platform/ids'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { anEventWithOpenDoors, aPaidOrder, orderShelf, type SoldEvent } from '../tickets/ticket-fixtures.ts'
import { admissionRoutes } from './routes.ts'
import type { ScanId } from './scan.ts'

let world: TestPlatform
let app: App
let sold: SoldEvent
let code: string

beforeAll(async () => {
  world = await testPlatform({ through: '0009', machines: ticketsMachines })
  sold = await anEventWithOpenDoors(world)
  const shelf = orderShelf()
  const order = aPaidOrder(sold, { family: 1 })
  await shelf.add(world, sold.orgId, order)
  code = await withOrg(world.db, sold.orgId, async (tx) => {
    await issueTickets({ ...world, readOrders: shelf.readOrders }, tx, sold.orgId, [
      { orderId: order.id, eventId: order.eventId },
    ])
    const [ticket] = await ticketsOfOrders(tx, sold.orgId, [order.id])
    return (ticket && (await codeOf(world, tx, sold.orgId, sold.event, ticket))) ?? ''
  })
  app = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter({ ...defaultLimits }),
    authenticate: ({ headers }) =>
      Promise.resolve({
        kind: 'key',
        id: 'north',
        actor: 'key:north',
        name: 'North',
        operator: false,
        can: (permission) => headers.authorization === permission,
        belongsTo: () => true,
      }),
    trustedProxies: 0,
    publicUrl: world.publicUrl,
  })
  admissionRoutes(app, {
    ...world,
    readEvent: (_tx, orgId) => Promise.resolve(orgId === sold.orgId ? sold.event : undefined),
  })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await world.close()
})

function call(method: 'GET' | 'POST', path: string, permission: string, payload?: object) {
  const url = `/v1/organisations/${publicId('org', sold.orgId)}/events/${publicId('evt', sold.event.id)}/${path}`
  return app.inject({ method, url, headers: { authorization: permission }, ...(payload ? { payload } : {}) })
}

const scanId = () => publicId('scn', newId<ScanId>())

test('a door previews a code, scans it, and reads how many are in', async () => {
  const preview = await call('POST', 'scans/preview', 'admission.scan', { code })
  expect(preview.json()).toMatchObject({
    verdict: 'admitted',
    ticket: { admitted: 0, remaining: 4 },
    counts: { admitted: 0, expected: 4 },
  })
  const scan = { id: scanId(), code, gate: 'North', scannedAt: world.clock.now().toISOString() }
  const answer = (await call('POST', 'scans', 'admission.scan', scan)).json()
  expect(answer).toEqual({
    verdict: 'admitted',
    reason: null,
    message: 'Welcome, number 1 of 4. 3 more may come in.',
    ticket: {
      id: expect.stringMatching(/^tkt_/),
      serial: 1,
      ticketTypeName: 'Family',
      holderName: 'Ana Lima',
      admits: 4,
      admitted: 1,
      remaining: 3,
    },
    previous: null,
    counts: { admitted: 1, expected: 4 },
  })
  expect((await call('POST', 'scans', 'admission.scan', scan)).json()).toEqual(answer)
  expect((await call('GET', 'admission-counts', 'admission.read')).json()).toEqual({
    admitted: 1,
    expected: 4,
    byTicketType: [
      { ticketTypeId: publicId('tty', sold.family), ticketTypeName: 'Family', admitted: 1, expected: 4 },
    ],
    byGate: [{ gate: 'North', admitted: 1 }],
  })
  const [row] = await world.asOwner<{ actor: string }>('select actor from admission.scan')
  expect(row).toEqual({ actor: 'key:north' })
})

test('whoever may only read the counts may not scan, and the other way round', async () => {
  expect((await call('POST', 'scans', 'admission.read', { id: scanId(), code })).statusCode).toBe(403)
  expect((await call('POST', 'scans/preview', 'admission.read', { code })).statusCode).toBe(403)
  expect((await call('GET', 'admission-counts', 'admission.scan')).statusCode).toBe(403)
})

test('what no scanner sends is refused by field', async () => {
  const answer = await call('POST', 'scans', 'admission.scan', { id: 'tkt_1', code: '', gate: 'a\u0000b' })
  expect(answer.statusCode).toBe(422)
  const fields = answer.json().errors.map((error: { field: string }) => error.field)
  expect(fields).toEqual(expect.arrayContaining(['/id', '/code', '/gate']))
})
