import type Stripe from 'stripe'
import type { Collection } from '../collection.ts'
import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import type { LoggedRequest } from '../request-log.ts'
import { remaining } from '../resources/refunds.ts'
import type { DeliveryRecord, EventRecord } from '../store.ts'
import { money } from '../text.ts'
import type { World } from '../world.ts'
import { action, idLink, pill, table, timeText } from './layout.ts'
import type { Column } from './layout.ts'

const pageSize = 50

interface Listed<Row> {
  path: string
  rows: Row[]
  next: string | null
}

/** One screenful of a collection, newest first, below a cursor. */
function screenful<Row extends { id: string }>(
  collection: Collection<Row>,
  path: string,
  after: string | null,
): Listed<Row> {
  const rows: Row[] = []
  for (const row of collection.newestFirst(after ?? undefined)) {
    if (rows.length === pageSize) return { path, rows, next: rows.at(-1)?.id ?? null }
    rows.push(row)
  }
  return { path, rows, next: null }
}

function panel<Row>(listed: Listed<Row>, columns: Column<Row>[], empty: string): Markup {
  const more = listed.next
    ? html`<p class="pages">
        <a href="${listed.path}">Newest</a><a href="${listed.path}?after=${listed.next}">Older</a>
      </p>`
    : null
  return html`<section class="panel">${table(columns, listed.rows, empty)} ${more}</section>`
}

const seconds = (value: number) => timeText(value * 1000)

export function sessionList(world: World, after: string | null): Markup {
  const path = '/dashboard/sessions'
  const columns: Column<Stripe.Checkout.Session>[] = [
    { label: 'Created', cell: (row) => seconds(row.created) },
    { label: 'Session', cell: (row) => idLink(row.id) },
    { label: 'Reference', cell: (row) => row.client_reference_id ?? '–' },
    { label: 'Amount', kind: 'num', cell: (row) => money(row.amount_total ?? 0, row.currency ?? 'usd') },
    { label: 'Status', cell: (row) => html`<span>${pill(row.status)} ${pill(row.payment_status)}</span>` },
    {
      label: 'Action',
      kind: 'act',
      cell: (row) =>
        row.status === 'open' && row.url
          ? html`<span class="controls"
              ><a href="${row.url}">Open page</a> ${action('pay', 'Pay', { session: row.id }, path)}
              ${action('expire', 'Expire', { session: row.id }, path)}</span
            >`
          : null,
    },
  ]
  return panel(screenful(world.store.sessions, path, after), columns, 'No sessions yet.')
}

function refundable(world: World, intent: Stripe.PaymentIntent): boolean {
  const charge = world.store.charges.get((intent.latest_charge as string | null) ?? '')
  return charge?.status === 'succeeded' && charge.captured && remaining(world, charge) > 0
}

export function paymentList(world: World, after: string | null): Markup {
  const path = '/dashboard/payments'
  const columns: Column<Stripe.PaymentIntent>[] = [
    { label: 'Created', cell: (row) => seconds(row.created) },
    { label: 'Payment', cell: (row) => idLink(row.id) },
    { label: 'Charge', cell: (row) => (row.latest_charge ? idLink(row.latest_charge as string) : '–') },
    { label: 'Amount', kind: 'num', cell: (row) => money(row.amount, row.currency) },
    { label: 'Status', cell: (row) => pill(row.status) },
    {
      label: 'Action',
      kind: 'act',
      cell: (row) =>
        refundable(world, row)
          ? action('refund', 'Refund', { intent: row.id }, path)
          : row.status === 'requires_action'
            ? html`<a href="/challenge/${row.id}">Answer challenge</a>`
            : null,
    },
  ]
  return panel(screenful(world.store.paymentIntents, path, after), columns, 'No payments yet.')
}

export function refundList(world: World, after: string | null): Markup {
  const path = '/dashboard/refunds'
  const columns: Column<Stripe.Refund>[] = [
    { label: 'Created', cell: (row) => seconds(row.created) },
    { label: 'Refund', cell: (row) => idLink(row.id) },
    { label: 'Charge', cell: (row) => idLink(row.charge as string) },
    { label: 'Amount', kind: 'num', cell: (row) => money(row.amount, row.currency) },
    { label: 'Status', cell: (row) => pill(row.status) },
    {
      label: 'Action',
      kind: 'act',
      cell: (row) =>
        row.status === 'succeeded' || row.status === 'pending'
          ? action('fail-refund', 'Make it fail', { refund: row.id }, path)
          : null,
    },
  ]
  return panel(screenful(world.store.refunds, path, after), columns, 'No refunds yet.')
}

