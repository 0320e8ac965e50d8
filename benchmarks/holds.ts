// Placing holds on one hot pool, over HTTP, against the same server's empty route and against one transaction per request.
import { sql } from 'kysely'
import { createClock } from '../server/platform/clock.ts'
import { newId, publicId, type Id } from '../server/platform/ids.ts'
import { createMetrics } from '../server/platform/telemetry.ts'
import { createHoldsDesk } from '../server/modules/holds/public.ts'
import { load, post } from './load.ts'
import {
  aHotEvent,
  ground,
  inOwnProcess,
  round,
  withOrg,
  type Ground,
  type Row,
  type Show,
} from './ground.ts'

const seconds = Number(process.env['SECONDS'] ?? 8)
const connections = 128

const mostRequests = Number(process.env['REQUESTS'] ?? 60_000) * seconds

/** Every request holds one place for a browser of its own. Written before the clock starts. */
function requestsFor(path: string, typeId: string): Buffer[][] {
  return Array.from({ length: Math.min(mostRequests, 400_000) }, () => {
    const id = newId<Id<'hld'>>()
    const request = post(
      path,
      `{"id":"${publicId('hld', id)}","browserKey":"${id}","lines":[{"ticketTypeId":"${typeId}","quantity":1}]}`,
    )
    return [request]
  })
}

async function measure(port: number, path: string, typeId: string) {
  const result = await load({ port, connections, seconds, requests: requestsFor(path, typeId) })
  if (Object.keys(result.statuses).join() !== '201')
    throw new Error(`answers: ${JSON.stringify(result.statuses)}`)
  return result
}

/** Both without HTTP, as many asking at a time: what one place costs at the desk, and in a transaction of its own. */
async function atTheDesk({ db }: Ground, show: Show): Promise<number> {
  const clock = await createClock(db.pool, { movable: false })
  const desk = createHoldsDesk({ db, clock, metrics: createMetrics(), stockMoved: () => undefined })
  const { orgId, eventId } = show
  const lines = [{ ticketTypeId: show.typeId, quantity: 1 }]
  return perSecond(() => desk.ask(eventId, { orgId, eventId, id: newId(), browserHash: newId(), lines }))
}

/** The usual shape: begin, check, update, insert, commit, each request alone. */
async function oneTransactionPerRequest({ db }: Ground, show: Show): Promise<number> {
  return perSecond(() => {
    const id = newId()
    return withOrg(db, show.orgId, async (tx) => {
      await sql`update holds.pool set held = held + 1 where org_id = ${show.orgId} and id = ${show.poolId} and held + sold < capacity`.execute(
        tx,
      )
      await sql`insert into holds.hold (org_id, id, event_id, browser_hash, lines, expires_at)
        values (${show.orgId}, ${id}, ${show.eventId}, ${id}, '[]', now() + interval '10 minutes')`.execute(
        tx,
      )
    })
  })
}

async function perSecond(ask: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1000
  let done = 0
  const buyer = async () => {
    while (performance.now() < end) {
      await ask()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, buyer))
  return done / seconds
}

export async function run(): Promise<Row[]> {
  const base = await ground()
  try {
    const show = await aHotEvent(base, { price: 4500 })
    const server = await inOwnProcess<{ port: number }>('hold-server.ts', {
      URL_OF_DATABASE: base.url,
      ORG_ID: show.orgId,
      EVENT_ID: show.eventId,
    })
    const event = publicId('evt', show.eventId)
    const type = publicId('tty', show.typeId)
    const { port } = server.ready
    await measure(port, `/empty/${event}`, type)
    const empty = await measure(port, `/empty/${event}`, type)
    await measure(port, `/v1/events/${event}/holds`, type)
    const holds = await measure(port, `/v1/events/${event}/holds`, type)
    await server.stop()
    const desk = await atTheDesk(base, show)
    const usual = await oneTransactionPerRequest(base, show)
    return [
      {
        what: 'place a hold over HTTP, one hot pool, 128 connections',
        figure: `${round(holds.perSecond)}/s, p99 ${round(holds.p99)} ms`,
        yardstick: `empty POST ${round(empty.perSecond)}/s`,
        ratio: (holds.perSecond / empty.perSecond).toFixed(2),
        target: '>= 0.5',
      },
      {
        what: 'place a hold at the desk, one hot pool, 128 at a time, without HTTP',
        figure: `${round(desk)}/s`,
        yardstick: `one transaction per request ${round(usual)}/s`,
        ratio: `${(desk / usual).toFixed(1)} x`,
        target: '>= 20 x',
      },
    ]
  } finally {
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
