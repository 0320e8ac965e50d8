import { fastify } from 'fastify'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { redact, scrub } from '#platform/redact'
import { createLogger, createMetrics, type Logger } from '#platform/telemetry'

function listening(level = 'trace'): { log: Logger; written: () => string } {
  const lines: string[] = []
  const log = createLogger({
    level,
    pretty: false,
    destination: { write: (line: string) => void lines.push(line) },
  })
  return { log, written: () => lines.join('') }
}

const ticketCode = `TS1:${'6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE$VK G2EP4J0BGJLFX3R3VHXK.PJ:2DPF:R'.repeat(2)}`

/** Everything that must never be read in a log, as it would come along. */
const forbidden = {
  mail: 'ana.garcia+vip@example.co.uk',
  quotedMail: "o'neil_99@mail.example.com",
  encodedMail: 'ana%40example.com',
  card: '4242424242424242',
  cardInGroups: '4242 4242 4242 4242',
  cardWithHyphens: '3782-822463-10005',
  cardWithDots: '5555.5555.5555.4444',
  iban: 'DE89370400440532013000',
  ibanInGroups: 'DE89 3704 0044 0532 0130 00',
  stripeKey: 'sk_live_51H8abcDEFghiJKLmno',
  restrictedKey: 'rk_test_51H8abc-DEF',
  webhookSecret: 'whsec_8f7d+abc/DEF==',
  apiKey: 'tsk_aB3-dE5_gH7-jK9_mN1-pQ3_sT5-vW7_yZ9-bC1_eF3',
  clientSecret: 'pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH',
  ticketCode,
  guestToken: 'pQ3_sT5-vW7_yZ9-bC1_eF3aB3-dE5_gH7-jK9_mN1',
  sessionCookie: 'tessera.session_token=hRz1T0bqSHORT.abc%2Bdef%3D',
  bearer: 'Bearer short-one',
  address: 'postgres://tessera:hunter2@db.internal/tessera',
}

// What must be gone of each; for some, the telling part alone.
const telling: Record<string, string> = {
  ...forbidden,
  sessionCookie: 'hRz1T0bqSHORT',
  bearer: 'short-one',
  address: 'hunter2',
}

test.each(Object.entries(forbidden))('%s never reaches the log, wherever it stands', (kind, value) => {
  const { log, written } = listening()
  const secret = telling[kind] as string
  log.info(value)
  log.info(`something happened to ${value}, and then more`)
  log.info('a format %s', value)
  log.info({ note: value }, 'in a field')
  log.info({ list: ['fine', value], deep: { deeper: { still: [{ more: value }] } } }, 'deep')
  log.info({ [value]: 'as a name' }, 'as a name')
  log.info({ map: new Map([['x', value]]), set: new Set([value]) }, 'in collections')
  log.child({ bound: value }).info('bound')
  log.error(new Error(`failed for ${value}`), 'an error alone')
  log.error(
    { err: new Error('outer', { cause: new Error('middle', { cause: new Error(`inner ${value}`) }) }) },
    'with causes',
  )
  log.error({ err: new AggregateError([new Error(value)], `all failed: ${value}`) }, 'with many')
  log.error({ err: value }, 'a thrown text')
  log.error({ err: { message: value } }, 'a thrown object')
  log.error(
    {
      err: Object.assign(new Error('x'), {
        detail: value,
        config: { headers: value },
        response: { body: value },
      }),
    },
    'with extras',
  )
  expect(written().split('\n').length).toBeGreaterThan(13)
  expect(written()).not.toContain(secret)
  expect(written()).not.toContain(JSON.stringify(secret).slice(1, -1))
})

const secretFields = [
  'email', 'buyerEmail', 'to', 'name', 'buyerName', 'holderName', 'holder_name', 'phone', 'address', 'ip', 'remoteAddress', 'password',
  'newPassword', 'token', 'guestToken', 'guest-token', 'browserKey', 'tessera-guest', 'Tessera-Browser', 'code', 'secret',
  'client_secret', 'webhookSecret', 'Authorization', 'cookie', 'set-cookie', 'apiKey', 'api_key', 'key', 'masterKey', 'signature',
  'stripe-signature', 'card', 'number', 'cvc', 'pan', 'url', 'body', 'payload', 'headers', 'x-forwarded-for',
] // oxfmt-ignore

test.each(secretFields)('a field called %s is never written, at any depth and whatever its type', (name) => {
  const { log, written } = listening()
  // Nothing about these gives them away but the name of their field.
  for (const value of ['Maria Schmidt', 1234, ['Maria Schmidt'], { first: 'Maria Schmidt', n: 1234 }]) {
    log.info({ [name]: value }, 'flat')
    log.info({ a: { b: { c: { [name]: value } } }, list: [{ [name]: value }] }, 'deep')
    log.child({ [name]: value }).info('bound')
    log.child({ a: { [name]: value } }).info('bound deep')
  }
  expect(written()).not.toMatch(/Maria|1234/)
})

