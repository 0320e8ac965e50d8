import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asPlatform, withOrg } from '#platform/database'
import { newId, publicId, type OrgId } from '#platform/ids'
import {
  alertInvariantBroken,
  alertPaymentFrozen,
  alertRules,
  raiseAlert,
  resolveAlert,
  runbookOf,
  type AlertRule,
} from './public.ts'
import { operationsWorld, type OperationsWorld } from './operations-fixture.ts'

let world: OperationsWorld
let operator: Record<string, string>

beforeAll(async () => {
  world = await operationsWorld()
  operator = await world.person('Olga', { operator: true })
})
afterAll(() => world.close())

function raise(subject: string, rule: AlertRule = 'operations.jobs-late') {
  return asPlatform(world.db, (tx) =>
    raiseAlert(world, tx, { rule, subject, summary: `Something about ${subject}.`, data: { subject } }),
  )
}

async function list(query = ''): Promise<{ items: Record<string, unknown>[]; nextCursor: string | null }> {
  const answer = await world.app.inject({ url: `/v1/operator/alerts${query}`, headers: operator })
  expect(answer.statusCode).toBe(200)
  return answer.json()
}

async function move(id: string, event: 'acknowledge' | 'resolve', body = {}, headers = {}) {
  const url = `/v1/operator/alerts/${id}/${event}`
  return world.app.inject({ method: 'POST', url, payload: body, headers: { ...operator, ...headers } })
}

const rowsOf = (subject: string) =>
  world.asOwner<{ id: string; times: number; state: string }>(
    'select id, times, state from operations.alert where subject = $1 order by id',
    [subject],
  )

test('the same fault raised a hundred times at once is one alert', async () => {
  await Promise.all(Array.from({ length: 100 }, () => raise('storm')))
  expect(await rowsOf('storm')).toMatchObject([{ times: 100, state: 'open' }])
})

test('a fault that comes back after it was resolved is a new alert', async () => {
  await raise('again')
  await asPlatform(world.db, (tx) => resolveAlert(world, tx, 'operations.jobs-late', 'again'))
  await asPlatform(world.db, (tx) => resolveAlert(world, tx, 'operations.jobs-late', 'again'))
  await raise('again')
  expect((await rowsOf('again')).map((row) => row.state)).toEqual(['resolved', 'open'])
})

test('an alert is there if and only if what it is about is', async () => {
  await expect(
    asPlatform(world.db, async (tx) => {
      await raiseAlert(world, tx, {
        rule: 'operations.jobs-late',
        subject: 'rolled back',
        summary: 'x',
        data: {},
      })
      throw new Error('the cause did not happen')
    }),
  ).rejects.toThrow()
  expect(await rowsOf('rolled back')).toEqual([])
})

test('facts of a tenant raise alerts in the transaction of the tenant', async () => {
  const orgId = newId<OrgId>()
  const paymentId = newId()
  const fact = { paymentId, orderId: newId(), because: 'amount-differs' }
  await withOrg(world.db, orgId, (tx) => alertPaymentFrozen(world, tx, orgId, [fact, fact]))
  await withOrg(world.db, orgId, (tx) =>
    alertInvariantBroken(world, tx, orgId, [{ invariant: 'balanced', orgId, currency: 'EUR' }]),
  )
  const { items } = await list('?limit=100')
  expect(items.filter((one) => one['organisationId'] === publicId('org', orgId))).toMatchObject([
    { rule: 'ledger.invariant-broken', severity: 'page', subject: `balanced ${orgId} EUR` },
    {
      rule: 'payments.payment-frozen',
      severity: 'page',
      times: 2,
      runbook: 'docs/runbooks/payments.payment-frozen.md',
    },
  ])
})

test('an alert tells no people and no secrets', async () => {
  await asPlatform(world.db, (tx) =>
    raiseAlert(world, tx, {
      rule: 'operations.mail-silent',
      subject: 'private',
      summary: 'No mail to ana@example.com with sk_live_51H8abcDEF',
      data: { email: 'ana@example.com', card: '4242424242424242', orderId: 'ord_1' },
    }),
  )
  const rows = await world.asOwner<{ all: string }>(
    `select json_agg(a)::text as all from operations.alert a where subject = 'private'`,
  )
  expect(rows[0]?.all).not.toMatch(/ana@example|sk_live|4242/)
  expect(rows[0]?.all).toContain('ord_1')
})

