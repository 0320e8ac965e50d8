import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession } from './open-session.ts'
import type { Payment } from './payment.ts'
import { returnOfPayment } from './return-store.ts'
import { settlePayment } from './settle-payment.ts'
import { Ground } from './payments-fixture.ts'
import type { KilledProcess } from './killed-process-fixture.ts'

let ground: Ground
beforeAll(async () => {
  ground = await Ground.open()
})
afterAll(() => ground.close())

/** Another process does the operation and is killed (SIGKILL, no chance to tidy up) at the named place. */
async function isKilledAt(
  killPoint: string,
  operation: KilledProcess['operation'],
  id: string,
): Promise<void> {
  const asked: KilledProcess = {
    databaseUrl: ground.world.url,
    apiUrl: ground.stripe.url,
    secretKey: ground.stripe.apiKey,
    orgId: ground.orgId,
    killPoint,
    operation,
    id,
  }
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'killed-process-fixture.ts'), JSON.stringify(asked)],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect(signal, `${operation} came through ${killPoint} alive`).toBe('SIGKILL')
}

/** Time passes, schedules tick, jobs run: nobody does anything by hand. */
async function heals(): Promise<void> {
  for (const minutes of [3, 12, 1]) {
    await ground.passes(minutes)
    await ground.settles()
    await ground.ticks()
    await ground.settles()
  }
}

async function isPaidOnce(payment: Payment): Promise<void> {
  expect(await ground.read(payment)).toMatchObject({
    state: 'succeeded',
    balanceTransaction: expect.stringMatching(/^txn_/),
  })
  expect((await ground.heard(payment.orderId)).filter((name) => name === 'paymentSucceeded')).toHaveLength(1)
  expect(ground.sessionsOf(payment)).toHaveLength(1)
  const booked = await ground.world.asOwner(
    'select kind from ledger.posting where about = $1 order by kind',
    [payment.id],
  )
  expect(booked).toEqual([{ kind: 'balance-transaction' }, { kind: 'payment-received' }])
}

test.each(['payments.session-intended', 'payments.session-made', 'payments.session-recorded'])(
  'killed at %s: the buyer still gets one session, and pays once',
  { timeout: 60_000 },
  async (killPoint) => {
    const payment = await ground.payment()
    await isKilledAt(killPoint, 'open', payment.id)
    await ground.passes(2)
    await ground.ticks()
    const opened = await openSession(ground.deps, ground.orgId, payment.id)
    expect(opened.state).toBe('open')
    ground.stripe.payCheckout(opened.sessionId ?? '')
    await heals()
    await isPaidOnce(payment)
  },
)

test.each([
  ['payments.session-read', 'settle'],
  ['payments.before-settle-commit', 'settle'],
  ['payments.before-settle-commit', 'drain'],
  ['payments.inbox-claimed', 'drain'],
  ['payments.inbox-settled', 'drain'],
  ['payments.before-settle-commit', 'end'],
] as const)(
  'killed at %s while it would %s: what was paid is settled once',
  { timeout: 60_000 },
  async (killPoint, operation) => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.stripe.deliverDue()
    await isKilledAt(killPoint, operation, payment.id)
    await heals()
    await isPaidOnce(payment)
  },
)

test.each(['payments.return-intended', 'payments.return-asked', 'payments.before-return-commit'])(
  'killed at %s: the money goes back once',
  { timeout: 60_000 },
  async (killPoint) => {
    const opened = await ground.opened()
    await ground.sellsOut(opened.orderId)
    ground.stripe.payCheckout(opened.sessionId)
    const payment = await settlePayment(ground.deps, ground.orgId, opened.id, 'success-page')
    const one = await returnOfPayment(ground.world.db, ground.orgId, payment.id)
    await isKilledAt(killPoint, 'return', one?.id ?? '')
    await heals()
    expect(await returnOfPayment(ground.world.db, ground.orgId, payment.id)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      adopted: false,
    })
    const refunds = ground.stripe.state
      .refunds()
      .filter((refund) => refund.payment_intent === payment.providerPayment)
    expect(refunds.map((refund) => refund.amount)).toEqual([11300])
    expect((await ground.books())['L.refund_due']).toBeUndefined()
  },
)
