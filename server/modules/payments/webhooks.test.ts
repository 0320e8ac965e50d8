import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicId, type Id } from '#platform/ids'
import { drainInbox } from './drain-inbox.ts'
import { Ground, operatorToken, webhookSecret } from './payments-fixture.ts'

let ground: Ground
const formerSecret = 'whsec_the_one_before_0123456789'
beforeAll(async () => {
  ground = await Ground.open({ payments: { webhookSecrets: [webhookSecret, formerSecret] } })
})
afterAll(() => ground.close())

const nowSeconds = () => Math.floor(ground.world.clock.now().getTime() / 1000)
function event(over: Record<string, unknown> = {}, object: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: `evt_${randomUUID()}`,
    object: 'event',
    type: 'checkout.session.completed',
    created: nowSeconds(),
    data: { object: { id: 'cs_test_x', object: 'checkout.session', ...object } },
    ...over,
  })
}
function sign(body: string, secret = webhookSecret, at = nowSeconds()): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
async function send(body: string, signature: string | undefined, type = 'application/json'): Promise<number> {
  const headers = {
    'content-type': type,
    ...(signature === undefined ? {} : { 'stripe-signature': signature }),
  }
  const response = await fetch(`${ground.url}/v1/webhooks/stripe`, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}
const stored = async () => (await ground.inbox()).length

describe('who may tell us that an order is paid', () => {
  test('the provider, with a fresh signature over exactly these bytes', async () => {
    const before = await stored()
    const body = event()
    expect(await send(body, sign(body))).toBe(204)
    expect(await stored()).toBe(before + 1)
  })

  test('nobody without a signature, with another secret, or with a changed body', async () => {
    const before = await stored()
    const body = event()
    expect(await send(body, undefined)).toBe(400)
    expect(await send(body, '')).toBe(400)
    expect(await send(body, 'nonsense')).toBe(400)
    expect(await send(body, sign(body, 'whsec_guessed'))).toBe(400)
    expect(await send(body.replace('completed', 'expired'), sign(body))).toBe(400)
    expect(await send(`${body} `, sign(body))).toBe(400)
    expect(await send(body, sign(body).replace('v1=', 'v0='))).toBe(400)
    expect(await send('', sign(''))).toBe(400)
    expect(await stored()).toBe(before)
  })

  test('nobody who recorded a signature more than five minutes ago, or made one for the future', async () => {
    const before = await stored()
    const body = event()
    for (const offset of [-301, 301, -86_400, 86_400 * 365]) {
      expect(await send(body, sign(body, webhookSecret, nowSeconds() + offset))).toBe(400)
    }
    expect(await send(body, `${sign(body)},t=${nowSeconds()}`)).toBe(400)
    expect(await stored()).toBe(before)
    expect(await send(body, sign(body, webhookSecret, nowSeconds() - 290))).toBe(204)
  })

  test('age is measured by our clock, also when it was moved', async () => {
    await ground.passes(60)
    const body = event()
    expect(await send(body, sign(body, webhookSecret, nowSeconds() - 3600))).toBe(400)
    expect(await send(body, sign(body))).toBe(204)
  })

  test('while a secret is being rolled, both count', async () => {
    for (const secret of [webhookSecret, formerSecret]) {
      const body = event()
      expect(await send(body, sign(body, secret))).toBe(204)
    }
    const body = event()
    const both = `${sign(body, 'whsec_unknown')},${sign(body).split(',')[1]}`
    expect(await send(body, both)).toBe(204)
  })

  test('what is signed but is no event is refused', async () => {
    for (const body of ['{}', '[]', 'null', '"text"', '{"id":"evt_1"}', 'not json'])
      expect(await send(body, sign(body))).toBe(400)
  })

  test('nobody fills the memory: a body beyond 256 kB is refused', async () => {
    const large = event({}, { padding: 'x'.repeat(300 * 1024) })
    expect(await send(large, sign(large))).toBe(413)
    const fine = event({}, { padding: 'x'.repeat(200 * 1024) })
    expect(await send(fine, sign(fine))).toBe(204)
  })

  test('the content type does not matter, the signature does', async () => {
    const body = event()
    expect(await send(body, sign(body), 'text/plain')).toBe(204)
  })

  test('the provider without a valid secret is nobody: an installation refuses to start with an empty one', async () => {
    await expect(Ground.open({ payments: { webhookSecrets: [' '] } })).rejects.toThrow(/empty/)
  })
})

describe('what is kept of it', () => {
  test('ids and kinds, and nothing about the buyer', async () => {
    const body = event(
      {},
      { customer_email: 'ana@example.com', customer_details: { name: 'Ana Example', phone: '+491234' } },
    )
    await send(body, sign(body))
    const rows = await ground.world.asOwner('select to_jsonb(i)::text as row from payments.webhook_inbox i')
    for (const { row } of rows) expect(row).not.toMatch(/ana@example|Ana Example|491234/)
  })

  test('the same event a hundred times at once is one row', async () => {
    const body = event()
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(body, sign(body))))
    expect(new Set(answers)).toEqual(new Set([204]))
    const { id } = JSON.parse(body) as { id: string }
    expect(
      await ground.world.asOwner('select from payments.webhook_inbox where event_id = $1', [id]),
    ).toHaveLength(1)
  })

  test('many events at once are few transactions: they wait at a desk', async () => {
    const bodies = Array.from({ length: 200 }, () => event({ type: 'customer.created' }))
    await Promise.all(bodies.map((body) => send(body, sign(body))))
    const [row] = await ground.world.asOwner<{ n: number }>(
      `select count(distinct xmin::text)::integer as n from payments.webhook_inbox where type = 'customer.created'`,
    )
    expect(row?.n).toBeLessThan(150)
  })
})

