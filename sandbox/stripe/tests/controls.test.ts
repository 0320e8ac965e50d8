import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startStripeSandbox } from '../server.ts'
import { openShop, sdk, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

let shop: Shop
beforeEach(async () => {
  shop = await openShop()
})
afterEach(() => shop.close())

interface Reply {
  status: number
  // Each control answers with another shape; tests read the part that they are about.
  body: Record<string, unknown>
}

async function control(method: string, path: string, body?: object, base = shop.sandbox.url): Promise<Reply> {
  const response = await fetch(`${base}/_sandbox${path}`, {
    method,
    ...(method === 'POST'
      ? { body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json' } }
      : {}),
  })
  return { status: response.status, body: (await response.json()) as Reply['body'] }
}

describe('the controls over HTTP', () => {
  it('pay and expire sessions, answer challenges, refund and fail refunds', async () => {
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    const asked = await control('POST', `/sessions/${id}/pay`, { card: 'pm_card_authenticationRequired' })
    expect(asked.body['status']).toBe('requires_action')
    const intent = String(asked.body['paymentIntent'])
    await control('POST', `/payment_intents/${intent}/challenge`, { outcome: 'pass' })
    const refund = await control('POST', `/payment_intents/${intent}/refund`, { amount: 300 })
    expect(refund.body).toMatchObject({ amount: 300, status: 'succeeded' })
    const failed = await control('POST', `/refunds/${String(refund.body['id'])}/fail`)
    expect(failed.body['status']).toBe('failed')
    const again = await control('POST', `/sessions/${id}/expire`)
    expect(again.status).toBe(400)
    expect((await control('POST', '/sessions/cs_x/pay')).status).toBe(404)
  })

  it('move the clock, arm faults, change settings and set the webhook', async () => {
    expect((await control('POST', '/clock/advance', { ms: 60_000 })).body).toEqual({
      now: '2027-03-01T10:01:00.000Z',
    })
    const armed = await control('POST', '/faults', { kind: 'rate_limit', path: '/v1/balance' })
    expect(await control('GET', '/faults')).toMatchObject({ body: [{ kind: 'rate_limit', remaining: 1 }] })
    expect((await control('DELETE', `/faults/${String(armed.body['id'])}`)).body).toEqual([])
    expect((await control('POST', '/faults', { kind: 'flood' })).status).toBe(400)
    await control('POST', '/settings', { settlementDays: 0 })
    expect(shop.sandbox.settings.settlementDays).toBe(0)
    expect((await control('POST', '/settings', { colour: 1 })).status).toBe(400)
    await control('POST', '/webhook', { url: 'http://127.0.0.1:1/gone', secret: 's' })
    await shop.stripe.customers.create({ name: 'A' })
    await control('POST', '/idle')
    expect(shop.receiver.received).toEqual([])
    expect(shop.sandbox.state.deliveries()[0]?.attempts[0]?.status).toBeNull()
  })

  it('list events, deliveries and requests, and deliver an event again', async () => {
    await shop.stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k' })
    await shop.sandbox.idle()
    const events = (await control('GET', '/events?type=customer.created')).body as unknown as { id: string }[]
    await control('POST', `/events/${events[0]?.id}/redeliver`)
    // It may already have been delivered by the time of this request; afterwards it certainly has.
    await control('POST', '/deliver')
    expect(await control('GET', `/deliveries?event=${events[0]?.id}`)).toMatchObject({
      body: [{ state: 'succeeded' }, { state: 'succeeded' }],
    })
    expect(await control('GET', '/requests')).toMatchObject({
      body: [{ path: '/v1/customers', idempotencyKey: 'k' }],
    })
  })

  it('cannot be steered by a form of another web page', async () => {
    const form = await fetch(`${shop.sandbox.url}/_sandbox/clock/advance`, {
      method: 'POST',
      body: '{"ms":1000}',
    })
    expect(form.status).toBe(400)
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    await fetch(`${shop.sandbox.url}/dashboard/actions/expire`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: 'https://evil.example' },
      body: new URLSearchParams({ session: id }),
    })
    expect(shop.sandbox.state.session(id)?.status).toBe('open')
  })
})

