import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, publicId, type Id } from '#platform/ids'
import type { SellingEvent } from './event-fixture.ts'
import {
  hostileRequests,
  operationsOf,
  withTextInEachField,
  type HostileRequest,
  type KnownIds,
  type Operation,
} from './hostile-requests.ts'
import { World } from './world.ts'

/** Whoever sends whatever to whichever route: the server says what is wrong with it, and nothing else happens. */

let world: World
let ids: KnownIds
let cookie: string

beforeAll(async () => {
  world = await World.open({ logLevel: 'trace' })
  const [own, foreign] = [
    await world.sells({ startsInMinutes: 60 }),
    await world.sells({ startsInMinutes: 60 }),
  ]
  const owner = await world.steward(own, 'owner')
  cookie = owner.cookie
  await world.asOwner(
    `insert into identity.operator (person_id, granted_by) select id, 'test' from identity.person`,
  )
  ids = { own: await idsOf(own), foreign: await idsOf(foreign), named: {} }
  const ana = world.buyer('Ana')
  const hold = await ana.holds(own, 1)
  ids.named = {
    browserKey: ana.browserKey,
    'tessera-browser': ana.browserKey,
    slug: own.event.organiser.slug,
    eventSlug: own.event.slug,
    timeZone: 'Europe/Berlin',
    password: 'correct horse battery',
    endsAt: '2027-06-01T22:00:00Z',
    doorsAt: '2027-06-01T17:00:00Z',
    saleStartsAt: null,
    saleEndsAt: null,
    role: 'door',
  }
  const order = world.buyer('Ben')
  await order.buys(own)
  ids.own['ord'] = order.orderId
  ids.own['hld'] = hold.holdId
  ids.named['tessera-guest'] = order.guestToken
  const stranger = world.buyer('Cleo')
  await stranger.buys(foreign)
  ids.foreign['ord'] = stranger.orderId
  // What the provider still has to say is said before anybody compares.
  await world.passes({ minutes: 1 })
  await world.settles()
})
afterAll(() => world?.close())

async function idsOf(show: SellingEvent): Promise<Record<string, string>> {
  const one = async (prefix: string, sql: string) => {
    const [row] = await world.asOwner<{ id: Id<string> }>(sql, [show.orgId])
    return row ? { [prefix]: publicId(prefix, row.id) } : {}
  }
  const venue = newId()
  await world.asOwner(
    `insert into catalog.venue (org_id, id, name, city, country, created_at) values ($1, $2, 'Hall', 'Kiel', 'DE', now())`,
    [show.orgId, venue],
  )
  return {
    org: publicId('org', show.orgId),
    evt: publicId('evt', show.event.id),
    ven: publicId('ven', venue as Id<'ven'>),
    ...(await one('tty', 'select id from catalog.ticket_type where org_id = $1')),
    ...(await one('pol', 'select id from holds.pool where org_id = $1')),
    ...(await one('trm', 'select id from catalog.terms_version where org_id = $1')),
    ...(await one('rfp', 'select id from catalog.refund_policy_version where org_id = $1')),
    ...(await one('per', 'select person_id as id from identity.membership where org_id = $1')),
  }
}

interface Outcome {
  status: number
  type: string
  body: string
}

async function send(
  request: Pick<HostileRequest, 'method' | 'url' | 'headers' | 'payload'>,
): Promise<Outcome> {
  const answer = await world.tessera.http.inject({
    method: request.method as 'GET',
    url: request.url,
    headers: { cookie, origin: world.tessera.deps.publicUrl, ...request.headers },
    ...(request.payload === undefined ? {} : { payload: request.payload }),
  })
  return { status: answer.statusCode, type: String(answer.headers['content-type'] ?? ''), body: answer.body }
}

/** What is wrong with an answer to a hostile request; undefined when nothing is. */
function complaint(request: HostileRequest, { status, type, body }: Outcome): string | undefined {
  if (status >= 500) return `answers ${status}: ${body.slice(0, 200)}`
  if (status < 400) return request.mustBeRefused ? `takes it (${status})` : undefined
  if (!type.startsWith('application/problem+json'))
    return `refuses (${status}) as ${type}: ${body.slice(0, 100)}`
  const problem = JSON.parse(body) as { code?: unknown; status?: unknown; errors?: { field?: unknown }[] }
  if (typeof problem.code !== 'string' || problem.status !== status)
    return `refuses without a code: ${body.slice(0, 100)}`
  if (status === 422 && !problem.errors?.some((one) => String(one.field).startsWith('/')))
    return `names no field: ${body.slice(0, 200)}`
  return undefined
}

