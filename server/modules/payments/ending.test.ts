import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { askAboutPayments } from './ask-about-payments.ts'
import { endPayment } from './end-payment.ts'
import { askForSession } from './open-session.ts'
import type { Payment } from './payment.ts'
import { Ground } from './payments-fixture.ts'

let ground: Ground
beforeAll(async () => {
  ground = await Ground.open({ stripe: { breaker: { failures: 1000, pauseMs: 1 } } })
})
afterAll(() => ground.close())
afterEach(async () => {
  ground.stripe.faults.disarm()
  await ground.passes(2)
  await ground.settles()
})

const end = (payment: Payment) => endPayment(ground.deps, ground.orgId, payment.id)
const isCutOff = () => ground.stripe.faults.arm({ kind: 'cut_before_commit', count: 10_000 })
const session = (payment: Payment) => ground.stripe.state.session(payment.sessionId ?? '')

describe('when the buyer’s time is over, the provider is asked first', () => {
  test('a session that is still open is ended there, and only then is the payment over', async () => {
    const payment = await ground.opened()
    expect(await end(payment)).toMatchObject({ state: 'expired', unconfirmed: false, url: null })
    expect(session(payment)?.status).toBe('expired')
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened', 'paymentExpired'])
  })

  test('a session that was paid in the last moment is honoured', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    expect(await end(payment)).toMatchObject({ state: 'succeeded' })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened', 'paymentSucceeded'])
  })

  test('ending and paying at once has one winner, and it is the provider’s', async () => {
    const payments = await Promise.all([1, 2, 3, 4, 5, 6].map(() => ground.opened()))
    await Promise.all(
      payments.flatMap((payment) => [
        end(payment),
        new Promise<void>((resolve) =>
          setTimeout(() => (ground.stripe.payCheckout(payment.sessionId), resolve()), 3),
        ),
      ]),
    )
    await ground.settles()
    for (const payment of payments) {
      const paid = session(payment)?.payment_status === 'paid'
      expect((await ground.read(payment)).state).toBe(paid ? 'succeeded' : 'expired')
    }
  })

  test('an answer that is lost after the session was ended is found out by asking', async () => {
    ground.stripe.faults.arm({ kind: 'error_after_commit', path: '/v1/checkout/sessions/*/expire' })
    const payment = await ground.opened()
    expect(await end(payment)).toMatchObject({ state: 'expired' })
  })

  test('a payment nobody was asked for is over at once', async () => {
    const payment = await ground.payment()
    expect(await end(payment)).toMatchObject({ state: 'expired' })
    expect(ground.sessionsOf(payment)).toEqual([])
  })

  test('a payment in the bank’s hands is left alone', async () => {
    const payment = await ground.opened({ currency: 'USD' })
    ground.stripe.payCheckout(payment.sessionId, { bankDebit: 'succeeds' })
    await ground.settles()
    expect(await end(payment)).toMatchObject({ state: 'processing' })
  })

  test('what is over stays as it is, however often it is ended', async () => {
    const payment = await ground.opened()
    await Promise.all([end(payment), end(payment), end(payment)])
    await end(payment)
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened', 'paymentExpired'])
  })

  test('the sweeper ends what nobody ended, and not before its time', async () => {
    const payment = await ground.opened()
    await ground.passes(14)
    await askAboutPayments(ground.deps)
    expect((await ground.read(payment)).state).toBe('open')
    await ground.passes(2)
    await askAboutPayments(ground.deps)
    expect((await ground.read(payment)).state).toBe('expired')
  })
})

describe('while the provider cannot be asked', () => {
  test('the places stay until five minutes after the session’s own end; then the payment is given up, with an alert', async () => {
    const payment = await ground.opened()
    isCutOff()
    for (const minutes of [16, 10, 9]) {
      await ground.passes(minutes)
      await askAboutPayments(ground.deps)
      expect((await ground.read(payment)).state).toBe('open')
    }
    await ground.passes(2)
    await askAboutPayments(ground.deps)
    expect(await ground.read(payment)).toMatchObject({ state: 'expired', unconfirmed: true })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened', 'paymentExpired', 'paymentStuck'])
  })

  test('what was given up and turns out to be paid is announced as paid, even days later and without a webhook', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    isCutOff()
    await ground.passes(40)
    await askAboutPayments(ground.deps)
    expect((await ground.read(payment)).state).toBe('expired')
    ground.stripe.faults.disarm()
    await ground.passes(10)
    await askAboutPayments(ground.deps)
    expect(await ground.read(payment)).toMatchObject({ state: 'succeeded', unconfirmed: false })
    expect((await ground.heard(payment.orderId)).at(-1)).toBe('paymentSucceeded')
  })

  test('what was given up and really is over is asked about no more', async () => {
    const payment = await ground.opened()
    isCutOff()
    await ground.passes(40)
    await askAboutPayments(ground.deps)
    ground.stripe.faults.disarm()
    await ground.passes(10)
    await ground.stripe.deliverDue()
    await askAboutPayments(ground.deps)
    expect(await ground.read(payment)).toMatchObject({ state: 'expired', unconfirmed: false })
  })

  test('a session of which we have no answer is looked for before it is given up', async () => {
    ground.stripe.faults.arm({ kind: 'timeout_after_commit', method: 'POST', path: '/v1/checkout/sessions' })
    const payment = await ground.payment()
    await askForSession(ground.deps, payment)
    expect(await end(payment)).toMatchObject({
      state: 'expired',
      sessionId: expect.stringMatching(/^cs_/),
      unconfirmed: false,
    })
    expect(ground.sessionsOf(payment)).toMatchObject([{ status: 'expired' }])
  })

  test('a session that was never answered for is given up only when it must be over', async () => {
    const payment = await ground.payment()
    isCutOff()
    await askForSession(ground.deps, payment)
    expect(await end(payment)).toMatchObject({ state: 'created' })
    await ground.passes(37)
    expect(await end(payment)).toMatchObject({ state: 'expired', unconfirmed: true })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentExpired', 'paymentStuck'])
  })
})
