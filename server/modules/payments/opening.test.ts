import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultOrder } from '@tessera/sandbox-stripe'
import { askForSession, openSession, openWaiting, positionInLine } from './open-session.ts'
import type { Payment } from './payment.ts'
import { Ground } from './payments-fixture.ts'

const sessions = '/v1/checkout/sessions'
let ground: Ground
beforeAll(async () => {
  ground = await Ground.open({ stripe: { breaker: { failures: 1000, pauseMs: 1 } } })
})
afterAll(() => ground.close())
afterEach(() => ground.stripe.faults.disarm())

/** Past the line, which other tests may have left somebody in. */
const open = (payment: Payment) => askForSession(ground.deps, payment)
const arm = (order: Omit<FaultOrder, 'path'>) =>
  ground.stripe.faults.arm({ ...order, method: order.method ?? 'POST', path: sessions })
/** The library itself tries a cut connection once more, so one fault is not enough to be noticed. */
const many = 12
/** All is well again; the pause before the next try passes, and the line is worked off. */
async function triesAgain(minutes = 0.2): Promise<void> {
  ground.stripe.faults.disarm()
  await ground.passes(minutes)
  await openWaiting(ground.deps)
}

describe('an answer that is lost is not a failure', () => {
  const lost = [
    'timeout_after_commit',
    'cut_after_commit',
    'cut_before_commit',
    'truncated_body',
    'bare_error',
  ] as const
  test.each(lost)('%s: the payment waits, is asked for again, and there is one session', async (kind) => {
    arm({ kind, count: many })
    const payment = await ground.payment()
    expect(await open(payment)).toMatchObject({ state: 'created', frozenBecause: null })
    await triesAgain()
    expect(await ground.read(payment)).toMatchObject({ state: 'open', attempt: 1, inDoubt: false })
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })

  test('broken on the way once: the second try with the same key is made at once, and the buyer notices nothing', async () => {
    arm({ kind: 'cut_after_commit' })
    const payment = await ground.payment()
    expect((await open(payment)).state).toBe('open')
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })

  test('an error that the provider keeps, though the session was made: it is found in the list and used', async () => {
    arm({ kind: 'error_after_commit' })
    const payment = await ground.payment()
    await open(payment)
    await triesAgain()
    expect(await ground.read(payment)).toMatchObject({ state: 'open', attempt: 1 })
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })

  test('an error that the provider keeps, and no session was made: only then a new key is used', async () => {
    arm({ kind: 'error_before_commit' })
    const payment = await ground.payment()
    await open(payment)
    await triesAgain()
    expect(await ground.read(payment)).toMatchObject({ state: 'open', attempt: 2 })
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })

  test('while the list cannot be read, no new key is used', async () => {
    arm({ kind: 'error_before_commit' })
    ground.stripe.faults.arm({ kind: 'cut_before_commit', method: 'GET', path: sessions, count: many })
    const payment = await ground.payment()
    await open(payment)
    expect(await ground.read(payment)).toMatchObject({ state: 'created', attempt: 1, inDoubt: true })
    await triesAgain(1)
    await triesAgain()
    expect(await ground.read(payment)).toMatchObject({ state: 'open', attempt: 2 })
  })

  test('a lost session that is found after somebody paid it is settled at once', async () => {
    arm({ kind: 'error_after_commit' })
    ground.stripe.faults.arm({ kind: 'cut_before_commit', method: 'GET', path: sessions, count: many })
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.payment()
    await open(payment)
    const [session] = ground.sessionsOf(payment) as { id: string }[]
    ground.stripe.payCheckout(session?.id ?? '')
    await triesAgain(1)
    expect(await ground.read(payment)).toMatchObject({
      state: 'succeeded',
      sessionId: session?.id,
      attempt: 1,
    })
  })

  test('a request that is retried so late that the provider refuses its end gets a new key and a new end', async () => {
    arm({ kind: 'cut_before_commit', count: many })
    const payment = await ground.payment()
    await open(payment)
    await triesAgain(5)
    await triesAgain()
    expect(await ground.read(payment)).toMatchObject({ state: 'open', attempt: 2 })
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })

  test('a retry is the same request to the byte', async () => {
    arm({ kind: 'cut_before_commit', count: many })
    const payment = await ground.payment()
    await open(payment)
    const before = await ground.read(payment)
    await ground.world.asOwner(
      `update payments.payment set intent = jsonb_set(intent, '{buyerEmail}', '"eve@example.com"') where id = $1`,
      [payment.id],
    )
    await triesAgain()
    const [session] = ground.sessionsOf(payment) as { customer_email: string; expires_at: number }[]
    expect(session?.customer_email).toBe('ana@example.com')
    expect(session?.expires_at).toBe(before.request?.expiresAtSeconds)
  })

  test('a server that died between writing down and asking: the payment gets into the line by itself', async () => {
    const payment = await ground.payment()
    await triesAgain(2)
    expect((await ground.read(payment)).state).toBe('open')
  })

  test('a server that died while asking: after its lease another asks with the same key', async () => {
    const payment = await ground.payment()
    arm({ kind: 'timeout_after_commit' })
    await open(payment)
    await ground.world.asOwner(
      `update payments.payment set lease_until = now() + interval '1 hour', waiting_since = null, retry_at = null where id = $1`,
      [payment.id],
    )
    await triesAgain()
    expect((await ground.read(payment)).state).toBe('created')
    await ground.world.asOwner(
      `update payments.payment set lease_until = now() - interval '1 hour', created_at = now() - interval '1 hour' where id = $1`,
      [payment.id],
    )
    await triesAgain()
    expect((await ground.read(payment)).state).toBe('open')
    expect(ground.sessionsOf(payment)).toHaveLength(1)
  })
})

