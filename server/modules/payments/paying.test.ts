import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { withOrg } from '#platform/database'
import { newId, type Id } from '#platform/ids'
import { askAboutPayments, chaseBalanceTransactions, fillGaps } from './ask-about-payments.ts'
import { drainInbox } from './drain-inbox.ts'
import { openSession } from './open-session.ts'
import { settlePayment } from './settle-payment.ts'
import { Ground } from './payments-fixture.ts'

let ground: Ground
beforeAll(async () => {
  ground = await Ground.open()
})
afterAll(() => ground.close())
afterEach(async () => {
  ground.stripe.faults.disarm()
  await ground.settles()
})

const completed = 'checkout.session.completed'
const paidOnce = ['paymentOpened', 'paymentSucceeded']
const stateOf = async (payment: Parameters<Ground['read']>[0]) => (await ground.read(payment)).state

describe('a payment from beginning to end', () => {
  test('a buyer who pays gets the order paid, and the books say so with the provider’s fee', async () => {
    const payment = await ground.opened()
    expect(payment).toMatchObject({ state: 'open', url: expect.stringContaining('http') })
    ground.stripe.payCheckout(payment.sessionId)
    await ground.passes(1)
    await ground.settles()
    expect(await ground.read(payment)).toMatchObject({
      state: 'succeeded',
      balanceTransaction: expect.stringMatching(/^txn_/),
    })
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
    expect(await ground.books()).toEqual({ 'A.stripe': 10942, 'L.payee': 11300, 'X.psp_fee': 358 })
    expect(await ground.inbox('payment_intent.succeeded')).toMatchObject([{ outcome: 'no_effect' }])
  })

  test('every move of a payment is in the audit', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    const moves = await ground.world.asOwner(
      'select from_state, event, actor from platform.transition where entity_id = $1 order by seq',
      [payment.id],
    )
    expect(moves).toEqual([
      { from_state: 'created', event: 'open', actor: 'job:payments.open-session' },
      { from_state: 'open', event: 'succeed', actor: 'job:payments.settle' },
    ])
  })

  test('the provider gets our order, our address for coming back, and a session that ends by itself', async () => {
    const payment = await ground.opened()
    const session = ground.stripe.state.session(payment.sessionId)
    expect(session).toMatchObject({
      client_reference_id: payment.orderId,
      metadata: { org: ground.orgId, order: payment.orderId, payment: payment.id },
      success_url: expect.stringMatching(/^http:\/\/localhost:4000\/orders\/ord_[0-9a-z]{26}\/return$/),
      cancel_url: expect.stringMatching(/^http:\/\/localhost:4000\/orders\/ord_[0-9a-z]{26}$/),
      amount_total: 11300,
      currency: 'eur',
      customer_email: 'ana@example.com',
    })
    const minutes = ((session?.expires_at ?? 0) * 1000 - ground.world.clock.now().getTime()) / 60_000
    expect(minutes).toBeGreaterThan(30)
    expect(minutes).toBeLessThan(31.1)
  })

  test('lines that do not add up to the amount are never sent to anybody', async () => {
    await expect(ground.payment({ amount: 11301 })).rejects.toThrow(RangeError)
  })
})

