import type Stripe from 'stripe'
import { html } from '../html.ts'
import type { Markup, PageAnswer } from '../html.ts'
import { hostedStyle } from './style.ts'

/** A whole page of the hosted checkout. */
export function layout(
  title: string,
  content: Markup,
  options: { status?: number; script?: string } = {},
): PageAnswer {
  return {
    kind: 'page',
    status: options.status ?? 200,
    script: options.script,
    markup: html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <title>${title}</title>
          <style>
            ${hostedStyle}
          </style>
        </head>
        <body>
          <header><p class="test">Test mode: no real money moves here</p></header>
          ${content}
          <footer>Payment sandbox. Cards and banks on this page are simulated.</footer>
        </body>
      </html>`,
  }
}

/** A page with one message and one way on. */
export function messagePage(options: {
  title: string
  mark: '✓' | '!' | '…'
  tone: 'good' | 'bad' | ''
  lines: string[]
  link?: { to: string; label: string } | undefined
  status?: number
}): PageAnswer {
  const { title, mark, tone, lines, link } = options
  return layout(
    title,
    html`<main class="shell narrow">
      <div class="panel stack">
        <div class="mark ${tone}" aria-hidden="true">${mark}</div>
        <h1>${title}</h1>
        ${lines.map((line) => html`<p class="soft">${line}</p>`)}
        ${link ? html`<a class="button" href="${link.to}">${link.label}</a>` : null}
      </div>
    </main>`,
    options.status === undefined ? {} : { status: options.status },
  )
}

/** Where a finished session sends the buyer. */
export function successAddress(session: Stripe.Checkout.Session): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id)
}
