import Stripe from 'stripe'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultOrder } from '@tessera/sandbox-stripe'
import { withOrg } from '#platform/database'
import { checkInvariants, PostingConflict } from '#modules/ledger'
import { chaseReturns } from './ask-about-payments.ts'
import type { Payment, PaymentReturn } from './payment.ts'
import { returnPayment } from './return-payment.ts'
import { returnOfPayment } from './return-store.ts'
import { settlePayment } from './settle-payment.ts'
import { settleReturn } from './settle-return.ts'
import { Ground } from './payments-fixture.ts'

let ground: Ground
beforeAll(async () => {
  ground = await Ground.open({ stripe: { breaker: { failures: 1000, pauseMs: 1 } } })
})
afterAll(() => ground.close())
afterEach(() => ground.stripe.faults.disarm())

const arm = (order: Partial<FaultOrder> & { kind: FaultOrder['kind'] }) =>
  ground.stripe.faults.arm({ method: 'POST', path: '/v1/refunds', ...order })

/** Paid, but there is nothing left to give. The provider is not yet asked to send it back. */
async function paidForNothing(
  card?: string,
): Promise<{ payment: Payment; one: PaymentReturn; ask: () => ReturnType<typeof settleReturn> }> {
  const opened = await ground.opened()
  await ground.sellsOut(opened.orderId)
  ground.stripe.payCheckout(opened.sessionId, card === undefined ? {} : { card })
  await settlePayment(ground.deps, ground.orgId, opened.id, 'success-page')
  const payment = await ground.read(opened)
  const one = await returnOf(payment)
  return { payment, one, ask: () => settleReturn(ground.deps, ground.orgId, one.id) }
}
async function returnOf(payment: Payment): Promise<PaymentReturn> {
  const one = await returnOfPayment(ground.world.db, ground.orgId, payment.id)
  if (!one) throw new Error('nothing is on its way back')
  return one
}
const refundsOf = (payment: Payment) =>
  ground.stripe.state.refunds().filter((refund) => refund.payment_intent === payment.providerPayment)
async function owed(): Promise<number> {
  return (await ground.books())['L.refund_due'] ?? 0
}

describe('a payment that buys nothing goes back', () => {
  test('it is owed from the moment it arrives, and the books are even when it is back', async () => {
    const { payment } = await paidForNothing()
    expect(await ground.books()).toEqual({ 'A.psp_recv': 11300, 'L.refund_due': 11300 })
    await ground.passes(1)
    await ground.settles()
    expect(await returnOf(payment)).toMatchObject({ state: 'succeeded', adopted: false })
    // The provider keeps its fee of the payment; that is all that is left.
    expect(await ground.books()).toEqual({ 'A.stripe': -358, 'X.psp_fee': 358 })
    expect(await ground.heard(payment.orderId)).toEqual([
      'paymentOpened',
      'paymentSucceeded',
      'paymentReturned',
    ])
    expect(await checkInvariants(ground.world)).toEqual([])
  })

  test('the provider is asked with a key that follows from the payment, so that no restart can forget it', async () => {
    const { payment, ask } = await paidForNothing()
    arm({ kind: 'timeout_after_commit' })
    await ask()
    const [request] = ground.stripe.state
      .requests()
      .filter((one) => one.path === '/v1/refunds' && one.method === 'POST')
      .slice(-1)
    expect(request?.idempotencyKey).toBe(`return:${payment.id}`)
    await ask()
    expect((await returnOf(payment)).state).toBe('succeeded')
  })

  test('however many ask at once, it goes back once', async () => {
    const { payment, ask } = await paidForNothing()
    await Promise.all([ask(), ask(), ask(), ask()])
    await ask()
    expect(refundsOf(payment)).toHaveLength(1)
    expect((await returnOf(payment)).state).toBe('succeeded')
  })

  test('asking for the return twice is one return', async () => {
    const { payment } = await paidForNothing()
    await withOrg(ground.world.db, ground.orgId, (tx) =>
      returnPayment(ground.world, tx, ground.orgId, payment.id, 'again'),
    )
    const rows = await ground.world.asOwner('select from payments.payment_return where payment_id = $1', [
      payment.id,
    ])
    expect(rows).toHaveLength(1)
  })

  test('a payment that bought something cannot be sent back this way', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    const cheat = withOrg(ground.world.db, ground.orgId, (tx) =>
      returnPayment(ground.world, tx, ground.orgId, payment.id, 'mistake'),
    )
    await expect(cheat).rejects.toThrow(PostingConflict)
    expect(
      await ground.world.asOwner('select from payments.payment_return where payment_id = $1', [payment.id]),
    ).toEqual([])
  })
})

