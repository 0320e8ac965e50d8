import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrganisation, newOrgId, permissionTable, type Role } from '#modules/identity'
import { withOrg } from '#platform/database'
import { createHttp, type App, type Caller } from '#platform/http'
import { newId, publicId, type OrgId } from '#platform/ids'
import { createLimiter, defaultLimits, type Limits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { catalogMachines, catalogRoutes, type EventId } from './public.ts'

let world: TestPlatform
let app: App
let orgId: OrgId
let base: string
const unlimited = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, Infinity])) as Limits

/** Who calls is what the test says in a header: signing in is another module's. */
function callerAs(role: string | undefined): Caller | undefined {
  if (role === undefined) return undefined
  const allowed: readonly string[] = role === 'operator' ? [] : permissionTable[role as Role]
  return {
    kind: 'person',
    id: newId(),
    actor: `person:${role}`,
    name: role,
    operator: role === 'operator',
    can: (permission, org) => org === orgId && allowed.includes(permission),
    belongsTo: (org) => org === orgId && role !== 'operator',
  }
}

beforeAll(async () => {
  world = await testPlatform({ machines: catalogMachines, through: '0003' })
  orgId = newOrgId()
  base = `/v1/organisations/${publicId('org', orgId)}`
  await withOrg(world.db, orgId, (tx) =>
    createOrganisation(world, tx, orgId, { name: 'Teatro Verde', currency: 'EUR', country: 'IT' }),
  )
  app = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter(unlimited),
    authenticate: async (request) => callerAs(request.headers['x-role'] as string | undefined),
    trustedProxies: 0,
    publicUrl: world.publicUrl,
  })
  catalogRoutes(app, { ...world, publishChecks: [] })
  await app.ready()
})
afterAll(async () => {
  await app?.close()
  await world?.close()
})

interface Sent {
  role?: string
  key?: string
}

