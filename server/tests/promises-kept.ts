import { expect } from 'vitest'
import { checkInvariants } from '#modules/ledger'
import type { World } from './world.ts'

/** What must be true of any world that came to rest. Each question asks for what is wrong, so an empty answer is right. */
const questions: Record<string, string> = {
  'a pool counts other places than its holds took': `
    with taken as (
      select d.org_id, d.pool_id,
        sum((l ->> 'quantity')::integer) filter (where h.state in ('active', 'paying')) as held,
        sum((l ->> 'quantity')::integer) filter (where h.state = 'converted') as sold
      from holds.hold h
      cross join lateral jsonb_array_elements(h.lines) l
      join holds.pool_draw d on d.org_id = h.org_id and d.ticket_type_id = (l ->> 'ticketTypeId')::uuid
      group by d.org_id, d.pool_id)
    select p.name, p.capacity, p.held, p.sold, t.held as "heldByHolds", t.sold as "soldByHolds"
    from holds.pool p left join taken t on t.org_id = p.org_id and t.pool_id = p.id
    where p.held + p.sold > p.capacity or p.held <> coalesce(t.held, 0) or p.sold <> coalesce(t.sold, 0)`,
  'a pool sold other places than there are tickets': `
    select p.name, p.sold, count(t.id) as tickets
    from holds.pool p
    left join holds.pool_draw d on d.org_id = p.org_id and d.pool_id = p.id
    left join tickets.ticket t on t.org_id = p.org_id and t.ticket_type_id = d.ticket_type_id and t.state = 'valid'
    group by p.org_id, p.id having p.sold <> count(t.id)`,
  'an order has other tickets than it paid for': `
    select o.id, o.state, l.line_no, l.quantity, count(t.id) as tickets
    from orders."order" o
    join orders.order_line l on l.org_id = o.org_id and l.order_id = o.id
    left join tickets.ticket t on t.org_id = o.org_id and t.order_id = o.id and t.line_no = l.line_no
    group by o.org_id, o.id, o.state, l.line_no, l.quantity
    having count(t.id) <> case when o.state = 'paid' then l.quantity else 0 end`,
  'serials have a gap': `
    select s.event_id, s.last_serial, count(t.id) as tickets, max(t.serial) as highest
    from tickets.event_serial s
    left join tickets.ticket t on t.org_id = s.org_id and t.event_id = s.event_id
    group by s.org_id, s.event_id, s.last_serial
    having count(t.id) <> s.last_serial or coalesce(max(t.serial), 0) <> s.last_serial`,
  'a paid order has no mail with its tickets, or several': `
    select o.id, o.state, count(m.id) as mails
    from orders."order" o
    left join notifications.message m
      on m.org_id = o.org_id and m.order_id = o.id and m.cause = 'order:' || o.id || ':tickets'
    group by o.org_id, o.id, o.state
    having count(m.id) <> case when o.state = 'paid' then 1 else 0 end`,
  'a mail was not sent': `select id, template, state, last_error from notifications.message where state not in ('sent', 'dropped')`,
  'a payment goes back without a mail that says why': `
    select r.payment_id from payments.payment_return r
    where (select count(*) from notifications.message m
           where m.org_id = r.org_id and m.cause = 'payment:' || r.payment_id || ':returned') <> 1`,
  'an order has not come to an end': `
    select id, state from orders."order" where state not in ('paid', 'cancelled', 'expired', 'refunded', 'partially_refunded')`,
  'a payment has not come to an end': `
    select id, state, in_doubt, unconfirmed from payments.payment
    where frozen_because is null and (state in ('created', 'open', 'processing') or in_doubt or unconfirmed)`,
  'a payment is frozen': `select id, state, frozen_because from payments.payment where frozen_because is not null`,
  'money has not gone back': `select id, state, refusal from payments.payment_return where state <> 'succeeded'`,
  'a hold has not come to an end': `select id, state from holds.hold where state in ('active', 'paying')`,
  'an order is paid by another amount than its total, or by several payments': `
    select o.id, o.total, count(p.id) as payments, sum(p.amount) as paid
    from orders."order" o
    left join payments.payment p on p.org_id = o.org_id and p.order_id = o.id and p.state = 'succeeded'
      and not exists (select from payments.payment_return r where r.org_id = p.org_id and r.payment_id = p.id)
    group by o.org_id, o.id, o.total, o.state
    having coalesce(sum(p.amount), 0) <> case when o.state = 'paid' then o.total else 0 end or count(p.id) > 1`,
  'the books do not have exactly one sale for a paid order': `
    select o.id, o.total, count(distinct s.id) as sales, coalesce(sum(t.amount), 0) as booked
    from orders."order" o
    left join payments.payment p on p.org_id = o.org_id and p.order_id = o.id and p.state = 'succeeded'
      and not exists (select from payments.payment_return r where r.org_id = p.org_id and r.payment_id = p.id)
    left join ledger.posting s on s.org_id = o.org_id and s.source = p.id::text and s.kind = 'payment-received'
    left join ledger.transfer t on t.org_id = s.org_id and t.posting_id = s.id
    where o.total > 0
    group by o.org_id, o.id, o.total, o.state
    having coalesce(sum(t.amount), 0) <> case when o.state = 'paid' then o.total else 0 end or count(distinct s.id) > 1`,
  'the books are not balanced, or money hangs between buyer and provider': `
    with moved as (
      select org_id, debit_account as account, currency, amount from ledger.transfer
      union all select org_id, credit_account, currency, -amount from ledger.transfer)
    select 'all' as code, currency, sum(amount) as balance from moved group by currency having sum(amount) <> 0
    union all
    select a.code, m.currency, sum(m.amount) from moved m
    join ledger.account a on a.org_id = m.org_id and a.id = m.account
    where a.code in ('A.psp_recv', 'L.refund_due', 'S.suspense') group by a.code, m.org_id, m.currency having sum(m.amount) <> 0`,
  'something that the provider told us was not worked off': `
    select type, outcome, note, attempts from payments.webhook_inbox
    where outcome is null or outcome in ('failed', 'deferred') or due_at is not null`,
  'a fact was announced to nobody': `
    select name from platform.outbox where dispatched_at is null`,
  'a job failed for good': `select task_identifier, last_error from graphile_worker.jobs where attempts >= max_attempts and last_error is not null`,
}