export function balanceList(world: World, after: string | null): Markup {
  const columns: Column<Stripe.BalanceTransaction>[] = [
    { label: 'Created', cell: (row) => seconds(row.created) },
    { label: 'Transaction', cell: (row) => idLink(row.id) },
    { label: 'Type', cell: (row) => row.type.replaceAll('_', ' ') },
    { label: 'Amount', kind: 'num', cell: (row) => money(row.amount, row.currency) },
    { label: 'Fee', kind: 'num', cell: (row) => money(row.fee, row.currency) },
    { label: 'Net', kind: 'num', cell: (row) => money(row.net, row.currency) },
    { label: 'Status', cell: (row) => pill(row.status) },
    { label: 'Available', cell: (row) => seconds(row.available_on).slice(0, 10) },
  ]
  const listed = screenful(world.store.balanceTransactions, '/dashboard/balance', after)
  return panel(listed, columns, 'No money has moved yet.')
}

export function eventColumns(world: World, back: string): Column<EventRecord>[] {
  return [
    { label: 'Time', cell: (row) => seconds(row.created) },
    { label: 'Event', cell: (row) => html`<a href="/dashboard/objects/${row.id}">${row.type}</a>` },
    { label: 'About', cell: (row) => idLink(row.objectId) },
    { label: 'Deliveries', cell: (row) => deliverySummary(world, row) },
    { label: 'Action', kind: 'act', cell: (row) => action('resend', 'Resend', { event: row.id }, back) },
  ]
}

function deliverySummary(world: World, event: EventRecord): Markup {
  const states = world.store.deliveries.with('event', event.id).map((delivery) => delivery.state)
  return states.length === 0 ? html`–` : html`<span>${states.map((state) => html`${pill(state)} `)}</span>`
}

export function eventList(world: World, after: string | null): Markup {
  const path = '/dashboard/events'
  return panel(screenful(world.store.events, path, after), eventColumns(world, path), 'No events yet.')
}

export function deliveryList(world: World, after: string | null): Markup {
  const columns: Column<DeliveryRecord>[] = [
    {
      label: 'Event',
      cell(row) {
        const type = world.store.events.get(row.event)?.type ?? row.event
        return html`<a href="/dashboard/objects/${row.event}">${type}</a>`
      },
    },
    { label: 'Endpoint', cell: (row) => world.store.endpoints.get(row.endpoint)?.wire.url ?? 'deleted' },
    { label: 'State', cell: (row) => pill(row.state) },
    {
      label: 'Tries',
      cell: (row) => row.attempts.map(({ status, note }) => status ?? note).join(', ') || '–',
    },
    { label: 'Next try', cell: (row) => (row.nextAttemptAt === null ? '–' : timeText(row.nextAttemptAt)) },
    { label: 'Faults', cell: (row) => row.faults.join(', ') || '–' },
  ]
  return panel(
    screenful(world.store.deliveries, '/dashboard/deliveries', after),
    columns,
    'Nothing to deliver yet.',
  )
}

export function requestList(requests: LoggedRequest[]): Markup {
  const columns: Column<LoggedRequest>[] = [
    { label: 'Time', cell: (row) => timeText(row.at) },
    { label: 'Request', cell: (row) => html`<span id="${row.id}">${row.method} ${row.path}</span>` },
    { label: 'Status', kind: 'num', cell: (row) => row.status ?? 'none' },
    {
      label: 'Key',
      cell: (row) => html`${row.idempotencyKey ?? '–'} ${row.replayed ? pill('replayed') : null}`,
    },
    { label: 'Fault', cell: (row) => row.fault ?? '–' },
  ]
  const latest = requests.slice(-200).toReversed()
  return html`<section class="panel">${table(columns, latest, 'No requests yet.')}</section>`
}
