// Free orders over HTTP, hold and order of one hot event; against the same with one transaction per step, without HTTP.
import { createTessera } from '../server/app.ts'
import { newId, publicId, type Id } from '../server/platform/ids.ts'
import { createLogger } from '../server/platform/telemetry.ts'
import { convertHolds, type HoldId } from '../server/modules/holds/public.ts'
import { queueTicketMail } from '../server/modules/notifications/public.ts'
import { type OrderId } from '../server/modules/orders/public.ts'
import { issueTickets } from '../server/modules/tickets/public.ts'
import { sql } from 'kysely'
import { load, post } from './load.ts'
import { recordedProvider } from './recorded-provider.ts'
import {
  aHotEvent,
  benchmarkConfig,
  ground,
  inOwnProcess,
  round,
  withOrg,
  type Ground,
  type Row,
  type Show,
} from './ground.ts'

const purchases = Number(process.env['PURCHASES'] ?? 20_000)
const usualPurchases = Math.max(200, Math.round(purchases / 40))

function purchase(show: Show): Buffer[] {
  const event = publicId('evt', show.eventId)
  const id = publicId('hld', newId<Id<'hld'>>())
  const browserKey = newId()
  const hold = JSON.stringify({
    id,
    browserKey,
    lines: [{ ticketTypeId: publicId('tty', show.typeId), quantity: 1 }],
  })
  const order = JSON.stringify({
    holdId: id,
    buyer: { name: 'Buyer', email: `${browserKey}@example.com` },
    accept: { termsVersion: 1, refundPolicyVersion: 1 },
    expectedTotal: { amount: 0, currency: 'EUR' },
    locale: 'en',
  })
  return [
    post(`/v1/events/${event}/holds`, hold),
    post(`/v1/events/${event}/orders`, order, { 'tessera-browser': browserKey }),
  ]
}

async function overHttp(base: Ground): Promise<{ perSecond: number; p99: number }> {
  const show = await aHotEvent(base, { price: 0 })
  const server = await inOwnProcess<{ port: number }>('product-server.ts', { URL_OF_DATABASE: base.url })
  const run = (count: number) =>
    load({
      port: server.ready.port,
      connections: 256,
      seconds: 120,
      requests: Array.from({ length: count }, () => purchase(show)),
    })
  await run(Math.round(purchases / 10))
  // As autovacuum leaves them a moment later: here nothing waits for it.
  await base.owner.query('analyze')
  const result = await run(purchases)
  await server.stop()
  if (Object.keys(result.statuses).join() !== '201')
    throw new Error(`answers: ${JSON.stringify(result.statuses)}`)
  const { rows } = await base.owner.query<{ tickets: string; mails: string }>(
    `select (select count(*) from tickets.ticket where org_id = $1) as tickets, (select count(*) from notifications.message where org_id = $1) as mails`,
    [show.orgId],
  )
  const wanted = purchases + Math.round(purchases / 10)
  if (Number(rows[0]?.tickets) !== wanted || Number(rows[0]?.mails) !== wanted)
    throw new Error(`not all were completed: ${JSON.stringify(rows)}`)
  return result
}

async function oneTransactionPerStep(base: Ground): Promise<number> {
  const show = await aHotEvent(base, { price: 0 })
  const { orgId, eventId, typeId, poolId } = show
  const log = createLogger({ level: 'error', pretty: false })
  const tessera = await createTessera({
    config: benchmarkConfig(base.url),
    databaseUrl: base.url,
    log,
    provider: recordedProvider(),
  })
  try {
    const { deps } = tessera
    const quiet = { ...deps, events: { emit: async () => undefined } }
    const inOrg = (work: Parameters<typeof withOrg<unknown>>[2]) => withOrg(deps.db, orgId, work)
    const { rows: rules } = await base.owner.query<{ terms_id: string; refund_policy_id: string }>(
      'select terms_id, refund_policy_id from catalog.event where id = $1',
      [eventId],
    )
    const complete = async (): Promise<void> => {
      const [holdId, orderId] = [newId<HoldId>(), newId<OrderId>()]
      const lines = JSON.stringify([{ ticketTypeId: typeId, quantity: 1 }])
      await inOrg(async (tx) => {
        await sql`update holds.pool set held = held + 1 where org_id = ${orgId} and id = ${poolId} and held + sold < capacity`.execute(
          tx,
        )
        await sql`insert into holds.hold (org_id, id, event_id, browser_hash, lines, expires_at) values (${orgId}, ${holdId}, ${eventId}, ${holdId}, ${lines}::jsonb, now() + interval '10 minutes')`.execute(
          tx,
        )
      })
      await inOrg(async (tx) => {
        await sql`insert into orders."order" (org_id, id, event_id, hold_id, number, buyer_name, buyer_email, buyer_email_key, browser_hash, locale, currency, subtotal, fees, tax, included_tax, total,
            terms_id, terms_version, refund_policy_id, refund_policy_version, accepted_at, accepted_from, created_at)
          values (${orgId}, ${orderId}, ${eventId}, ${holdId}, ${`T-${orderId}`}, 'Buyer', ${`${orderId}@example.com`}, ${`${orderId}@example.com`}, ${holdId}, 'en', 'EUR', 0, 0, 0, 0, 0,
            ${rules[0]?.terms_id}, 1, ${rules[0]?.refund_policy_id}, 1, now(), '127.0.0.1', now())`.execute(
          tx,
        )
        await sql`insert into orders.order_line values (${orgId}, ${orderId}, 1, ${typeId}, 'Standard', 1, 1, 0, 0, '[]', '{}')`.execute(
          tx,
        )
        await sql`insert into platform.directory values ('order', ${orderId}, ${orgId}, ${orderId})`.execute(
          tx,
        )
      })
      await inOrg((tx) => convertHolds(tx, orgId, eventId, [holdId], deps.clock.now()))
      await inOrg((tx) =>
        sql`update orders."order" set state = 'paid', paid_at = now() where org_id = ${orgId} and id = ${orderId}`.execute(
          tx,
        ),
      )
      await inOrg((tx) => issueTickets(quiet, tx, orgId, [{ orderId, eventId }]))
      await inOrg((tx) => queueTicketMail(deps, tx, orgId, [{ orderId, eventId, ticketIds: [] }]))
    }
    let left = usualPurchases
    const start = performance.now()
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (left-- > 0) await complete()
      }),
    )
    return usualPurchases / ((performance.now() - start) / 1000)
  } finally {
    await tessera.close()
  }
}

export async function run(): Promise<Row[]> {
  const base = await ground()
  try {
    const ours = await overHttp(base)
    const usual = await oneTransactionPerStep(base)
    return [
      {
        what: 'complete purchase, free order, over HTTP, one hot event',
        figure: `${round(ours.perSecond * 60)}/min, p99 of a request ${round(ours.p99)} ms`,
        yardstick: 'target of 90,000/min',
        ratio: (ours.perSecond / 1500).toFixed(2),
        target: '>= 1',
      },
      {
        what: 'complete purchase, free order',
        figure: `${round(ours.perSecond * 60)}/min`,
        yardstick: `one transaction per step ${round(usual * 60)}/min`,
        ratio: `${(ours.perSecond / usual).toFixed(1)} x`,
        target: '>= 10 x',
      },
    ]
  } finally {
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