describe('the dashboard', () => {
  const page = async (path: string) => (await fetch(shop.sandbox.url + path)).text()
  const act = async (name: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ back: '/dashboard/sessions', ...form })
    const response = await fetch(`${shop.sandbox.url}/dashboard/actions/${name}`, {
      method: 'POST',
      redirect: 'manual',
      body,
    })
    return response.headers.get('location')
  }

  it('shows sessions, payments, refunds, balance, events and deliveries', async () => {
    const { id } = await shop.stripe.checkout.sessions.create(sessionParams())
    const { paymentIntent } = shop.sandbox.payCheckout(id)
    await shop.sandbox.clock.advance(5000)
    const refund = await shop.stripe.refunds.create({ payment_intent: paymentIntent ?? '', amount: 300 })
    await shop.sandbox.idle()
    expect(await page('/')).toContain('$106.42')
    expect(await page('/dashboard/sessions')).toContain(id)
    expect(await page('/dashboard/payments')).toContain(paymentIntent)
    expect(await page('/dashboard/refunds')).toContain(refund.id)
    expect(await page('/dashboard/balance')).toContain('$3.58')
    expect(await page('/dashboard/events')).toContain('checkout.session.completed')
    expect(await page('/dashboard/deliveries')).toContain(shop.receiver.url)
    expect(await page('/dashboard/requests')).toContain('/v1/refunds')
    expect(await page(`/dashboard/objects/${refund.id}`)).toContain('charge')
    expect(await page('/dashboard/controls')).toContain('4242424242424242')
  })

  it('expires, pays, refunds, resends, arms and moves the clock', async () => {
    const one = await shop.stripe.checkout.sessions.create(sessionParams())
    const two = await shop.stripe.checkout.sessions.create(sessionParams())
    expect(await act('expire', { session: one.id })).toBe('/dashboard/sessions')
    expect(await act('expire', { session: one.id })).toContain('note=Only%20Checkout')
    await act('pay', { session: two.id })
    const intent = shop.sandbox.state.session(two.id)?.payment_intent as string
    await act('advance', { ms: '5000' })
    await act('refund', { intent })
    expect(shop.sandbox.state.refunds()).toHaveLength(1)
    const [event] = shop.sandbox.state.events('refund.created')
    await act('resend', { event: event?.id ?? '' })
    expect(shop.receiver.types().filter((type) => type === 'refund.created')).toHaveLength(2)
    await act('arm', { kind: 'slow', path: '/v1/refunds', count: '2' })
    expect(shop.sandbox.faults.list()).toMatchObject([{ kind: 'slow', remaining: 2 }])
    expect(await act('disarm', { fault: 'fault_1', back: 'https://evil.example' })).toBe('/dashboard')
  })
})

describe('a sandbox with a state file', () => {
  it('goes on after a restart where it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stripe-sandbox-'))
    const options = { stateFile: join(folder, 'state.json'), clock: () => new Date('2027-03-01T10:00:00Z') }
    try {
      const first = await startStripeSandbox(options)
      const before = await sdk(first).checkout.sessions.create(sessionParams(), { idempotencyKey: 'k' })
      const other = await sdk(first).checkout.sessions.create(sessionParams())
      first.payCheckout(other.id)
      await first.clock.advance(1000)
      first.setWebhook({ url: shop.receiver.url, secret: 's' })
      await first.close()

      const second = await startStripeSandbox(options)
      expect(second.clock.now().toISOString()).toBe('2027-03-01T10:00:01.000Z')
      const again = await sdk(second).checkout.sessions.create(sessionParams(), { idempotencyKey: 'k' })
      expect(again.id).toBe(before.id)
      await second.clock.advance(3 * 86_400_000)
      expect(second.state.session(before.id)?.status).toBe('expired')
      expect(second.checkBalance().available[0]?.amount).toBe(10_942)
      expect(shop.receiver.types()).toEqual(['charge.updated', 'checkout.session.expired'])
      const ids = second.state.sessions().map((session) => session.id)
      const next = await sdk(second).checkout.sessions.create(sessionParams())
      expect(ids).not.toContain(next.id)
      await second.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a sandbox in its own process', () => {
  it('prints where it listens, and ends when it is told to', async () => {
    const main = new URL('../main.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [main, '--seed', '7', '--rate-limit', '25'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const lines = createInterface(child.stdout)
    const line = await new Promise<string>((resolve) => lines.once('line', resolve))
    const { url, port } = JSON.parse(line) as { url: string; port: number }
    const stripe = new Stripe('sk_test_sandbox', {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      telemetry: false,
    })
    expect((await stripe.balance.retrieve()).object).toBe('balance')
    expect((await control('GET', '/settings', undefined, url)).body).toMatchObject({ rateLimitPerSecond: 25 })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