async function send(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  { role = 'manager', key }: Sent = {},
) {
  const answer = await app.inject({
    method,
    url: path.startsWith('/v1') ? path : `${base}${path}`,
    headers: {
      'x-role': role,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
  return {
    status: answer.statusCode,
    body: (answer.body === '' ? null : answer.json()) as Record<string, unknown> & { id: string },
  }
}

const show = {
  name: 'Aida',
  timeZone: 'Europe/Rome',
  startsAt: '2099-06-01T19:00:00Z',
  endsAt: '2099-06-01T22:00:00Z',
}
const floor = { name: 'Floor', kind: 'paid', price: 10_000 }

describe('staff over HTTP', () => {
  it('prepare an event from nothing to published, and see what buyers pay and what they receive', async () => {
    const venue = await send('POST', '/venues', {
      name: 'Arena',
      city: 'Verona',
      country: 'IT',
      latitude: 45.4,
      longitude: 10.9,
    })
    expect(venue.status).toBe(201)
    const event = await send('POST', '/events', {
      ...show,
      venueId: venue.body.id,
      startsAt: '2099-06-01T21:00:00+02:00',
    })
    expect(event).toMatchObject({
      status: 201,
      body: {
        slug: 'aida',
        state: 'draft',
        currency: 'EUR',
        startsAt: '2099-06-01T19:00:00.000Z',
        allowedActions: ['publish'],
        venue: { city: 'Verona' },
      },
    })
    const path = `/events/${event.body.id}`
    const early = await send('POST', `${path}/publish`)
    expect(early).toMatchObject({ status: 409, body: { code: 'catalog.not-ready' } })
    await send(
      'PUT',
      '/platform-fees',
      { currency: 'EUR', rules: [{ label: 'Service', fixed: 100, ppm: 40_000, bearing: 'passed_on' }] },
      { role: 'operator' },
    )
    await send('PUT', '/tax-rates', {
      rates: [{ name: 'IVA', jurisdiction: 'IT', ppm: 80_000, inclusive: false, appliesToFees: false }],
    })
    const type = await send('POST', `${path}/ticket-types`, floor)
    expect(type).toMatchObject({
      status: 201,
      body: { buyerPays: { amount: 11_300, currency: 'EUR' }, organiserReceives: { amount: 10_000 } },
    })
    expect((await send('POST', '/terms', { text: 'Be kind.' })).body).toMatchObject({
      version: 1,
      publishedBy: 'person:manager',
    })
    await send('POST', '/refund-policies', {
      kind: 'until',
      hoursBeforeStart: 24,
      text: 'Until the day before.',
    })
    const published = await send('POST', `${path}/publish`)
    expect(published).toMatchObject({
      status: 200,
      body: {
        state: 'published',
        allowedActions: ['cancel'],
        refundPolicy: { until: '2099-05-31T19:00:00.000Z' },
      },
    })
    expect(await send('POST', `${path}/cancel`, { reason: 'storm' })).toMatchObject({
      status: 200,
      body: { state: 'cancelled', allowedActions: [] },
    })
    const audit = await world.asOwner(`select actor, reason from platform.transition order by at`)
    expect(audit).toEqual([
      { actor: 'person:manager', reason: null },
      { actor: 'person:manager', reason: 'storm' },
    ])
  })

  it('get the same event for the same Idempotency-Key, and one event only', async () => {
    const wanted = { ...show, name: 'Once', slug: 'once' }
    const [one, other] = [
      await send('POST', '/events', wanted, { key: 'k1' }),
      await send('POST', '/events', wanted, { key: 'k1' }),
    ]
    expect(other).toEqual(one)
    expect((await send('POST', '/events', wanted)).body).toMatchObject({
      code: 'catalog.slug-taken',
      errors: [{ field: '/slug' }],
    })
  })

  it('page through their events without missing or repeating one', async () => {
    for (let index = 0; index < 5; index += 1)
      await send('POST', '/events', { ...show, name: `Page ${index}` })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await send(
        'GET',
        `/events?limit=2&state=draft${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      seen.push(...(body['items'] as { id: string }[]).map((one) => one.id))
      cursor = body['nextCursor'] as string | null
    }
    expect(seen.length).toBeGreaterThanOrEqual(5)
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('may do what their role says, and a stranger does not even learn that the organisation exists', async () => {
    const { body } = await send('POST', '/events', show)
    const path = `/events/${body.id}`
    for (const role of ['door', 'finance']) {
      expect((await send('GET', path, undefined, { role })).status).toBe(200)
      expect((await send('PATCH', path, { name: 'X' }, { role })).status).toBe(403)
    }
    expect(
      (await send('PUT', '/platform-fees', { currency: 'EUR', rules: [] }, { role: 'owner' })).status,
    ).toBe(403)
    expect((await send('PUT', `${path}/platform-fees`, { rules: [] }, { role: 'owner' })).status).toBe(403)
    const elsewhere = `/v1/organisations/${publicId('org', newOrgId())}`
    expect((await send('GET', `${elsewhere}/events`)).status).toBe(404)
    expect(
      (await send('PUT', `${elsewhere}/platform-fees`, { currency: 'EUR', rules: [] }, { role: 'operator' }))
        .status,
    ).toBe(404)
  })
})

const texts = [
  null,
  7,
  true,
  [],
  {},
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u2028',
  'x'.repeat(60_000),
  '🎟️'.repeat(300),
  "'; drop table catalog.event; --",
  '<script>',
  '__proto__',
  '-1',
  '٣',
]
const numbers = [null, '1', -1, 1.5, 1e308, 2 ** 31, 2 ** 53, {}, [], true]
const times = [
  null,
  '',
  'now',
  '2099-13-01T00:00:00Z',
  '2099-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '2099-01-01',
  4_102_444_800,
  {},
  'infinity',
]
const ids = [
  null,
  '',
  'evt_',
  'ven_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  'ven_00000000000000000000000000',
  'tty_00000000000000000000000000',
  'x'.repeat(500),
  7,
  "' or 1=1",
]

/** For each field of each body, what a careless or hostile client may send in its place. */
function hostileBodies(sound: Record<string, unknown>): unknown[] {
  const bodies: unknown[] = [null, [], 'x', 7, {}, { ...sound, surprise: 1 }, { ...sound, orgId: 'org_1' }]
  for (const field of Object.keys(sound)) {
    const without = { ...sound }
    delete without[field]
    bodies.push(without)
    for (const value of [...texts, ...numbers, ...times, ...ids]) bodies.push({ ...sound, [field]: value })
  }
  return bodies
}

describe('hostile requests', () => {
  const rule = { label: 'Fee', fixed: 1, ppm: 1, bearing: 'passed_on' }
  const rate = { name: 'VAT', jurisdiction: 'DE', ppm: 1, inclusive: true, appliesToFees: true }
  const nested = (list: string, sound: Record<string, unknown>, rest: object = {}) => [
    ...hostileBodies(sound).map((one) => ({ ...rest, [list]: [one] })),
    ...texts.map((one) => ({ ...rest, [list]: one })),
    { ...rest, [list]: Array.from({ length: 101 }, () => sound) },
  ]
  const wholeEvent = {
    ...show,
    slug: 'bad',
    summary: 's',
    description: 'd',
    imageUrl: 'https://x.test/i.png',
    venueId: null,
    doorsAt: null,
    currency: 'EUR',
  }
  const wholeType = {
    ...floor,
    description: '',
    saleStartsAt: null,
    saleEndsAt: null,
    minPerOrder: 1,
    maxPerOrder: 2,
    admits: 1,
    position: 1,
  }
  const venue = {
    name: 'V',
    addressLines: ['1 Road'],
    city: 'C',
    postalCode: '1',
    country: 'IT',
    latitude: 1,
    longitude: 1,
  }
  const table: [method: 'POST' | 'PUT' | 'PATCH', path: string, bodies: () => unknown[], role?: string][] = [
    ['POST', '/venues', () => hostileBodies(venue)],
    ['PATCH', '/venues/:venue', () => hostileBodies(venue)],
    ['POST', '/events', () => hostileBodies(wholeEvent)],
    [
      'PATCH',
      '/events/:event',
      () => hostileBodies({ ...wholeEvent, termsId: 'trm_00000000000000000000000000', refundPolicyId: 'x' }),
    ],
    ['POST', '/events/:event/ticket-types', () => hostileBodies(wholeType)],
    ['PATCH', '/events/:event/ticket-types/:type', () => hostileBodies(wholeType)],
    [
      'POST',
      '/events/:event/cancel',
      () => [null, [], { reason: 7 }, { reason: '\u0000' }, { reason: 'x'.repeat(501) }],
    ],
    ['PUT', '/tax-rates', () => nested('rates', rate)],
    ['PUT', '/fees', () => nested('rules', rule, { currency: 'EUR' })],
    ['PUT', '/fees', () => texts.map((currency) => ({ currency, rules: [rule] }))],
    ['PUT', '/platform-fees', () => nested('rules', rule, { currency: null }), 'operator'],
    ['PUT', '/events/:event/fees', () => nested('rules', rule)],
    ['PUT', '/events/:event/platform-fees', () => nested('rules', rule), 'operator'],
    ['POST', '/terms', () => hostileBodies({ text: 'T' })],
    [
      'POST',
      '/refund-policies',
      () => hostileBodies({ kind: 'until', hoursBeforeStart: 1, keepsFees: true, text: 'T' }),
    ],
  ]

  it.each(table)('%s %s answers any body, and none is our fault', async (method, path, bodies, role) => {
    const [event, place] = [await send('POST', '/events', show), await send('POST', '/venues', venue)]
    const type = await send('POST', `/events/${event.body.id}/ticket-types`, floor)
    const url = path
      .replace(':event', event.body.id)
      .replace(':venue', place.body.id)
      .replace(':type', type.body.id)
    for (const body of bodies()) {
      const answer = await send(method, url, body, role === undefined ? {} : { role })
      if (answer.status >= 500) throw new Error(`${answer.status} for ${JSON.stringify(body).slice(0, 300)}`)
      if (answer.status === 422) expect(answer.body['errors']).not.toEqual([])
    }
  })

  it('any id, page or cursor in an address is answered, and none is our fault', async () => {
    const parts = [
      '',
      '%00',
      '%',
      '..',
      "'",
      'evt_00000000000000000000000000',
      'evt_zzzzzzzzzzzzzzzzzzzzzzzzzz',
      'x'.repeat(190),
      publicId('evt', newId<EventId>()),
    ]
    for (const part of parts) {
      const urls = [
        `/v1/organisations/${part}/events`,
        `${base}/events/${part}`,
        `${base}/venues/${part}`,
        `${base}/events?cursor=${part}`,
        `${base}/venues?cursor=${part}`,
        `${base}/events?limit=${part}`,
        `${base}/terms?before=${part}`,
        `${base}/events?state=${part}`,
      ]
      for (const url of urls) expect([url, (await send('GET', url)).status < 500]).toEqual([url, true])
      for (const [method, url] of [
        ['POST', `/events/${part}/publish`],
        ['DELETE', `/events/${part}/ticket-types/${part}`],
      ] as const)
        expect([url, (await send(method, url)).status < 500]).toEqual([url, true])
    }
    const forged = Buffer.from('2099-01-01T00:00:00.000Z not-an-id').toString('base64url')
    expect((await send('GET', `/events?cursor=${forged}`)).status).toBe(422)
  })
})