test('what could not be stored is not confirmed, so that the provider sends it again', async () => {
  const body = event()
  await ground.world.asOwner('revoke insert on payments.webhook_inbox from tessera_platform')
  const refused = await send(body, sign(body))
  await ground.world.asOwner('grant insert on payments.webhook_inbox to tessera_platform')
  expect(refused).toBe(500)
  expect(await send(body, sign(body))).toBe(204)
})

describe('what follows from it', () => {
  test('an event of a connected account never settles an order', async () => {
    const payment = await ground.opened()
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 20 })
    ground.stripe.payCheckout(payment.sessionId)
    ground.stripe.faults.disarm()
    const metadata = { org: ground.orgId, payment: payment.id }
    const body = event({ account: 'acct_1' }, { id: payment.sessionId, metadata })
    expect(await send(body, sign(body))).toBe(204)
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('open')
    expect((await ground.inbox()).at(-1)).toMatchObject({
      outcome: 'no_effect',
      note: 'about a connected account',
    })
  })

  test('a signed event about a session that was never paid settles nothing: the provider is asked', async () => {
    const payment = await ground.opened()
    const body = event(
      {},
      {
        id: payment.sessionId,
        payment_status: 'paid',
        status: 'complete',
        metadata: { org: ground.orgId, payment: payment.id },
      },
    )
    expect(await send(body, sign(body))).toBe(204)
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('open')
  })

  test('a body that was changed on the way has no effect, and the next delivery has', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.tamper', event: 'checkout.session.completed' })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect((await ground.read(payment)).state).toBe('open')
    await ground.passes(5)
    await ground.settles()
    expect((await ground.read(payment)).state).toBe('succeeded')
  })

  test('a worker that died with a batch leaves it to the next one after its lease', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.stripe.deliverDue()
    const now = ground.world.clock.now()
    await ground.world.asOwner(
      `update payments.webhook_inbox set lease_until = $1 where due_at is not null`,
      [new Date(now.getTime() + 60_000)],
    )
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('open')
    await ground.passes(2)
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('succeeded')
  })

  test('while the provider cannot be asked the event waits, longer each time, and is never lost', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.stripe.deliverDue()
    ground.stripe.faults.arm({ kind: 'rate_limit', method: 'GET', count: 3 })
    for (let round = 0; round < 3; round += 1) {
      await drainInbox(ground.deps)
      await ground.passes(5)
    }
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('succeeded')
  })

  test('an event that can never be worked off is given up after many tries, and somebody is told', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.stripe.deliverDue()
    await ground.world.asOwner(`update payments.webhook_inbox set attempts = 19 where object_id = $1`, [
      payment.sessionId,
    ])
    ground.stripe.faults.arm({
      kind: 'rate_limit',
      method: 'GET',
      path: '/v1/checkout/sessions/*',
      count: 10,
    })
    await drainInbox(ground.deps)
    ground.stripe.faults.disarm()
    await ground.passes(60 * 24)
    await drainInbox(ground.deps)
    expect((await ground.read(payment)).state).toBe('open')
    expect(
      await ground.world.asOwner(`select from platform.outbox where name = 'webhookGivenUp'`),
    ).toHaveLength(1)
  })
})

describe('the operator', () => {
  const call = (path: string, method = 'GET', authorization = operatorToken) =>
    fetch(`${ground.url}${path}`, { method, headers: { authorization } })

  test('sees what arrived and what came of it, and nobody else does', async () => {
    const answer = await call('/v1/operator/webhook-inbox?limit=2')
    const page = (await answer.json()) as { items: { id: string; outcome: string }[]; nextCursor: string }
    expect(page.items).toHaveLength(2)
    const next = await call(`/v1/operator/webhook-inbox?limit=2&cursor=${page.nextCursor}`)
    const second = (await next.json()) as typeof page
    expect(second.items.map((item) => item.id)).not.toContain(page.items[0]?.id)
    const failed = (await (await call('/v1/operator/webhook-inbox?outcome=deferred')).json()) as typeof page
    expect(failed.items.every((item) => item.outcome === 'deferred')).toBe(true)
    expect((await call('/v1/operator/webhook-inbox', 'GET', 'somebody')).status).toBe(401)
  })

  test('lets an event be worked off once more', async () => {
    const [row] = await ground.world.asOwner<{ id: Id<'inb'>; object_id: string }>(
      `select id, object_id from payments.webhook_inbox where outcome = 'deferred' and due_at is null`,
    )
    const id = publicId('inb', row?.id ?? ('' as Id<'inb'>))
    expect((await call(`/v1/operator/webhook-inbox/${id}/replay`, 'POST')).status).toBe(202)
    await ground.settles()
    const [payment] = await ground.world.asOwner('select state from payments.payment where session_id = $1', [
      row?.object_id,
    ])
    expect(payment).toEqual({ state: 'succeeded' })
    const nobody = publicId('inb', '00000000-0000-7000-8000-000000000000' as Id<'inb'>)
    expect((await call(`/v1/operator/webhook-inbox/${nobody}/replay`, 'POST')).status).toBe(404)
  })
})