describe('two tabs, two servers, twice the same', () => {
  test('two tabs that start to pay get one session', async () => {
    const payment = await ground.payment()
    await Promise.all([1, 2, 3, 4].map(() => openSession(ground.deps, ground.orgId, payment.id)))
    expect((await openSession(ground.deps, ground.orgId, payment.id)).sessionId).not.toBeNull()
    expect(ground.sessionsOf(payment)).toHaveLength(1)
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened'])
  })

  test('webhook, success page and sweeper at once settle a payment once', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.stripe.deliverDue()
    const sources = ['webhook', 'success-page', 'sweeper', 'success-page'] as const
    await Promise.all([
      ...sources.map((source) => settlePayment(ground.deps, ground.orgId, payment.id, source)),
      drainInbox(ground.deps),
      drainInbox(ground.deps),
    ])
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
  })

  test('a second paid session of an order goes back by itself, and the order is bought once', async () => {
    const orderId = newId<Id<'ord'>>()
    const [first, second] = [await ground.opened({ orderId }), await ground.opened({ orderId })]
    expect([first.attempt, second.attempt]).toEqual([1, 2])
    for (const payment of [first, second]) ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    const heard = await ground.heard(orderId)
    expect(heard.filter((name) => name === 'paymentSucceeded')).toHaveLength(1)
    expect(heard.filter((name) => name === 'paymentReturned')).toHaveLength(1)
    const surplus = [await ground.read(first), await ground.read(second)].find((one) => one.surplus)
    const refunds = ground.stripe.state
      .refunds()
      .filter((refund) => refund.payment_intent === surplus?.providerPayment)
    expect(refunds.map((refund) => refund.amount)).toEqual([11300])
  })

  test('a stray session of an order that somebody managed to pay is not lost: it goes back when the order is bought', async () => {
    const payment = await ground.opened()
    // As if the first session's answer had been lost and another one had taken its place.
    const stray = payment.sessionId
    ground.stripe.faults.arm({ kind: 'webhook.delay', ms: 60_000, event: completed })
    ground.stripe.payCheckout(stray)
    await ground.world.asOwner('delete from platform.directory where key = $1', [stray])
    const other = await ground.opened({ orderId: payment.orderId })
    ground.stripe.payCheckout(other.sessionId)
    await ground.world.asOwner(
      `update payments.payment set session_id = 'cs_test_the_one_that_counts' where id = $1`,
      [payment.id],
    )
    await ground.settles()
    await ground.passes(2)
    await ground.settles()
    const rows = await ground.world.asOwner(
      'select state, surplus, adopted_from from payments.payment where order_id = $1 and session_id = $2',
      [payment.orderId, stray],
    )
    expect(rows).toEqual([{ state: 'succeeded', surplus: true, adopted_from: payment.id }])
    expect((await ground.heard(payment.orderId)).filter((name) => name === 'paymentReturned')).toHaveLength(1)
  })

  test('a second succeeded payment that buys is refused by the database itself', async () => {
    const orderId = newId<Id<'ord'>>()
    const [first, second] = [await ground.opened({ orderId }), await ground.opened({ orderId })]
    ground.stripe.payCheckout(first.sessionId)
    await ground.settles()
    const cheat = withOrg(ground.world.db, ground.orgId, (tx) =>
      sql`update payments.payment set state = 'succeeded', provider_payment = 'pi_x' where id = ${second.id}::uuid`.execute(
        tx,
      ),
    )
    await expect(cheat).rejects.toThrow(/payment_buys/)
  })

  test('a payment never goes back from succeeded', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    await expect(
      ground.world.asOwner(`update payments.payment set state = 'expired' where id = $1`, [payment.id]),
    ).rejects.toThrow(/cannot go/)
  })

  test('one event of the provider that arrives five times has one effect', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.duplicate', event: completed, copies: 4 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
    const rows = await ground.world.asOwner('select from payments.webhook_inbox where object_id = $1', [
      payment.sessionId,
    ])
    expect(rows).toHaveLength(1)
  })

  test('two events with different ids about one change have one effect', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.twin', event: completed })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
    const rows = await ground.world.asOwner(
      'select outcome from payments.webhook_inbox where object_id = $1 order by outcome',
      [payment.sessionId],
    )
    expect(rows.map((row) => row['outcome'])).toEqual(['no_effect', 'settled'])
  })
})

