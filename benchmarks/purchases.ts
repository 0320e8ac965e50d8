// From a full inbox to order paid, tickets, ledger and mail row, for one hot event; against the same with one transaction
// per step. And free orders over HTTP, likewise.
import { sql } from 'kysely'
import { createTessera, type Deps, type Tessera } from '../server/app.ts'
import { createLogger } from '../server/platform/telemetry.ts'
import { newId, type Id } from '../server/platform/ids.ts'
import { readEventForSale, type EventForSale } from '../server/modules/catalog/public.ts'
import { convertHolds, createHoldsDesk, placeHold } from '../server/modules/holds/public.ts'
import { post, transfers } from '../server/modules/ledger/public.ts'
import { queueTicketMail } from '../server/modules/notifications/public.ts'
import { createOrdersDesk, payOrder, type Order } from '../server/modules/orders/public.ts'
import { issueTickets } from '../server/modules/tickets/public.ts'
import {
  aHotEvent,
  benchmarkConfig,
  ground,
  round,
  withOrg,
  type Ground,
  type Row,
  type Show,
} from './ground.ts'
import { recordedProvider } from './recorded-provider.ts'

const purchases = Number(process.env['PURCHASES'] ?? 6000)
const usualPurchases = Math.max(200, Math.round(purchases / 20))

async function theProduct(base: Ground): Promise<Tessera> {
  const log = createLogger({ level: 'error', pretty: false })
  return createTessera({
    config: benchmarkConfig(base.url),
    databaseUrl: base.url,
    log,
    provider: recordedProvider(),
  })
}

/** Orders whose payment is open, made by the product's own desks. */
async function ordersInPayment(deps: Deps, event: EventForSale, show: Show, count: number): Promise<Order[]> {
  const holds = createHoldsDesk({ ...deps, stockMoved: () => undefined })
  const orders = createOrdersDesk(deps)
  const one = async (): Promise<Order> => {
    const browserKey = `browser-${newId()}`
    const lines = [{ ticketTypeId: show.typeId, quantity: 1 }]
    const { hold } = await placeHold({ clock: deps.clock, desk: holds }, event, {
      id: newId(),
      browserKey,
      lines,
    })
    const total = event.ticketTypes[0]?.facePrice ?? 0
    const { order } = await orders.ask(event.id, {
      event,
      holdId: hold.id,
      browserKey,
      buyer: { name: 'Buyer', email: `${newId()}@example.com` },
      accept: { termsVersion: 1, refundPolicyVersion: 1 },
      expectedTotal: { amount: total, currency: event.currency },
      locale: 'en',
      acceptedFrom: '127.0.0.1',
    })
    return order
  }
  const made: Order[] = []
  for (let left = count; left > 0; left -= 500)
    made.push(...(await Promise.all(Array.from({ length: Math.min(500, left) }, one))))
  const waiting = made.values()
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (const order of waiting) await payOrder(deps, order, event)
    }),
  )
  return made
}

/** Puts one event of the provider for each payment into the inbox, as the webhook route does. */
async function fillInbox({ owner }: Ground, show: Show): Promise<void> {
  await owner.query(
    `insert into payments.webhook_inbox (id, event_id, type, object_id, org_id, payment_id, source, happened_at, received_at, due_at)
     select gen_random_uuid(), 'evt_' || id, 'checkout.session.completed', session_id, org_id, id, 'webhook', now(), now(), now()
     from payments.payment where org_id = $1 and state = 'open'`,
    [show.orgId],
  )
}

async function paidOnes({ owner }: Ground, show: Show) {
  const { rows } = await owner.query<{ orders: string; tickets: string; mails: string; postings: string }>(
    `select (select count(*) from orders."order" where org_id = $1 and state = 'paid') as orders,
            (select count(*) from tickets.ticket where org_id = $1) as tickets,
            (select count(*) from notifications.message where org_id = $1) as mails,
            (select count(*) from ledger.posting where org_id = $1) as postings`,
    [show.orgId],
  )
  return Object.values(rows[0] ?? {}).map(Number)
}

