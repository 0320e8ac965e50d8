import { testCards } from '../cards.ts'
import { apiFaultKinds, webhookFaultKinds } from '../faults.ts'
import type { ArmedFault } from '../faults.ts'
import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { money } from '../text.ts'
import type { World } from '../world.ts'
import { action, table, timeText } from './layout.ts'
import { eventColumns } from './lists.ts'

const steps: [label: string, ms: number][] = [
  ['10 seconds', 10_000],
  ['31 minutes', 31 * 60_000],
  ['1 day', 86_400_000],
  ['3 days', 3 * 86_400_000],
  ['8 days', 8 * 86_400_000],
]

function tiles(world: World): Markup {
  const balance = world.ledger.balance(world.settings.defaultCurrency)
  const { sessions, refunds, deliveries, events } = world.store
  const sums = (side: 'available' | 'pending') =>
    balance[side].map((entry) => money(entry.amount, entry.currency)).join(' · ')
  const tile = (label: string, value: string | number) =>
    html`<div class="tile"><b>${value}</b><span>${label}</span></div>`
  return html`<div class="tiles">
    ${tile('available', sums('available'))} ${tile('pending', sums('pending'))}
    ${tile('sessions', sessions.size)} ${tile('payments', world.store.paymentIntents.size)}
    ${tile('refunds', refunds.size)} ${tile('events', events.size)} ${tile('deliveries', deliveries.size)}
    ${tile('faults armed', world.faults.list().length)}
  </div>`
}

/** The first page: money, counts, the clock and what happened last. */
export function overview(world: World): Markup {
  const latest = [...world.store.events.newestFirst()].slice(0, 12)
  return html`${tiles(world)} ${clockPanel('/dashboard')}
    <section class="panel">
      <h2>Latest events</h2>
      ${table(eventColumns(world, '/dashboard'), latest, 'No events yet. Create a checkout session and pay it.')}
    </section>`
}

function clockPanel(back: string): Markup {
  return html`<section class="panel">
    <h2>Move the clock on</h2>
    <p class="soft">
      Sessions expire, money becomes available, debits settle and deliveries are retried on the way.
    </p>
    <div class="controls">
      ${steps.map(([label, ms]) => action('advance', label, { ms: String(ms) }, back))}
    </div>
  </section>`
}

function faultPanel(armed: ArmedFault[], back: string): Markup {
  return html`<section class="panel">
    <h2>Arm a fault</h2>
    <form class="fields" method="post" action="/dashboard/actions/arm">
      <input type="hidden" name="back" value="${back}" />
      <div>
        <label for="kind">What goes wrong</label>
        <select id="kind" name="kind">
          <optgroup label="Answers of the API">
            ${apiFaultKinds.map((kind) => html`<option value="${kind}">${kind.replaceAll('_', ' ')}</option>`)}
          </optgroup>
          <optgroup label="Webhooks">
            ${webhookFaultKinds.map((kind) => html`<option value="${kind}">${kind.replace('webhook.', '')}</option>`)}
          </optgroup>
        </select>
      </div>
      <div>
        <label for="path">Path of the request (API), for example /v1/refunds</label>
        <input id="path" name="path" placeholder="any" />
      </div>
      <div>
        <label for="event">Type of the event (webhooks), for example checkout.session.*</label>
        <input id="event" name="event" placeholder="any" />
      </div>
      <div>
        <label for="count">How many times</label>
        <input id="count" name="count" inputmode="numeric" value="1" />
      </div>
      <div><button class="main" type="submit">Arm</button></div>
    </form>
    ${table(
      [
        { label: 'Armed', cell: (row) => row.kind },
        {
          label: 'Where',
          cell: (row) => [row.method, row.path, row.event].filter(Boolean).join(' ') || 'anywhere',
        },
        { label: 'Left', kind: 'num', cell: (row) => row.remaining ?? `rate ${row.rate}` },
        { label: 'Struck', kind: 'num', cell: (row) => row.struck },
        { label: 'Action', kind: 'act', cell: (row) => action('disarm', 'Disarm', { fault: row.id }, back) },
      ],
      armed,
      'No fault is armed.',
    )}
  </section>`
}

function webhookPanel(world: World, back: string): Markup {
  const rows = world.store.endpoints.all()
  return html`<section class="panel">
    <h2>Webhook endpoints</h2>
    ${table(
      [
        { label: 'Address', cell: (row) => row.wire.url },
        { label: 'Events', cell: (row) => row.wire.enabled_events.join(', ') },
        { label: 'Status', cell: (row) => row.wire.status },
        { label: 'Since', cell: (row) => timeText(row.wire.created * 1000) },
      ],
      rows,
      'Events go nowhere yet.',
    )}
    <form class="fields" method="post" action="/dashboard/actions/webhook">
      <input type="hidden" name="back" value="${back}" />
      <div>
        <label for="url">Deliver events to</label>
        <input id="url" name="url" type="url" placeholder="http://127.0.0.1:4000/webhooks/stripe" required />
      </div>
      <div>
        <label for="secret">Signing secret</label>
        <input id="secret" name="secret" required />
      </div>
      <div><button type="submit">Set</button></div>
    </form>
  </section>`
}

/** The page with everything that can be steered. */
export function controlsPage(world: World): Markup {
  const back = '/dashboard/controls'
  return html`${clockPanel(back)}
    <div class="two">${faultPanel(world.faults.list(), back)} ${webhookPanel(world, back)}</div>
    <section class="panel">
      <h2>Test cards</h2>
      ${table(
        [
          { label: 'Number', cell: (card) => html`<span class="id">${card.number}</span>` },
          { label: 'What it does', cell: (card) => card.label },
          { label: 'Name in the API', cell: (card) => html`<span class="id">${card.names[0] ?? ''}</span>` },
        ],
        testCards,
        '',
      )}
    </section>`
}