describe('out of order', () => {
  test('events that arrive the wrong way round lead to the same end', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.reorder', behind: 3, event: 'charge.succeeded' })
    ground.stripe.faults.arm({ kind: 'webhook.delay', ms: 120_000, event: completed })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.passes(1)
    await ground.settles()
    // The fee came before the payment: it waits until there is something that it belongs to.
    expect(await ground.inbox('charge.updated')).toContainEqual(
      expect.objectContaining({ outcome: 'deferred' }),
    )
    await ground.passes(3)
    await ground.settles()
    await drainInbox(ground.deps)
    expect(await ground.read(payment)).toMatchObject({
      state: 'succeeded',
      balanceTransaction: expect.stringMatching(/^txn_/),
    })
    expect(await ground.inbox('charge.updated')).not.toContainEqual(
      expect.objectContaining({ outcome: 'deferred' }),
    )
  })

  test('"completed" that arrives before our own row knows the session is settled by its label', async () => {
    ground.stripe.faults.arm({ kind: 'timeout_after_commit', method: 'POST', path: '/v1/checkout/sessions' })
    const payment = await ground.payment()
    expect((await openSession(ground.deps, ground.orgId, payment.id)).state).toBe('created')
    const [session] = ground.sessionsOf(payment) as { id: string }[]
    ground.stripe.payCheckout(session?.id ?? '')
    await ground.settles()
    expect(await ground.read(payment)).toMatchObject({ state: 'succeeded', sessionId: session?.id })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentSucceeded'])
  })

  test('"completed" for a payment that is not here yet is kept and tried again, never dropped', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    // As if the row were not there yet: the label leads to a payment that nobody knows, the directory to none.
    await ground.world.asOwner('delete from platform.directory where key = $1', [payment.sessionId])
    await ground.world.asOwner('alter table payments.payment disable trigger user')
    const elsewhere = newId()
    await ground.world.asOwner('update payments.payment set id = $2 where id = $1', [payment.id, elsewhere])
    await ground.settles()
    expect((await ground.inbox(completed)).at(-1)).toMatchObject({
      outcome: 'deferred',
      note: 'no such payment yet',
    })
    await ground.world.asOwner('update payments.payment set id = $1 where id = $2', [payment.id, elsewhere])
    await ground.world.asOwner('alter table payments.payment enable trigger user')
    await ground.passes(1)
    await drainInbox(ground.deps)
    expect(await stateOf(payment)).toBe('succeeded')
  })

  test('an "expired" that arrives after "completed" changes nothing', async () => {
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    await ground.world.asOwner(
      `insert into payments.webhook_inbox (id, event_id, type, object_id, org_id, payment_id, source, happened_at, received_at, due_at)
       values (gen_random_uuid(), 'evt_late', 'checkout.session.expired', $1, $2, $3, 'webhook', now(), now(), now())`,
      [payment.sessionId, ground.orgId, payment.id],
    )
    await drainInbox(ground.deps)
    expect(await stateOf(payment)).toBe('succeeded')
    expect((await ground.inbox('checkout.session.expired')).at(-1)).toMatchObject({ outcome: 'no_effect' })
  })
})

describe('nobody told us', () => {
  test('without any webhook, the success page alone settles a payment', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await stateOf(payment)).toBe('open')
    expect(await settlePayment(ground.deps, ground.orgId, payment.id, 'success-page')).toMatchObject({
      state: 'succeeded',
    })
  })

  test('without any webhook, the provider’s list of events fills the gap, and reading it again adds nothing', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    expect(await fillGaps(ground.deps)).toBeGreaterThan(0)
    expect(await fillGaps(ground.deps)).toBe(0)
    await ground.settles()
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
    const [row] = await ground.world.asOwner(
      'select source from payments.webhook_inbox where object_id = $1',
      [payment.sessionId],
    )
    expect(row).toEqual({ source: 'events-list' })
  })

  test('without any webhook or list, the sweeper asks when the buyer’s time is over, and finds the order paid', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await askAboutPayments(ground.deps)
    expect(await stateOf(payment)).toBe('open')
    await ground.passes(15)
    await askAboutPayments(ground.deps)
    expect(await stateOf(payment)).toBe('succeeded')
  })

  test('without the event that brings the fee, it is asked for', async () => {
    ground.stripe.faults.arm({ kind: 'webhook.drop', event: 'charge.*', count: 100 })
    const payment = await ground.opened()
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await ground.read(payment)).toMatchObject({ state: 'succeeded', balanceTransaction: null })
    await ground.passes(11)
    await ground.stripe.deliverDue()
    await chaseBalanceTransactions(ground.deps)
    expect(await ground.read(payment)).toMatchObject({ balanceTransaction: expect.stringMatching(/^txn_/) })
  })
})

