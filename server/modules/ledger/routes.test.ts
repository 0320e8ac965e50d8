import { afterAll, beforeAll, expect, test } from 'vitest'
import { withOrg } from '#platform/database'
import { createHttp, type App } from '#platform/http'
import { newId, publicId, type OrgId } from '#platform/ids'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { post } from './post.ts'
import { ledgerRoutes } from './routes.ts'
import { transfers } from './transfers.ts'

const [mine, other] = [newId<OrgId>(), newId<OrgId>()]
let world: TestPlatform
let http: App

beforeAll(async () => {
  world = await testPlatform({ through: '0005' })
  http = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter(defaultLimits),
    // Who is calling is the header itself: `finance`, `door` (both of one organisation) or `operator`.
    authenticate: async ({ headers: { authorization: who } }) =>
      who === undefined
        ? undefined
        : {
            kind: 'person',
            id: who,
            actor: `person:${who}`,
            name: who,
            operator: who === 'operator',
            can: (permission, orgId) => who === 'finance' && permission === 'money.read' && orgId === mine,
            belongsTo: (orgId) => who !== 'operator' && orgId === mine,
          },
    trustedProxies: 0,
    publicUrl: 'http://localhost',
  })
  ledgerRoutes(http, world)
  for (const [orgId, currency] of [
    [mine, 'EUR'],
    [mine, 'CHF'],
    [other, 'EUR'],
  ] as const) {
    const split = { organiser: 10000, platformFee: 500, tax: [{ jurisdiction: 'DE', amount: 800 }] }
    const paymentId = newId()
    const sale = transfers.primarySale({ paymentId, currency, amount: 11300, split })
    const late = transfers.latePaymentReceived({ paymentId: newId(), currency, amount: 700 })
    await withOrg(world.db, orgId, (tx) => post(tx, orgId, [sale, late]))
  }
})
afterAll(async () => {
  await http.close()
  await world.close()
})

const get = (path: string, who?: string) =>
  http.inject({ url: path, headers: who === undefined ? {} : { authorization: who } })
const balancePath = (orgId: OrgId) => `/v1/organisations/${publicId('org', orgId)}/balance`

test('finance sees what the organisation is owed, by currency, and nothing of another organisation', async () => {
  const answer = await get(balancePath(mine), 'finance')
  expect(answer.statusCode).toBe(200)
  const eur = (amount: number) => ({ amount, currency: 'EUR' })
  expect(answer.json().balances).toHaveLength(2)
  expect(answer.json().balances[1]).toEqual({
    currency: 'EUR',
    payable: eur(10000),
    onItsWay: eur(12000),
    platformFees: eur(500),
    refundsDue: eur(700),
    tax: [{ jurisdiction: 'DE', amount: eur(800) }],
  })
})

test('the balance is for those who may read money', async () => {
  expect((await get(balancePath(mine))).statusCode).toBe(401)
  expect((await get(balancePath(mine), 'door')).statusCode).toBe(403)
  expect((await get(balancePath(other), 'finance')).statusCode).toBe(404)
})

test('the operator sees all organisations together, and that both sides are equal', async () => {
  const answer = await get('/v1/operator/trial-balance', 'operator')
  expect(answer.statusCode).toBe(200)
  expect(answer.json().outOfBalance).toEqual([])
  expect(answer.json().accounts).toContainEqual({
    code: 'R.fee',
    currency: 'EUR',
    debits: 0,
    credits: 1000,
    balance: 1000,
  })
  expect((await get('/v1/operator/trial-balance', 'finance')).statusCode).toBe(403)
})