test('a card number that came as a number is not written either', () => {
  const { log, written } = listening()
  log.info(
    { value: 4_242_424_242_424_242, big: 4_242_424_242_424_242n, list: [378_282_246_310_005] },
    'numbers',
  )
  expect(written()).not.toMatch(/4242|37828/)
})

test('what helps to find a fault stays: ids, amounts, states, times, routes, codes of errors', () => {
  const { log, written } = listening()
  const facts = {
    orgId: '019a9f3c-7d1e-7000-8000-000000000001',
    orderId: 'ord_01jd0000000000000000000000',
    amount: 4500,
    currency: 'EUR',
    state: 'paid',
    milliseconds: 12.5,
    at: new Date('2026-11-20T17:44:01.123Z'),
    route: '/v1/orders/:orderId',
    startedAt: '2026-11-20T17:44:01.123Z',
    payment: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
    nothing: null,
  }
  log.info(facts, 'order 019a9f3c-7d1e-7000-8000-000000000001 was paid')
  const line = JSON.parse(written())
  expect(line).toMatchObject({
    ...facts,
    at: facts.at.toISOString(),
    msg: 'order 019a9f3c-7d1e-7000-8000-000000000001 was paid',
  })
})

test('an error of the database tells the place and not the row', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  const { log, written } = listening()
  await client.query('create temp table guest (mail text unique, age integer, check (age > 0))')
  await client.query("insert into guest values ('Maria Schmidt', 41)")
  for (const [sql, values] of [
    ["insert into guest values ('Maria Schmidt', 41)", []],
    ['insert into guest values ($1, $2)', ['Maria Schmidt', -41]],
    ["select 'Maria Schmidt'::uuid", []],
    ['select $1::integer', ['Maria "the" Schmidt']],
    ['select $1::jsonb', ['{"Maria: Schmidt']],
    ['select $1::timestamptz', ['Maria Schmidt']],
  ] as const) {
    await client
      .query(sql, [...values])
      .catch((error: unknown) => log.error({ err: error }, 'the database refused'))
  }
  await client.end()
  expect(written()).not.toMatch(/Maria|Schmidt|-41/)
  expect(written()).toContain('23505')
  expect(written()).toContain('guest_mail_key')
  expect(written().match(/errorCode/g)).toHaveLength(6)
})

test('a request that fails is logged without its headers, body, address or query', async () => {
  const { log, written } = listening()
  const app = fastify({ loggerInstance: log, genReqId: () => 'req-1' })
  app.post('/orders', (request) => {
    request.log.info(
      { req: request, raw: request.raw, socket: request.socket, query: request.query },
      'all of it',
    )
    throw Object.assign(new Error(`no order for ${JSON.stringify(request.body)}`), { request })
  })
  await app.inject({
    method: 'POST',
    url: '/orders?token=abc123secret',
    headers: {
      cookie: 'tessera.session_token=cookiesecret.x',
      authorization: 'Bearer tsk_shortkey99',
      'x-forwarded-for': '203.0.113.77',
    },
    remoteAddress: '203.0.113.78',
    payload: { email: 'ana@example.com', card: '4242424242424242' },
  })
  await app.close()
  expect(written()).toContain('no order for')
  expect(written()).not.toMatch(/abc123secret|cookiesecret|tsk_shortkey99|203\.0\.113|ana@example|4242/)
})

test('things that cannot be written do not stop the work', () => {
  const { log, written } = listening()
  const circle: Record<string, unknown> = { id: 1 }
  circle['self'] = circle
  log.info({ circle, fn: () => 1, symbol: Symbol('x'), undef: undefined, big: 12n }, 'odd things')
  log.info(undefined as never)
  log.info({ huge: 'x '.repeat(100_000), many: Array.from({ length: 10_000 }, (_, i) => i) }, 'large')
  expect(written()).toContain('odd things')
  expect(written().length).toBeLessThan(20_000)
})

test('scrubbing a hostile text takes no time to speak of', () => {
  const hostile = [
    'a'.repeat(50_000),
    '1 '.repeat(25_000),
    `${'a.'.repeat(20_000)}@`,
    'aA1-'.repeat(12_000),
    'DE89 '.repeat(9000),
    '"'.repeat(50_000),
  ]
  const start = performance.now()
  for (const text of hostile) scrub(text)
  redact(hostile)
  expect(performance.now() - start).toBeLessThan(500)
})

test('metrics count and measure under names that begin with tessera', async () => {
  const metrics = createMetrics()
  metrics.count('orders_paid', { kind: 'free' }, 2)
  metrics.count('orders_paid', { kind: 'free' })
  metrics.observe('http_request', 0.02, { route: '/x' })
  metrics.gauge('jobs_waiting', 'jobs that wait', () => 7)
  const text = await metrics.registry.metrics()
  expect(text).toContain('tessera_orders_paid_total{kind="free"} 3')
  expect(text).toContain('tessera_http_request_seconds_bucket{le="0.025",route="/x"} 1')
  expect(text).toContain('tessera_jobs_waiting 7')
})