/** Everything in the database, as one number for each table. Reading may leave traces of itself in none of them. */
async function fingerprint(): Promise<Record<string, string>> {
  const tables = await world.asOwner<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  )
  const rows = await world.asOwner<{ name: string; sum: string }>(
    tables
      .map(
        ({ name }) =>
          `select '${name.replaceAll("'", "''")}' as name, count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) as sum from ${name} t`,
      )
      .join(' union all '),
  )
  return Object.fromEntries(rows.map((row) => [row.name, row.sum]))
}

async function inChunks<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = []
  for (let from = 0; from < all.length; from += 16)
    results.push(...(await Promise.all(all.slice(from, from + 16).map(work))))
  return results
}

async function attack(operation: Operation): Promise<{ sent: number; complaints: string[] }> {
  const requests = hostileRequests(operation, ids)
  const outcomes = await inChunks(requests, send)
  const complaints = requests.flatMap((request, index) => {
    const found = complaint(request, outcomes[index] as Outcome)
    return found === undefined ? [] : [`${request.method} ${operation.path}, ${request.what}: ${found}`]
  })
  await world.settles()
  // All that was refused once more: whoever is refused changes nothing.
  const refused = requests.filter((_, index) => (outcomes[index]?.status ?? 0) >= 400)
  const before = await fingerprint()
  const again = await inChunks(refused, send)
  const after = await fingerprint()
  if (again.every((one) => one.status >= 400)) {
    for (const [table, sum] of Object.entries(after))
      if (before[table] !== sum)
        complaints.push(`${operation.method} ${operation.path}: a refusal changed ${table}`)
  }
  return { sent: requests.length + refused.length, complaints }
}

describe('hostile requests', () => {
  it(
    'every route says what is wrong, never stumbles, and changes nothing when it refuses',
    { timeout: 240_000 },
    async () => {
      const operations = operationsOf(world.tessera.http.swagger())
      expect(operations.length).toBeGreaterThan(60)
      // Whoever misspells a field must hear of it, so every body says which fields it has, and that there are no others.
      const open = operations.filter(({ body }) => body?.properties && body.additionalProperties !== false)
      expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([])
      const complaints: string[] = []
      let sent = 0
      for (const operation of operations) {
        const result = await attack(operation)
        sent += result.sent
        complaints.push(...result.complaints)
      }
      expect(complaints).toEqual([])
      expect(sent).toBeGreaterThan(5000)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      // Two who sign up with one address in the same moment are told apart by the database, which the library finds worth an error.
      const errors = world.logged.filter((line) => {
        const { level, area } = JSON.parse(line) as { level: number; area?: string }
        return level >= 50 && area !== 'sign-in'
      })
      expect(errors).toEqual([])
      if (process.env['TEST_LOG']) process.stderr.write(`${operations.length} operations, ${sent} requests\n`)
    },
  )

  it(
    'a card number that somebody types anywhere is in no log, and is stored nowhere',
    { timeout: 120_000 },
    async () => {
      const cards = ['4242 4242 4242 4242', '4000-0027-6000-3184', '5555555555554444', '378282246310005']
      const shapes = cards.flatMap((card) => [card, card.replaceAll(/\D/g, '')])
      world.logged.length = 0
      for (const operation of operationsOf(world.tessera.http.swagger())) {
        for (const card of cards) {
          const typed = withTextInEachField(operation, ids, card).filter(
            ([, request]) => !request.url.endsWith('/live'),
          )
          await inChunks(typed, ([, request]) => send(request))
        }
      }
      await world.settles()
      const inLogs = world.logged.filter((line) => shapes.some((card) => line.includes(card)))
      expect(inLogs).toEqual([])
      const tables = await world.asOwner<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
      )
      const stored: string[] = []
      for (const { name } of tables)
        for (const row of await world.asOwner<{ text: string }>(`select t::text as text from ${name} t`))
          if (shapes.some((card) => row.text.includes(card)))
            stored.push(`${name}: ${row.text.slice(0, 300)}`)
      expect(stored).toEqual([])
    },
  )
})