describe('the line in front of the provider', () => {
  test('"too many" is not a failure: the payment waits, and the request may be a fresh one', async () => {
    arm({ kind: 'rate_limit' })
    const payment = await ground.payment()
    const after = await open(payment)
    expect(after).toMatchObject({ state: 'created', inDoubt: false, request: null })
    expect(await positionInLine(ground.deps, ground.orgId, payment.id)).toBe(1)
    await triesAgain()
    expect((await ground.read(payment)).state).toBe('open')
  })

  test(
    'buyers beyond the rate see their place, are served in the order in which they came, and lose no time',
    { timeout: 60_000 },
    async () => {
      const slow = await Ground.open({ payments: { callsPerSecond: 5 } })
      try {
        const payments: Payment[] = []
        for (let n = 0; n < 15; n += 1) payments.push(await slow.payment())
        for (const payment of payments) await openSession(slow.deps, slow.orgId, payment.id)
        const states = await Promise.all(payments.map(async (one) => (await slow.read(one)).state))
        const waiting = payments.filter((_, n) => states[n] === 'created')
        expect(waiting.length).toBeGreaterThanOrEqual(8)
        const places = await Promise.all(waiting.map((one) => positionInLine(slow.deps, slow.orgId, one.id)))
        expect(places).toEqual(waiting.map((_, n) => n + 1))
        // A newcomer does not overtake, though a token may be there.
        await slow.passes(0)
        const newcomer = await slow.payment()
        expect((await openSession(slow.deps, slow.orgId, newcomer.id)).state).toBe('created')
        // The buyer's quarter of an hour counts from the opening.
        await slow.passes(14)
        const begin = slow.world.clock.now().getTime()
        await openWaiting(slow.deps)
        const opened = await Promise.all([...waiting, newcomer].map((one) => slow.read(one)))
        expect(opened.map((one) => one.state)).toEqual(opened.map(() => 'open'))
        const order = slow.stripe.state
          .sessions()
          .toSorted((a, b) => a.created - b.created)
          .map((one) => one.client_reference_id)
        const expected = payments.map((one) => one.orderId)
        expect(new Set(order)).toEqual(new Set([...expected, newcomer.orderId]))
        for (const one of opened)
          expect(one.windowEndsAt.getTime()).toBeGreaterThanOrEqual(begin + 14.9 * 60_000)
        expect(await positionInLine(slow.deps, slow.orgId, newcomer.id)).toBeNull()
      } finally {
        await slow.close()
      }
    },
  )

  test('one that cannot be opened does not hold up those behind it', async () => {
    arm({ kind: 'rate_limit', count: 3 })
    const all = [await ground.payment(), await ground.payment(), await ground.payment()]
    for (const one of all) await open(one)
    ground.stripe.faults.disarm()
    arm({ kind: 'timeout_after_commit' })
    await ground.passes(0.2)
    await openWaiting(ground.deps)
    const states = await Promise.all(all.map(async (one) => (await ground.read(one)).state))
    expect(states.toSorted()).toEqual(['created', 'open', 'open'])
    await triesAgain()
    for (const one of all) expect((await ground.read(one)).state).toBe('open')
  })
})