describe('the provider’s answer is lost', () => {
  test.each(['timeout_after_commit', 'cut_after_commit', 'cut_before_commit', 'truncated_body'] as const)(
    '%s: asked again, and it goes back once',
    async (kind) => {
      const { payment, ask } = await paidForNothing()
      arm({ kind, count: 12 })
      expect(await ask()).toBe('waiting')
      expect((await returnOf(payment)).state).toBe('requested')
      ground.stripe.faults.disarm()
      expect(await ask()).toBe('settled')
      expect(refundsOf(payment)).toHaveLength(1)
      expect(await returnOf(payment)).toMatchObject({ state: 'succeeded', attempt: 1 })
    },
  )

  test('an error that the provider keeps, though it sent the money back: found in its list', async () => {
    const { payment, ask } = await paidForNothing()
    arm({ kind: 'error_after_commit' })
    await ask()
    expect(refundsOf(payment)).toHaveLength(1)
    expect(await returnOf(payment)).toMatchObject({ state: 'succeeded', attempt: 1 })
  })

  test('an error that the provider keeps, and no money moved: only then a new key', async () => {
    const { payment, ask } = await paidForNothing()
    arm({ kind: 'error_before_commit' })
    expect(await ask()).toBe('waiting')
    expect((await returnOf(payment)).attempt).toBe(2)
    await ask()
    expect(refundsOf(payment)).toHaveLength(1)
    expect((await returnOf(payment)).state).toBe('succeeded')
  })

  test('silence for more than a day: the list decides before a new key is used', async () => {
    const { payment, ask } = await paidForNothing()
    ground.stripe.faults.arm({ kind: 'cut_before_commit', count: 10_000 })
    await ask()
    await ground.passes(25 * 60)
    expect(await ask()).toBe('waiting')
    expect((await returnOf(payment)).attempt).toBe(1)
    ground.stripe.faults.disarm()
    expect(await ask()).toBe('waiting')
    expect((await returnOf(payment)).attempt).toBe(2)
    expect(await ask()).toBe('settled')
    expect(refundsOf(payment)).toHaveLength(1)
  })

  test('too many requests: nothing happened, and it is asked for later', async () => {
    const { payment, ask } = await paidForNothing()
    arm({ kind: 'rate_limit' })
    expect(await ask()).toBe('waiting')
    expect(await returnOf(payment)).toMatchObject({ state: 'requested', inDoubt: false })
    expect(await ask()).toBe('settled')
  })

  test('a return whose worker died is found again', async () => {
    const { payment } = await paidForNothing()
    await ground.world.asOwner(`delete from graphile_worker._private_jobs`)
    await ground.passes(11)
    expect(await chaseReturns(ground.deps)).toBeGreaterThan(0)
    await ground.settles()
    expect((await returnOf(payment)).state).toBe('succeeded')
  })
})

describe('what else can become of it', () => {
  test('a refund that waits at the bank is announced when it is done', async () => {
    const { payment, ask } = await paidForNothing('4000000000007726')
    await ask()
    expect((await returnOf(payment)).state).toBe('processing')
    expect(await ground.heard(payment.orderId)).not.toContain('paymentReturned')
    await ground.passes(25 * 60)
    await ground.settles()
    expect((await returnOf(payment)).state).toBe('succeeded')
    expect((await ground.heard(payment.orderId)).at(-1)).toBe('paymentReturned')
  })

  test('a refund that the bank sends back days later is owed again, and somebody is told', async () => {
    const before = await owed()
    const { payment, ask } = await paidForNothing('4000000000005126')
    await ask()
    expect((await returnOf(payment)).state).toBe('succeeded')
    await ground.passes(4 * 1440)
    await ground.settles()
    expect((await returnOf(payment)).state).toBe('failed')
    expect(await owed()).toBe(before + 11300)
    expect((await ground.heard(payment.orderId)).at(-1)).toBe('paymentReturnFailed')
  })

  test('a person who refunded at the provider’s own page was faster: theirs is adopted, and no money moves twice', async () => {
    const { payment, ask } = await paidForNothing()
    const url = new URL(ground.stripe.url)
    const hand = new Stripe(ground.stripe.apiKey, {
      host: url.hostname,
      port: url.port,
      protocol: 'http',
      telemetry: false,
    })
    await hand.refunds.create({ payment_intent: payment.providerPayment ?? '' })
    expect(await ask()).toBe('settled')
    expect(await returnOf(payment)).toMatchObject({ state: 'succeeded', adopted: true })
    expect(refundsOf(payment)).toHaveLength(1)
  })
})
