import { html } from '../html.ts'
import type { Markup, PageAnswer } from '../html.ts'
import type { World } from '../world.ts'
import { dashboardStyle } from './style.ts'

const sections: [path: string, label: string][] = [
  ['/dashboard', 'Overview'],
  ['/dashboard/sessions', 'Sessions'],
  ['/dashboard/payments', 'Payments'],
  ['/dashboard/refunds', 'Refunds'],
  ['/dashboard/balance', 'Balance'],
  ['/dashboard/events', 'Events'],
  ['/dashboard/deliveries', 'Deliveries'],
  ['/dashboard/requests', 'Requests'],
  ['/dashboard/controls', 'Controls'],
]

/** A time of the sandbox's clock, in UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

const tones: Record<string, string> = {
  complete: 'good',
  paid: 'good',
  succeeded: 'good',
  available: 'good',
  no_payment_required: 'good',
  open: 'wait',
  pending: 'wait',
  processing: 'wait',
  requires_action: 'wait',
  requires_capture: 'wait',
  failed: 'bad',
  dropped: 'bad',
  canceled: 'bad',
  requires_payment_method: 'bad',
}

/** A status as a coloured word. */
export function pill(status: string | null): Markup {
  const tone = tones[status ?? ''] ?? ''
  return html`<span class="pill ${tone}">${(status ?? 'none').replaceAll('_', ' ')}</span>`
}

/** The shortened id of an object, linked to its page. */
export function idLink(id: string): Markup {
  const short = id.length > 22 ? `${id.slice(0, 12)}…${id.slice(-6)}` : id
  return html`<a class="id" href="/dashboard/objects/${id}" title="${id}">${short}</a>`
}

export interface Column<Row> {
  label: string
  cell: (row: Row) => Markup | string | number | null
  kind?: 'num' | 'act'
}

/** A table that turns into a list of cards on a narrow screen. */
export function table<Row>(columns: Column<Row>[], rows: Row[], empty: string): Markup {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<table>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col" class="${column.kind ?? ''}">${column.label}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${columns.map((column) => html`<td class="${column.kind ?? ''}" data-label="${column.label}">${column.cell(row)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** A button that does one thing and comes back. */
export function action(name: string, label: string, fields: Record<string, string>, back: string): Markup {
  return html`<form class="inline" method="post" action="/dashboard/actions/${name}">
    <input type="hidden" name="back" value="${back}" />
    ${Object.entries(fields).map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}" />`)}
    <button type="submit">${label}</button>
  </form>`
}

/** A whole page of the dashboard. */
export function dashboardPage(
  world: World,
  path: string,
  title: string,
  content: Markup,
  note?: string,
): PageAnswer {
  return {
    kind: 'page',
    status: 200,
    markup: html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title} · Payment sandbox</title>
          <style>
            ${dashboardStyle}
          </style>
        </head>
        <body>
          <header class="bar">
            <div class="bar-in">
              <div class="brand">
                <strong>Payment sandbox</strong>
                <span>${timeText(world.clock.now())} UTC by the sandbox's clock</span>
              </div>
              <nav aria-label="Sections">
                ${sections.map(
                  ([to, label]) =>
                    html`<a href="${to}" ${to === path ? html`aria-current="page"` : null}>${label}</a>`,
                )}
              </nav>
            </div>
          </header>
          <main>
            ${world.broken ? html`<p class="note" role="alert">The books are broken: ${world.broken.message}</p>` : null}
            ${note ? html`<p class="note" role="alert">${note}</p>` : null}
            <h1>${title}</h1>
            ${content}
          </main>
        </body>
      </html>`,
  }
}
