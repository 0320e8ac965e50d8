// Placing holds on one hot pool, over HTTP, against the same server's empty route and against one transaction per request.
import autocannon from 'autocannon'
import { uuidv7 } from 'uuidv7'
import { TypeID } from 'typeid-js'
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

async function load(
  port: number,
  path: string,
  typeId: string,
): Promise<{ perSecond: number; non2xx: number }> {
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    const id = uuidv7()
    request.body = `{"id":"${TypeID.fromUUID('hld', id).toString()}","browserKey":"${id}","lines":[{"ticketTypeId":"${typeId}","quantity":1}]}`
    return request
  }
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    requests: [{ method: 'POST', path, headers: { 'content-type': 'application/json' }, setupRequest }],
  })
  return { perSecond: result.requests.average, non2xx: result.non2xx }
}

/** The usual shape: begin, check, update, insert, commit, each request alone. */
async function oneTransactionPerRequest({ db }: Ground, show: Show): Promise<number> {
  const { sql } = await import('kysely')
  const end = performance.now() + seconds * 1000
  let done = 0
  const buyer = async () => {
    while (performance.now() < end) {
      const id = uuidv7()
      await withOrg(db, show.orgId, async (tx) => {
        await sql`update holds.pool set held = held + 1 where org_id = ${show.orgId} and id = ${show.poolId} and held + sold < capacity`.execute(
          tx,
        )
        await sql`insert into holds.hold (org_id, id, event_id, browser_hash, lines, expires_at)
          values (${show.orgId}, ${id}, ${show.eventId}, ${id}, '[]', now() + interval '10 minutes')`.execute(
          tx,
        )
      })
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
    const event = TypeID.fromUUID('evt', show.eventId).toString()
    const type = TypeID.fromUUID('tty', show.typeId).toString()
    const { port } = server.ready
    await load(port, `/empty/${event}`, type)
    const empty = await load(port, `/empty/${event}`, type)
    await load(port, `/v1/events/${event}/holds`, type)
    const holds = await load(port, `/v1/events/${event}/holds`, type)
    if (holds.non2xx + empty.non2xx > 0)
      throw new Error(`${holds.non2xx + empty.non2xx} answers were not 2xx`)
    await server.stop()
    const usual = await oneTransactionPerRequest(base, show)
    return [
      {
        what: 'place a hold, one hot pool, 128 connections',
        figure: `${round(holds.perSecond)}/s`,
        yardstick: `empty POST ${round(empty.perSecond)}/s`,
        ratio: (holds.perSecond / empty.perSecond).toFixed(2),
        target: '>= 0.5',
      },
      {
        what: 'place a hold, one hot pool',
        figure: `${round(holds.perSecond)}/s`,
        yardstick: `one transaction per request ${round(usual)}/s`,
        ratio: `${(holds.perSecond / usual).toFixed(1)} x`,
        target: '>= 20 x',
      },
    ]
  } finally {
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
