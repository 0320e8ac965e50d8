import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShop, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

const day = 86_400_000

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

const entered = {
  email: 'fan@example.com',
  method: 'card',
  number: '4242 4242 4242 4242',
  expiry: '12/30',
  cvc: '123',
  name: 'Fay Fan',
  country: 'US',
  postal_code: '12345',
}

interface Answer {
  status: number
  to: string | null
  text: string
}

/** What a browser sees, without following redirects. */
async function visit(path: string, form?: Record<string, string>): Promise<Answer> {
  const response = await fetch(new URL(path, shop.sandbox.url), {
    redirect: 'manual',
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  })
  return { status: response.status, to: response.headers.get('location'), text: await response.text() }
}

async function open(
  extra: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Promise<Stripe.Checkout.Session> {
  return shop.stripe.checkout.sessions.create(sessionParams(extra))
}

const pathOf = (session: Stripe.Checkout.Session) => `/c/pay/${session.id}`

describe('the hosted page', () => {
  it('shows the order in test mode, and sends the buyer back with the number of the session', async () => {
    const session = await open()
    const page = await visit(pathOf(session))
    expect(page.text).toContain('Test mode')
    expect(page.text).toContain('Ticket, row 3')
    expect(page.text).toContain('Pay $113.00')
    expect(page.text).toContain('https://shop.example/cart')
    const paid = await visit(pathOf(session), entered)
    expect(paid).toMatchObject({ status: 303, to: `https://shop.example/done?session=${session.id}` })
    const done = await shop.stripe.checkout.sessions.retrieve(session.id)
    expect(done.customer_details).toMatchObject({
      email: 'fan@example.com',
      name: 'Fay Fan',
      address: { country: 'US', postal_code: '12345' },
    })
    expect((await visit(pathOf(session))).text).toContain('This order is complete')
  })

  it('names what is missing or wrong at its field, and charges nothing', async () => {
    const session = await open()
    const page = await visit(pathOf(session), {
      ...entered,
      email: 'nobody',
      expiry: '',
      postal_code: '',
      name: ' ',
    })
    for (const field of ['email', 'expiry', 'postal_code', 'name']) {
      expect(page.text).toContain(`aria-describedby="${field}-problem"`)
    }
    expect(page.text).toContain('value="nobody"')
    expect(shop.sandbox.state.paymentIntents()).toEqual([])
  })

  it('shows a decline in the words of the bank, and takes another card', async () => {
    const session = await open()
    const declined = await visit(pathOf(session), { ...entered, number: '4000000000009995' })
    expect(declined.text).toContain('Your card has insufficient funds.')
    const wrong = await visit(pathOf(session), { ...entered, number: '4242424242424241' })
    expect(wrong.text).toContain('aria-describedby="number-problem"')
    expect((await visit(pathOf(session), entered)).status).toBe(303)
    expect(shop.sandbox.state.paymentIntents()).toHaveLength(1)
  })

  it('leads through 3-D Secure, which can be failed and tried again', async () => {
    const session = await open()
    const card = { ...entered, number: '4000002760003184' }
    const challenged = await visit(pathOf(session), card)
    expect(challenged.to).toMatch(/^\/challenge\/pi_/)
    const challenge = challenged.to ?? ''
    expect((await visit(challenge)).text).toContain('Confirm a payment of $113.00')
    const failed = await visit(challenge, { outcome: 'fail' })
    expect(failed.text).toContain('We are unable to authenticate your payment method.')
    await visit(pathOf(session), card)
    expect((await visit(challenge, { outcome: 'pass' })).to).toContain('https://shop.example/done')
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment_intent.payment_failed',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
  })

  it('declines after a passed challenge where the card does so', async () => {
    const session = await open()
    const { to } = await visit(pathOf(session), { ...entered, number: '4000008400001629' })
    expect((await visit(to ?? '', { outcome: 'pass' })).text).toContain('Your card was declined.')
  })

  it('tells a buyer at the challenge that the session has expired meanwhile', async () => {
    const session = await open()
    const { to } = await visit(pathOf(session), { ...entered, number: '4000002760003184' })
    await shop.stripe.checkout.sessions.expire(session.id)
    const late = await visit(to ?? '', { outcome: 'pass' })
    expect(late).toMatchObject({ status: 410 })
    expect(shop.sandbox.state.charges()).toEqual([])
    const [intent] = shop.sandbox.state.paymentIntents()
    expect(intent?.status).toBe('canceled')
  })

  it.each([
    ['succeeds', 'paid', 'async_payment_succeeded', 'payment_intent.succeeded'],
    ['fails', 'unpaid', 'async_payment_failed', 'payment_intent.payment_failed'],
  ])('a bank debit that %s later completes unpaid at first', async (outcome, status, event, intentEvent) => {
    const session = await open()
    const paid = await visit(pathOf(session), {
      ...entered,
      method: 'us_bank_account',
      bank_outcome: outcome,
    })
    expect(paid.status).toBe(303)
    expect(await shop.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    })
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'charge.pending',
      'payment_intent.processing',
      'checkout.session.completed',
    ])
    await shop.sandbox.clock.advance(4 * day)
    const later = shop.receiver.types().slice(4)
    expect(later).toContain(`checkout.session.${event}`)
    expect(later).toContain(intentEvent)
    expect((await shop.stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe(status)
    const [charge] = shop.sandbox.state.charges()
    expect(charge?.id).toMatch(/^py_/)
  })

  it('offers an expired session anew where recovery is on', async () => {
    const session = await open({ after_expiration: { recovery: { enabled: true } } })
    await shop.sandbox.clock.advance(day)
    const expired = await shop.stripe.checkout.sessions.retrieve(session.id)
    const url = expired.after_expiration?.recovery?.url ?? ''
    expect((await visit(pathOf(session))).text).toContain(url)
    const { to } = await visit(url)
    const id = (to ?? '').split('/').at(-1) ?? ''
    expect((await shop.stripe.checkout.sessions.retrieve(id)).recovered_from).toBe(session.id)
    expect((await visit(to ?? '', entered)).status).toBe(303)
  })

  it('needs no card for an order that costs nothing', async () => {
    const free = {
      price_data: { currency: 'usd', unit_amount: 0, product_data: { name: 'Free' } },
      quantity: 1,
    }
    const session = await open({ line_items: [free] })
    expect(session.payment_status).toBe('no_payment_required')
    const page = await visit(pathOf(session))
    expect(page.text).not.toContain('Card number')
    expect((await visit(pathOf(session), { email: 'fan@example.com' })).status).toBe(303)
    const done = await shop.stripe.checkout.sessions.retrieve(session.id)
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      payment_intent: null,
    })
  })

  it('writes what the shop sends as text, never as markup', async () => {
    const name = '<script>alert(1)</script>"\'&'
    const session = await open({
      line_items: [
        { price_data: { currency: 'usd', unit_amount: 1000, product_data: { name } }, quantity: 1 },
      ],
    })
    const page = await visit(pathOf(session))
    expect(page.text).not.toContain('<script>alert')
    expect(page.text).toContain('&lt;script&gt;alert(1)')
  })

  it('completes a hold as unpaid by default, and as paid where the setting says so', async () => {
    const hold = async () => {
      const session = await open({ payment_intent_data: { capture_method: 'manual' } })
      await visit(pathOf(session), entered)
      return (await shop.stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] }))
        .payment_status
    }
    expect(await hold()).toBe('unpaid')
    shop.sandbox.settings.manualCapturePaymentStatus = 'paid'
    expect(await hold()).toBe('paid')
  })

  it('tells the completed session before the payment where the setting says so', async () => {
    shop.sandbox.settings.sessionCompletedPosition = 'before_intent_succeeded'
    const session = await open()
    await visit(pathOf(session), entered)
    await shop.sandbox.idle()
    expect(shop.receiver.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'checkout.session.completed',
      'payment_intent.succeeded',
    ])
  })
})