test('an operator takes an alert, notes why, resolves it; each step is in the audit and offered only while it can be done', async () => {
  const id = publicId('alr', await raise('steps'))
  const find = async (query = '') => (await list(`?limit=100${query}`)).items.find((one) => one['id'] === id)
  expect(await find()).toMatchObject({ state: 'open', allowedActions: ['acknowledge', 'resolve'] })
  expect((await move(id, 'acknowledge', { note: 'I look.' })).json()).toMatchObject({
    state: 'acknowledged',
    allowedActions: ['resolve'],
  })
  expect((await move(id, 'acknowledge')).json()).toMatchObject({ code: 'operations.alert-moved' })
  expect((await move(id, 'resolve', { note: 'Restarted the worker.' })).json()).toMatchObject({
    state: 'resolved',
    allowedActions: [],
  })
  expect((await move(id, 'resolve')).statusCode).toBe(409)
  expect(await find()).toBeUndefined()
  expect(await find('&state=resolved')).toMatchObject({ acknowledgedBy: expect.stringMatching(/^person:/) })
  const audit = await world.asOwner(
    `select from_state, to_state, actor like 'person:%' as person, reason from platform.transition
     where entity = 'operations.alert' and entity_id = (select id from operations.alert where subject = 'steps') order by seq`,
  )
  expect(audit).toEqual([
    { from_state: 'open', to_state: 'acknowledged', person: true, reason: 'I look.' },
    { from_state: 'acknowledged', to_state: 'resolved', person: true, reason: 'Restarted the worker.' },
  ])
})

test('a click that is sent twice is done once, and answered twice', async () => {
  const id = publicId('alr', await raise('twice'))
  const first = await move(id, 'resolve', {}, { 'idempotency-key': 'click-1' })
  const second = await move(id, 'resolve', {}, { 'idempotency-key': 'click-1' })
  expect([first.statusCode, second.statusCode]).toEqual([200, 200])
  expect(second.json()).toEqual(first.json())
})

test('of two operators who act at once one is told that the other was quicker', async () => {
  const id = publicId('alr', await raise('two'))
  const answers = await Promise.all([move(id, 'resolve'), move(id, 'resolve'), move(id, 'resolve')])
  expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1)
  expect(answers.filter((answer) => answer.statusCode === 409)).toHaveLength(2)
})

test('the list can be read to its end, page by page', async () => {
  const ids = []
  for (let i = 0; i < 5; i += 1) ids.push(publicId('alr', await raise(`page ${i}`)))
  const seen: unknown[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    seen.push(...page.items.map((one) => one['id']))
    cursor = page.nextCursor
  }
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen).toEqual(expect.arrayContaining(ids))
})

test('nobody but operators sees or moves alerts', async () => {
  const id = publicId('alr', await raise('closed'))
  const person = await world.person('Paul')
  for (const [headers, status] of [
    [{}, 401],
    [person, 403],
    [{ authorization: `Bearer tsk_${'x'.repeat(43)}` }, 401],
  ] as const) {
    expect((await world.app.inject({ url: '/v1/operator/alerts', headers })).statusCode).toBe(status)
    const moved = await world.app.inject({
      method: 'POST',
      url: `/v1/operator/alerts/${id}/resolve`,
      payload: {},
      headers,
    })
    expect(moved.statusCode).toBe(status)
  }
  const unknown = publicId('alr', newId<never>())
  expect((await move(unknown, 'resolve')).statusCode).toBe(404)
})

const root = join(import.meta.dirname, '../../..')

test.each(Object.keys(alertRules) as AlertRule[])(
  'whoever is called because of %s finds a runbook',
  (rule) => {
    const file = join(root, runbookOf(rule))
    expect(existsSync(file)).toBe(true)
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(`# ${rule}`)
    for (const heading of ['## What it means', '## What to look at', '## What to do'])
      expect(text).toContain(heading)
  },
)

test('there is no runbook that nothing leads to', () => {
  const files = readdirSync(join(root, 'docs/runbooks')).filter((name) => /^[a-z]+\.[a-z-]+\.md$/.test(name))
  expect(files.toSorted()).toEqual(
    Object.keys(alertRules)
      .map((rule) => `${rule}.md`)
      .toSorted(),
  )
})