/**
 * Demands everything that is promised whatever happened: no place twice, no ticket without money and no money without
 * tickets or a return, books that agree with the provider's. A story about a finding lists it in `world.expected`.
 */
export async function demandPromisesKept(world: World): Promise<void> {
  const findings: Record<string, unknown> = {}
  for (const [finding, sql] of Object.entries(questions)) {
    const rows = await world.asOwner(sql)
    if (rows.length > 0 && !world.expected.has(finding)) findings[finding] = rows
  }
  const surprises = {
    'the provider has money for nothing': await moneyForNothing(world),
    'the books differ from the balance at the provider': await differencesOfBalance(world),
    'somebody is called for nothing': (await world.alerts()).filter(({ rule }) => !world.expected.has(rule)),
    'the ledger finds something broken': await checkInvariants(world.tessera.deps),
    'the server logged an error': world.logged.map((line) => JSON.parse(line) as unknown),
  }
  for (const [finding, found] of Object.entries(surprises))
    if (found.length > 0 && !world.expected.has(finding)) findings[finding] = found
  expect(findings).toEqual({})
  // Whatever happened in a story, the provider's books add up too.
  world.stripe.checkBalance()
}

/** Each order that was paid at the provider, as the provider knows it: paid once and has tickets, or all of it went back. */
async function moneyForNothing(world: World): Promise<unknown[]> {
  const refunded = new Map<string, number>()
  for (const refund of world.stripe.state.refunds()) {
    const intent = String(refund.payment_intent)
    if (refund.status === 'succeeded') refunded.set(intent, (refunded.get(intent) ?? 0) + refund.amount)
  }
  const kept = new Map<string, number>()
  for (const session of world.stripe.state.sessions()) {
    const order = session.client_reference_id ?? ''
    const received =
      session.payment_status === 'paid'
        ? (session.amount_total ?? 0) - (refunded.get(String(session.payment_intent)) ?? 0)
        : 0
    kept.set(order, (kept.get(order) ?? 0) + received)
  }
  const orders = await world.asOwner<{ id: string; state: string; worth: number }>(
    `select id, state, case when state = 'paid' then total else 0 end as worth from orders."order"`,
  )
  const worth = new Map(orders.map((order) => [order.id, Number(order.worth)]))
  const wrong = [...new Set([...kept.keys(), ...worth.keys()])].filter(
    (id) => (kept.get(id) ?? 0) !== (worth.get(id) ?? 0),
  )
  const payments = await world.asOwner<{ order: string }>(
    'select order_id as "order", state, attempt, asks, session_id, refusal from payments.payment where order_id = any($1)',
    [wrong],
  )
  return wrong.map((id) => ({
    order: orders.find((order) => order.id === id),
    keptByProvider: kept.get(id) ?? 0,
    payments: payments.filter((payment) => payment.order === id),
    sessions: world.stripe.state
      .sessions()
      .filter((session) => session.client_reference_id === id)
      .map((session) => [session.id, session.status, session.payment_status]),
  }))
}

async function differencesOfBalance(world: World): Promise<unknown[]> {
  const theirs = new Map<string, number>()
  for (const one of world.stripe.state.balanceTransactions()) {
    const currency = one.currency.toUpperCase()
    theirs.set(currency, (theirs.get(currency) ?? 0) + one.net)
  }
  const ours = await world.asOwner<{ currency: string; balance: number }>(`
    select t.currency, sum(case when t.debit_account = a.id then t.amount else -t.amount end) as balance
    from ledger.account a
    join ledger.transfer t on t.org_id = a.org_id and (t.debit_account = a.id or t.credit_account = a.id)
    where a.code = 'A.stripe' group by t.currency`)
  const booked = new Map(ours.map((row) => [row.currency, Number(row.balance)]))
  return [...new Set([...theirs.keys(), ...booked.keys()])]
    .map((currency) => ({ currency, provider: theirs.get(currency) ?? 0, books: booked.get(currency) ?? 0 }))
    .filter((one) => one.provider !== one.books)
}
