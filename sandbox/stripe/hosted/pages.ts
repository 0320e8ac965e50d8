import type Stripe from 'stripe'
import { answerChallenge, payCheckout } from '../checkout.ts'
import type { CheckoutResult } from '../checkout.ts'
import { html } from '../html.ts'
import type { PageAnswer } from '../html.ts'
import { recoverSession } from '../resources/session-life.ts'
import { money } from '../text.ts'
import type { World } from '../world.ts'
import { challengePage } from './challenge-page.ts'
import { layout, messagePage, successAddress } from './layout.ts'
import { initialFields, problemOf, readFields } from './pay-form.ts'
import type { Fields } from './pay-form.ts'
import { payPage } from './pay-page.ts'

interface PageRequest {
  method: string
  path: string
  form: Fields
}

function itemsOf(world: World, session: Stripe.Checkout.Session): Stripe.LineItem[] {
  return world.store.sessionWork.get(session.id)?.lineItems ?? []
}

/** What is shown for a session that cannot be paid (any more). */
function closedPage(session: Stripe.Checkout.Session | undefined): PageAnswer {
  if (!session) {
    return messagePage({
      title: 'This payment page does not exist',
      mark: '!',
      tone: 'bad',
      lines: ['The address may be incomplete. Open it again from the shop.'],
      status: 404,
    })
  }
  if (session.status === 'complete') {
    return messagePage({
      title: 'This order is complete',
      mark: '✓',
      tone: 'good',
      lines: ['You have already finished this payment. Nothing more is to be done here.'],
      link: { to: successAddress(session), label: 'Back to the shop' },
    })
  }
  const recovery = session.after_expiration?.recovery?.url
  return messagePage({
    title: 'This payment page has expired',
    mark: '!',
    tone: 'bad',
    lines: ['The time to pay has run out. Nothing was charged.'],
    link: recovery
      ? { to: recovery, label: 'Start again' }
      : session.cancel_url
        ? { to: session.cancel_url, label: 'Back to the shop' }
        : undefined,
    status: 410,
  })
}

function answerOf(world: World, result: CheckoutResult, fields: Fields, sessionId: string): PageAnswer {
  if (result.kind === 'complete') return { kind: 'redirect', to: successAddress(result.session) }
  if (result.kind === 'challenge') return { kind: 'redirect', to: `/challenge/${result.intent.id}` }
  if (result.kind === 'closed') return closedPage(result.session)
  const session = world.store.sessions.get(sessionId)
  if (!session) return closedPage(undefined)
  return payPage(session, itemsOf(world, session), fields, problemOf(result.message, result.param))
}

function pay(world: World, sessionId: string, fields: Fields): PageAnswer {
  const session = world.store.sessions.get(sessionId)
  if (session?.status !== 'open') return closedPage(session)
  const read = readFields(session, fields)
  if ('problems' in read) return payPage(session, itemsOf(world, session), fields, read.problems)
  if (fields['terms'] === 'accepted') session.consent = { promotions: null, terms_of_service: 'accepted' }
  const result = world.perform(`pay ${sessionId}`, () => payCheckout(world, sessionId, read.payment))
  return answerOf(world, result, fields, sessionId)
}

function challenge(world: World, intentId: string, request: PageRequest): PageAnswer {
  const intent = world.store.paymentIntents.get(intentId)
  const session = world.store.sessions.get(world.store.intentWork.get(intentId)?.session ?? '')
  const open = intent?.status === 'requires_action' && (!session || session.status === 'open')
  if (!intent || !open) {
    return session || !intent ? closedPage(session) : answeredPage(world, intent)
  }
  if (request.method === 'GET') return challengePage(intent)
  const outcome = request.form['outcome'] === 'pass' ? 'pass' : 'fail'
  const result = world.perform(`challenge ${intentId}`, () => answerChallenge(world, intentId, outcome))
  if (result.kind === 'answered') return answeredPage(world, result.intent)
  const fields = session ? initialFields(session, new Date(world.clock.now())) : {}
  return answerOf(
    world,
    result,
    { ...fields, name: session?.customer_details?.name ?? '' },
    session?.id ?? '',
  )
}

/** After the challenge of an intent that the API confirmed: on to its return address. */
function answeredPage(world: World, intent: Stripe.PaymentIntent): PageAnswer {
  const to = world.store.intentWork.get(intent.id)?.returnUrl
  if (to) {
    const url = new URL(to)
    url.searchParams.set('payment_intent', intent.id)
    url.searchParams.set('payment_intent_client_secret', intent.client_secret ?? '')
    url.searchParams.set('redirect_status', intent.status === 'succeeded' ? 'succeeded' : 'failed')
    return { kind: 'redirect', to: url.href }
  }
  const lines = [`The payment is now: ${intent.status.replaceAll('_', ' ')}.`]
  return messagePage({ title: 'Thank you', mark: '✓', tone: '', lines })
}

function receipt(world: World, chargeId: string): PageAnswer {
  const charge = world.store.charges.get(chargeId)
  if (charge?.status !== 'succeeded') return closedPage(undefined)
  return layout(
    'Receipt',
    html`<main class="shell narrow">
      <section class="panel stack">
        <h1>Receipt</h1>
        <p class="total">${money(charge.amount_captured, charge.currency)}</p>
        <dl>
          <dt>Date</dt>
          <dd>${new Date(charge.created * 1000).toISOString().slice(0, 10)}</dd>
          <dt>Paid with</dt>
          <dd>
            ${charge.payment_method_details?.card?.brand ?? 'bank debit'}
            …${charge.payment_method_details?.card?.last4 ?? charge.payment_method_details?.us_bank_account?.last4 ?? ''}
          </dd>
          <dt>Refunded</dt>
          <dd>${money(charge.amount_refunded, charge.currency)}</dd>
          <dt>Number</dt>
          <dd>${charge.id}</dd>
        </dl>
      </section>
    </main>`,
  )
}

/** Answers a request to one of the pages that buyers see, or undefined when the address is none of them. */
export function handleHosted(world: World, request: PageRequest): PageAnswer | undefined {
  const [, first, second, third] = request.path.split('/')
  if (first === 'c' && second === 'pay' && third) {
    if (request.method === 'POST') return pay(world, third, request.form)
    const session = world.store.sessions.get(third)
    if (session?.status !== 'open') return closedPage(session)
    return payPage(session, itemsOf(world, session), initialFields(session, new Date(world.clock.now())))
  }
  if (first === 'challenge' && second) return challenge(world, second, request)
  if (first === 'receipts' && second) return receipt(world, second)
  if (first === 'r' && second) {
    const session = world.perform('recover', () => recoverSession(world, second))
    return session?.url ? { kind: 'redirect', to: session.url } : closedPage(undefined)
  }
  return undefined
}