describe('the bank says no, or later', () => {
  test('a declined card leaves the session open, and another card pays', async () => {
    const payment = await ground.opened()
    expect(ground.stripe.payCheckout(payment.sessionId, { card: '4000000000000002' }).status).toBe('declined')
    await ground.settles()
    expect(await stateOf(payment)).toBe('open')
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await stateOf(payment)).toBe('succeeded')
  })

  test('a bank debit is announced as processing and succeeds days later', async () => {
    const payment = await ground.opened({ currency: 'USD' })
    ground.stripe.payCheckout(payment.sessionId, { bankDebit: 'succeeds' })
    await ground.settles()
    expect(await stateOf(payment)).toBe('processing')
    await ground.passes(5 * 1440)
    await ground.settles()
    expect(await stateOf(payment)).toBe('succeeded')
    expect(await ground.heard(payment.orderId)).toEqual([
      'paymentOpened',
      'paymentProcessing',
      'paymentSucceeded',
    ])
  })

  test('a bank debit that fails days later ends the payment', async () => {
    const payment = await ground.opened({ currency: 'USD' })
    ground.stripe.payCheckout(payment.sessionId, { bankDebit: 'fails' })
    await ground.settles()
    await ground.passes(5 * 1440)
    await ground.settles()
    expect(await ground.heard(payment.orderId)).toEqual([
      'paymentOpened',
      'paymentProcessing',
      'paymentFailed',
    ])
  })

  test('an amount that the provider refuses ends the payment at once, so that the places are free again', async () => {
    const payment = await ground.payment({ amount: 2 })
    expect(await openSession(ground.deps, ground.orgId, payment.id)).toMatchObject({
      state: 'failed',
      refusal: expect.any(String),
    })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentFailed'])
  })
})

describe('when something is not what was agreed', () => {
  test('a session about another amount freezes the payment and says so, and nothing is booked', async () => {
    const payment = await ground.opened()
    await ground.world.asOwner('update payments.payment set amount = 11299 where id = $1', [payment.id])
    ground.stripe.payCheckout(payment.sessionId)
    await ground.settles()
    expect(await ground.read(payment)).toMatchObject({
      state: 'open',
      frozenBecause: expect.stringContaining('11300 EUR instead of 11299 EUR'),
    })
    expect(await ground.heard(payment.orderId)).toEqual(['paymentOpened', 'paymentFrozen'])
    await ground.passes(60)
    await ground.ticks()
    expect(await stateOf(payment)).toBe('open')
  })

  test('a session of another payment settles nothing, whoever sends it', async () => {
    const [mine, other] = [await ground.opened(), await ground.opened()]
    ground.stripe.payCheckout(other.sessionId)
    await ground.world.asOwner(
      `insert into payments.webhook_inbox (id, event_id, type, object_id, org_id, payment_id, source, happened_at, received_at, due_at)
       values (gen_random_uuid(), 'evt_strange', $4, $1, $2, $3, 'webhook', now(), now(), now())`,
      [other.sessionId, ground.orgId, mine.id, completed],
    )
    await ground.settles()
    expect(await stateOf(mine)).toBe('open')
    expect(await stateOf(other)).toBe('succeeded')
  })

  test('when what follows from a payment fails, the payment is not settled either, and both happen later', async () => {
    const payment = await ground.opened()
    const neighbour = await ground.opened()
    ground.failsOnceFor = payment.orderId
    for (const one of [payment, neighbour]) ground.stripe.payCheckout(one.sessionId)
    await ground.settles()
    // The neighbour of the same batch is not harmed.
    expect(await stateOf(neighbour)).toBe('succeeded')
    await ground.passes(1)
    await drainInbox(ground.deps)
    expect(await stateOf(payment)).toBe('succeeded')
    expect(await ground.heard(payment.orderId)).toEqual(paidOnce)
  })
})

test('fifty buyers of one event are settled together, each once, and the books are exact', async () => {
  const payments = await Promise.all(Array.from({ length: 50 }, () => ground.opened({ currency: 'CHF' })))
  for (const payment of payments) ground.stripe.payCheckout(payment.sessionId)
  await ground.passes(1)
  await ground.settles()
  await ground.passes(1)
  await drainInbox(ground.deps)
  const rows = await ground.world.asOwner<{ state: string; n: number }>(
    `select state, count(*) as n from payments.payment where currency = 'CHF' and balance_transaction is not null group by state`,
  )
  expect(rows).toEqual([{ state: 'succeeded', n: 50 }])
  const [sum] = await ground.world.asOwner<{ total: string }>(
    `select sum(case when a.id = t.debit_account then t.amount else -t.amount end) as total
     from ledger.account a join ledger.transfer t on t.org_id = a.org_id and a.id in (t.debit_account, t.credit_account)
     where a.code = 'A.stripe' and a.currency = 'CHF'`,
  )
  expect(Number(sum?.total)).toBe(50 * 10942)
})
