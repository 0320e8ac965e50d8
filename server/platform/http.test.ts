import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { anyone, createHttp, humanText, operator, signedIn, type App, type Caller } from '#platform/http'
import { idOf, newId, publicId, type OrgId } from '#platform/ids'
import { defineProblems } from '#platform/problem'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { createLogger, createMetrics } from '#platform/telemetry'

const problems = defineProblems('test', { full: { status: 409, title: 'It is full', help: 'Come later.' } })
const ours = newId<OrgId>()
const people: Record<string, Caller> = {
  member: {
    kind: 'person',
    id: '1',
    actor: 'person:1',
    name: 'M',
    operator: false,
    can: (permission) => permission === 'orders.read',
    belongsTo: (id) => id === ours,
  },
  operator: {
    kind: 'person',
    id: '2',
    actor: 'person:2',
    name: 'O',
    operator: true,
    can: () => false,
    belongsTo: () => false,
  },
}

const logged: string[] = []
async function server(publicUrl = 'http://localhost'): Promise<App> {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString())
      done()
    },
  })
  return createHttp({
    log: createLogger({ level: 'info', pretty: false, destination }),
    metrics: createMetrics(),
    limiter: createLimiter({ ...defaultLimits, holds: 2 }),
    authenticate: async (request) => people[String(request.headers['authorization'])],
    trustedProxies: 0,
    publicUrl,
  })
}

describe('the edge of the server', () => {
  let app: App
  beforeAll(async () => {
    app = await server()
    const body = z.strictObject({ name: humanText({ max: 20 }), tickets: z.int().min(1) })
    app.post(
      '/things',
      { schema: { body, response: { 200: body } }, config: { access: anyone, problems: [problems.full] } },
      async (request) => {
        if (request.body.name === 'full') throw problems.full({ field: '/name', extras: { left: 0 } })
        if (request.body.name === 'break') throw new Error('secret of ana@example.com in the database')
        return request.body
      },
    )
    app.get('/limited', { config: { access: anyone, limit: 'holds' } }, async () => 'ok')
    app.get('/me', { config: { access: signedIn } }, async () => 'ok')
    app.get('/operators', { config: { access: operator } }, async () => 'ok')
    const params = z.object({ orgId: idOf('org') })
    for (const permission of ['orders.read', 'money.read']) {
      app.get(
        `/organisations/:orgId/${permission}`,
        { schema: { params }, config: { access: { kind: 'permission', permission } } },
        async () => 'ok',
      )
    }
    await app.ready()
  })
  afterAll(() => app.close())

  const post = (payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/things',
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      headers: { 'content-type': 'application/json', ...headers },
    })

  it('a route that does not say who may call it stops the start, as does a permission without an organisation', async () => {
    const fresh = await server()
    expect(() => fresh.get('/forgotten', async () => 'ok')).toThrow('does not declare who may call it')
    expect(() =>
      fresh.get(
        '/nowhere',
        { config: { access: { kind: 'permission', permission: 'x' } } },
        async () => 'ok',
      ),
    ).toThrow('names no organisation')
    await fresh.close()
  })

  it('a refusal is a Problem with its code, field, extras and the id of the request', async () => {
    const answer = await post({ name: 'full', tickets: 1 })
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({
      type: '/problems/test.full',
      code: 'test.full',
      status: 409,
      left: 0,
      errors: [{ field: '/name' }],
      instance: answer.headers['x-request-id'],
    })
  })

  it.each([
    ['a missing field', 422, 'request.invalid', '/tickets', { name: 'Ana' }],
    ['half a ticket', 422, 'request.invalid', '/tickets', { name: 'Ana', tickets: 1.5 }],
    ['an empty name', 422, 'request.invalid', '/name', { name: '', tickets: 1 }],
    ['a NUL', 422, 'request.invalid', '/name', { name: 'a\u0000b', tickets: 1 }],
    ['half a letter', 422, 'request.invalid', '/name', { name: '\ud800', tickets: 1 }],
    ['an unknown field', 422, 'request.invalid', '/', { name: 'Ana', tickets: 1, more: true }],
    ['broken JSON', 400, 'request.malformed', undefined, '{"name":'],
    ['a body of 70 kB', 413, 'request.too-large', undefined, { name: 'x'.repeat(70_000), tickets: 1 }],
  ])('%s is answered with %i %s', async (_what, status, code, field, payload) => {
    const answer = await post(payload)
    expect(answer.json()).toMatchObject({ status, code })
    if (field !== undefined) expect(answer.json().errors[0].field).toBe(field)
  })

  it('an unknown content type and an unknown address are Problems too', async () => {
    expect((await post('name=Ana', { 'content-type': 'text/plain' })).json()).toMatchObject({
      code: 'request.unsupported-media-type',
    })
    expect((await app.inject('/nowhere')).json()).toMatchObject({ code: 'request.not-found' })
  })

  it('a mistake of ours tells the caller nothing, and the log no personal data', async () => {
    const answer = await post({ name: 'break', tickets: 1 })
    expect(answer.json()).toEqual({
      type: '/problems/server.unexpected',
      code: 'server.unexpected',
      title: 'Something went wrong on our side',
      status: 500,
      instance: answer.headers['x-request-id'],
    })
    expect(logged.join('')).toContain('secret of [mail] in the database')
    expect(logged.join('')).not.toContain('ana@example.com')
  })

  it('too many requests are answered with the seconds to wait', async () => {
    const answers = [await app.inject('/limited'), await app.inject('/limited'), await app.inject('/limited')]
    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 429])
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('who may call is decided before the route: a stranger is told that nothing is there', async () => {
    const get = async (url: string, authorization?: string) =>
      (await app.inject({ url, headers: authorization ? { authorization } : {} })).statusCode
    const path = (org: OrgId, permission: string) => `/organisations/${publicId('org', org)}/${permission}`
    expect([await get('/me'), await get('/me', 'member')]).toEqual([401, 200])
    expect([
      await get('/operators'),
      await get('/operators', 'member'),
      await get('/operators', 'operator'),
    ]).toEqual([401, 403, 200])
    expect([
      await get(path(ours, 'orders.read')),
      await get(path(ours, 'orders.read'), 'member'),
      await get(path(ours, 'money.read'), 'member'),
    ]).toEqual([401, 200, 403])
    expect([
      await get(path(newId<OrgId>(), 'orders.read'), 'member'),
      await get('/organisations/nonsense/orders.read', 'member'),
    ]).toEqual([404, 404])
  })

  it('every answer carries the headers that browsers and caches obey', async () => {
    const { headers } = await app.inject('/me')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['strict-transport-security']).toBeUndefined()
    const secure = await server('https://tickets.example')
    expect((await secure.inject('/')).headers['strict-transport-security']).toBe('max-age=31536000')
    await secure.close()
  })
})
