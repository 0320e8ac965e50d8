import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FaultKind } from '@tessera/sandbox-stripe'
import { checkInvariants } from '#modules/ledger'
import { endPayment } from './end-payment.ts'
import { openSession } from './open-session.ts'
import type { Payment } from './payment.ts'
import { Ground } from './payments-fixture.ts'
import { settlePayment } from './settle-payment.ts'

const faults: FaultKind[] = [
  'timeout_after_commit',
  'cut_before_commit',
  'cut_after_commit',
  'error_before_commit',
  'error_after_commit',
  'bare_error',
  'rate_limit',
  'truncated_body',
  'webhook.drop',
  'webhook.duplicate',
  'webhook.twin',
  'webhook.reorder',
  'webhook.delay',
  'webhook.tamper',
]

type Deed = 'open' | 'pay' | 'decline' | 'return-page' | 'end' | 'wait' | 'tick' | 'deliver'
const deeds = fc.constantFrom<Deed>(
  'open',
  'open',
  'pay',
  'pay',
  'decline',
  'return-page',
  'end',
  'wait',
  'tick',
  'deliver',
)
const script = fc.array(fc.record({ deed: deeds, who: fc.nat(11) }), { minLength: 60, maxLength: 90 })

async function act(ground: Ground, payment: Payment, deed: Deed): Promise<void> {
  const { deps, orgId } = ground
  const [session] = ground.sessionsOf(payment) as { id: string; status: string }[]
  if (deed === 'open') await openSession(deps, orgId, payment.id)
  // A buyer can only pay where we sent them.
  const url = (await ground.read(payment)).url
  const canPay = url !== null && session !== undefined && url.includes(session.id)
  if (deed === 'pay' && canPay) ground.stripe.payCheckout(session.id)
  if (deed === 'decline' && canPay) ground.stripe.payCheckout(session.id, { card: '4000000000000002' })
  if (deed === 'return-page') await settlePayment(deps, orgId, payment.id, 'success-page')
  if (deed === 'end') await endPayment(deps, orgId, payment.id)
  if (deed === 'wait') await ground.passes(3)
  if (deed === 'tick') await ground.ticks().catch(() => undefined)
  if (deed === 'deliver') await ground.stripe.deliverDue()
}

/** What must be true once the provider answers again and some hours have passed, whatever happened before. */
async function auditorIsContent(
  ground: Ground,
  payments: readonly Payment[],
  soldOut: ReadonlySet<string>,
): Promise<void> {
  for (const before of payments) {
    const payment = await ground.read(before)
    const paidSessions = (ground.sessionsOf(payment) as { payment_status: string }[]).filter(
      (one) => one.payment_status === 'paid',
    )
    expect(payment.frozenBecause).toBeNull()
    expect(paidSessions.length).toBeLessThanOrEqual(1)
    if (paidSessions.length === 1) expect(payment.state).toBe('succeeded')
    else expect(['expired', 'failed']).toContain(payment.state)
    const heard = await ground.heard(payment.orderId)
    expect(heard.filter((name) => name === 'paymentSucceeded')).toHaveLength(paidSessions.length)
    const refunds = ground.stripe.state
      .refunds()
      .filter((one) => one.payment_intent === payment.providerPayment)
    expect(refunds).toHaveLength(paidSessions.length === 1 && soldOut.has(payment.orderId) ? 1 : 0)
  }
  const books = await ground.books()
  const atProvider = ground.stripe.state.balanceTransactions().reduce((sum, one) => sum + one.net, 0)
  expect(books['A.stripe'] ?? 0).toBe(atProvider)
  expect(books['A.psp_recv']).toBeUndefined()
  expect(books['L.refund_due']).toBeUndefined()
  expect(await checkInvariants(ground.world)).toEqual([])
}

test.each([1, 2, 3])(
  'whatever the network does (seed %i), every buyer who paid is served or paid back, and the books are the provider’s',
  { timeout: 180_000 },
  async (seed) => {
    const ground = await Ground.open({
      sandbox: { seed },
      stripe: { timeoutMs: 150, breaker: { failures: 8, pauseMs: 50 } },
    })
    try {
      const payments = await Promise.all(Array.from({ length: 12 }, () => ground.payment()))
      const soldOut = new Set(payments.filter((_, n) => n % 3 === 0).map((payment) => payment.orderId))
      for (const orderId of soldOut) await ground.sellsOut(orderId)
      for (const kind of faults) ground.stripe.faults.arm({ kind, rate: 0.08 })
      const [steps] = fc.sample(script, { seed, numRuns: 1 })
      for (const { deed, who } of steps ?? []) {
        const payment = payments[who]
        if (payment) await act(ground, payment, deed)
      }
      ground.stripe.faults.disarm()
      for (const minutes of [2, 20, 20, 30, 60, 300, 600]) {
        await ground.passes(minutes)
        await ground.settles()
        await ground.ticks()
      }
      await auditorIsContent(ground, payments, soldOut)
    } finally {
      await ground.close()
    }
  },
)
