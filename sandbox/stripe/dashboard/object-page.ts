import { findObject } from '../expand.ts'
import { html } from '../html.ts'
import type { Markup } from '../html.ts'
import { eventObject } from '../resources/events.ts'
import type { DeliveryAttempt } from '../store.ts'
import type { World } from '../world.ts'
import { action, pill, table, timeText } from './layout.ts'
import { eventColumns } from './lists.ts'

function attempts(world: World, eventId: string): Markup {
  const rows = world.store.deliveries
    .with('event', eventId)
    .flatMap((delivery) => delivery.attempts.map((attempt) => ({ delivery, attempt })))
  const status = ({ status, note }: DeliveryAttempt) => (status === null ? note : String(status))
  return table(
    [
      { label: 'Time', cell: ({ attempt }) => timeText(attempt.at) },
      {
        label: 'Endpoint',
        cell: ({ delivery }) => world.store.endpoints.get(delivery.endpoint)?.wire.url ?? 'deleted',
      },
      { label: 'Answer', cell: ({ attempt }) => status(attempt) },
      { label: 'Delivery', cell: ({ delivery }) => pill(delivery.state) },
      { label: 'Tampered', cell: ({ attempt }) => (attempt.tampered ? 'yes' : 'no') },
    ],
    rows,
    'No tries yet.',
  )
}

/** One object as JSON with the events about it, or one event with its deliveries. */
export function objectPage(world: World, id: string): Markup | undefined {
  const back = `/dashboard/objects/${id}`
  const event = world.store.events.get(id)
  if (event) {
    return html`<div class="controls">${action('resend', 'Resend', { event: id }, back)}</div>
      <section class="panel">
        <h2>Deliveries</h2>
        ${attempts(world, id)}
      </section>
      <section class="panel">
        <h2>Event</h2>
        <pre tabindex="0">${JSON.stringify(eventObject(world, event), null, 2)}</pre>
      </section>`
  }
  const object = findObject(world, id)
  if (!object) return undefined
  const events = world.store.events.with('object', id).toReversed()
  return html`<section class="panel">
      <h2>Events</h2>
      ${table(eventColumns(world, back), events, 'No events about this object.')}
    </section>
    <section class="panel">
      <h2>Object</h2>
      <pre tabindex="0">${JSON.stringify(object, null, 2)}</pre>
    </section>`
}