async function fromFullInbox(base: Ground): Promise<number> {
  const show = await aHotEvent(base, { price: 4500 })
  const tessera = await theProduct(base)
  try {
    const event = await withOrg(base.db, show.orgId, (tx) => readEventForSale(tx, show.orgId, show.eventId))
    if (!event) throw new Error('no event')
    await ordersInPayment(tessera.deps, event, show, purchases)
    await fillInbox(base, show)
    // As autovacuum leaves them a moment later: here nothing waits for it.
    await base.owner.query('analyze')
    const drain = tessera.handlers.find((handler) => handler.name === 'payments.drain-inbox')
    const start = performance.now()
    await drain?.run({})
    const seconds = (performance.now() - start) / 1000
    const counts = await paidOnes(base, show)
    if (counts.some((count) => count !== purchases))
      throw new Error(`not all were completed: ${counts.join()}`)
    return purchases / seconds
  } finally {
    await tessera.close()
  }
}

/** The usual shape: the same statements of the same modules, each step in a transaction of its own, sixteen purchases at a time. */
async function oneTransactionPerStep(base: Ground): Promise<number> {
  const show = await aHotEvent(base, { price: 4500 })
  const tessera = await theProduct(base)
  try {
    const { deps } = tessera
    const event = await withOrg(base.db, show.orgId, (tx) => readEventForSale(tx, show.orgId, show.eventId))
    if (!event) throw new Error('no event')
    const orders = await ordersInPayment(deps, event, show, usualPurchases)
    const quiet = { ...deps, events: { emit: async () => undefined } }
    const inOrg = (work: Parameters<typeof withOrg<unknown>>[2]) => withOrg(deps.db, show.orgId, work)
    const complete = async (order: Order): Promise<void> => {
      const fact = { orderId: order.id, eventId: order.eventId }
      const paymentId = newId<Id<'pay'>>()
      await inOrg((tx) =>
        sql`update payments.payment set state = 'succeeded', url = null, provider_payment = session_id, ended_at = now() where org_id = ${show.orgId} and order_id = ${order.id} and state = 'open'`.execute(
          tx,
        ),
      )
      await inOrg((tx) => convertHolds(tx, show.orgId, order.eventId, [order.holdId], deps.clock.now()))
      await inOrg((tx) =>
        sql`update orders."order" set state = 'paid', paid_at = now() where org_id = ${show.orgId} and id = ${order.id}`.execute(
          tx,
        ),
      )
      const split = order.lines[0]?.split ?? { organiser: 0, platformFee: 0, tax: [] }
      await inOrg((tx) =>
        post(tx, show.orgId, [
          transfers.primarySale({ paymentId, currency: order.currency, amount: order.total, split }),
        ]),
      )
      await inOrg((tx) => issueTickets(quiet, tx, show.orgId, [fact]))
      await inOrg((tx) => queueTicketMail(deps, tx, show.orgId, [{ ...fact, ticketIds: [] }]))
    }
    const start = performance.now()
    const waiting = orders.values()
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const order of waiting) await complete(order)
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
    const ours = await fromFullInbox(base)
    const usual = await oneTransactionPerStep(base)
    return [
      {
        what: `complete purchase, paid: ${round(purchases)} from a full inbox, one hot event`,
        figure: `${round(ours * 60)}/min`,
        yardstick: 'target of 30,000/min',
        ratio: (ours / 500).toFixed(2),
        target: '>= 1',
      },
      {
        what: 'complete purchase, paid',
        figure: `${round(ours * 60)}/min`,
        yardstick: `one transaction per step ${round(usual * 60)}/min`,
        ratio: `${(ours / usual).toFixed(1)} x`,
        target: '>= 10 x',
      },
    ]
  } finally {
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
