import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { asPlatform, withOrg } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { accountName } from './account.ts'
import { balanceOf, trialBalance } from './balance.ts'
import { checkInvariants } from './check-invariants.ts'
import { sumByCode } from './ledger-store.ts'
import { moveCheckpoints } from './move-checkpoints.ts'
import { post, postGuarded } from './post.ts'
import { pair, type Posting } from './posting.ts'
import { PostingConflict } from './problems.ts'
import { transfers } from './transfers.ts'

const EUR = 'EUR'
const payee = { code: 'L.payee', subject: 'organiser', currency: EUR } as const
const receivable = { code: 'A.psp_recv', subject: '', currency: EUR } as const
const refundDue = { code: 'L.refund_due', subject: '', currency: EUR } as const
const split = { organiser: 10000, platformFee: 500, tax: [{ jurisdiction: 'DE', amount: 800 }] }

let world: TestPlatform
beforeAll(async () => {
  world = await testPlatform({ through: '0005' })
})
afterAll(() => world.close())

const anOrg = () => newId<OrgId>()
const aPayment = () => newId()
const sale = (paymentId: string, amount = 11300) =>
  transfers.primarySale({ paymentId, currency: EUR, amount, split })
const book = (orgId: OrgId, ...postings: Posting[]) =>
  withOrg(world.db, orgId, (tx) => post(tx, orgId, postings, world.clock.now()))
const read = (orgId: OrgId, account: Parameters<typeof balanceOf>[2], at?: Date) =>
  withOrg(world.db, orgId, (tx) => balanceOf(tx, orgId, account, at))
/** What a posting does to each account: debits positive, credits negative. */
function effect(posting: Posting): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { debit, credit, amount } of posting.transfers) {
    sums[accountName(debit)] = (sums[accountName(debit)] ?? 0) + amount
    sums[accountName(credit)] = (sums[accountName(credit)] ?? 0) - amount
  }
  return sums
}

describe('money moves as the tables in the design say', () => {
  const paymentId = aPayment()
  const seen = (id: string, amount: number, fee: number) => ({
    id,
    currency: EUR,
    amount,
    fee,
    net: amount - fee,
  })

  test('P1: a sale of 113.00 owes the organiser 100.00, earns 5.00 and owes 8.00 tax', () => {
    expect(effect(sale(paymentId))).toEqual({
      'A.psp_recv': 11300,
      'L.payee:organiser': -10000,
      'R.fee': -500,
      'L.tax:DE': -800,
    })
  })
  test('P2: the balance transaction turns the receivable into balance and a fee of 3.58', () => {
    const posting = transfers.balanceTransactionSeen({ ...seen('txn_1', 11300, 358), paymentId })
    expect(effect(posting)).toEqual({ 'A.stripe': 10942, 'X.psp_fee': 358, 'A.psp_recv': -11300 })
  })
  test('P2: a fee larger than the payment is taken from the balance', () => {
    const posting = transfers.balanceTransactionSeen({ ...seen('txn_1', 20, 31), paymentId })
    expect(effect(posting)).toEqual({ 'A.stripe': -11, 'X.psp_fee': 31, 'A.psp_recv': -20 })
  })
  test("P2': the organiser bears the processing fee", () => {
    const posting = transfers.processingBorneByOrganiser({ id: 'txn_1', currency: EUR, fee: 358, paymentId })
    expect(effect(posting)).toEqual({ 'L.payee:organiser': 358, 'X.psp_fee': -358 })
  })
  test('M1: a promotion of the organiser leaves him 80.00', () => {
    const posting = transfers.organiserFundedPromotion({
      paymentId,
      currency: EUR,
      amount: 9300,
      split: { ...split, organiser: 8000 },
    })
    expect(effect(posting)).toEqual({
      'A.psp_recv': 9300,
      'L.payee:organiser': -8000,
      'R.fee': -500,
      'L.tax:DE': -800,
    })
  })
  test('M2: a promotion of the platform leaves the organiser 100.00 and costs 20.00', () => {
    const posting = transfers.platformFundedPromotion({
      paymentId,
      currency: EUR,
      amount: 9300,
      split,
      promotion: 2000,
    })
    expect(effect(posting)).toEqual({
      'A.psp_recv': 9300,
      'X.promo': 2000,
      'L.payee:organiser': -10000,
      'R.fee': -500,
      'L.tax:DE': -800,
    })
  })
  test('a payment that buys nothing is owed back, then F2 pays it out of the balance', () => {
    expect(effect(transfers.latePaymentReceived({ paymentId, currency: EUR, amount: 5650 }))).toEqual({
      'A.psp_recv': 5650,
      'L.refund_due': -5650,
    })
    expect(effect(transfers.refundBalanceTransaction({ ...seen('txn_2', -5650, 0), paymentId }))).toEqual({
      'L.refund_due': 5650,
      'A.stripe': -5650,
    })
  })
  test('F6: a refund that failed is owed again', () => {
    expect(effect(transfers.refundFailed({ ...seen('txn_3', 5650, 0), paymentId }))).toEqual({
      'A.stripe': 5650,
      'L.refund_due': -5650,
    })
  })
  test('C1 and C2: fees of the provider are an expense, what nobody can explain waits in suspense', () => {
    expect(effect(transfers.providerFee(seen('txn_4', -200, 0)))).toEqual({
      'X.psp_fee': 200,
      'A.stripe': -200,
    })
    expect(effect(transfers.unexplained(seen('txn_5', -700, 0)))).toEqual({
      'S.suspense': 700,
      'A.stripe': -700,
    })
    expect(effect(transfers.unexplained(seen('txn_6', 700, 0)))).toEqual({
      'S.suspense': -700,
      'A.stripe': 700,
    })
  })
  test('a sale whose parts are not its amount cannot be written down', () => {
    expect(() => sale(paymentId, 11299)).toThrow(/unbalanced/)
  })
  test('no amount is half a cent, below zero or too large to be exact', () => {
    for (const amount of [0.5, -1, Number.MAX_SAFE_INTEGER + 1]) {
      expect(() =>
        pair(EUR, [{ account: payee, amount, reason: 'x' }], [{ account: receivable, amount, reason: 'x' }]),
      ).toThrow(RangeError)
    }
  })
  test('pairing keeps both sums, whatever the parts', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 1_000_000 }), (amounts, cut) => {
        const sum = amounts.reduce((a, b) => a + b, 0)
        const first = Math.min(cut, sum)
        const side = (amount: number) => ({ account: payee, amount, reason: 'x' })
        const other = (amount: number) => ({ account: receivable, amount, reason: 'x' })
        const made = pair(EUR, [side(first), side(sum - first)], amounts.map(other))
        expect(made.reduce((a, b) => a + b.amount, 0)).toBe(sum)
        expect(made.every((one) => one.amount > 0)).toBe(true)
      }),
    )
  })
})

describe('posting', () => {
  test('a sale that is booked twice is in the books once', async () => {
    const orgId = anOrg()
    const paymentId = aPayment()
    expect(await book(orgId, sale(paymentId), sale(paymentId))).toBe(1)
    expect(await book(orgId, sale(paymentId))).toBe(0)
    expect(await read(orgId, payee)).toBe(10000)
  })
  test('twenty who book the same sale at once book it once', async () => {
    const orgId = anOrg()
    const paymentId = aPayment()
    const booked = await Promise.all(Array.from({ length: 20 }, () => book(orgId, sale(paymentId))))
    expect(booked.reduce((a, b) => a + b, 0)).toBe(1)
    expect(await read(orgId, payee)).toBe(10000)
  })
  test('one payment cannot be booked as a sale and as money to give back', async () => {
    const orgId = anOrg()
    const paymentId = aPayment()
    await book(orgId, sale(paymentId))
    const late = transfers.latePaymentReceived({ paymentId, currency: EUR, amount: 11300 })
    await expect(book(orgId, late)).rejects.toThrow(PostingConflict)
    expect(await read(orgId, refundDue)).toBe(0)
  })
  test('a balance transaction is booked once, whatever it is taken for', async () => {
    const orgId = anOrg()
    const seen = { id: 'txn_once', currency: EUR, amount: 700, fee: 0, net: 700 }
    await book(orgId, transfers.balanceTransactionSeen({ ...seen, paymentId: aPayment() }))
    await expect(book(orgId, transfers.unexplained(seen))).rejects.toThrow(PostingConflict)
  })
  test('two hundred sales of one event are one statement and add up', async () => {
    const orgId = anOrg()
    await book(orgId, ...Array.from({ length: 200 }, () => sale(aPayment())))
    expect(await read(orgId, payee)).toBe(2_000_000)
    expect(await read(orgId, receivable)).toBe(2_260_000)
  })
  test('a posting belongs to its organisation and no other sees it', async () => {
    const orgId = anOrg()
    const other = anOrg()
    await book(orgId, sale(aPayment()))
    expect(await withOrg(world.db, other, (tx) => trialBalance(tx, orgId))).toEqual([])
    await expect(withOrg(world.db, other, (tx) => post(tx, orgId, [sale(aPayment())]))).rejects.toThrow(
      /row-level security/,
    )
  })
  test('nobody changes or deletes what is in the books, not even the owner of the tables', async () => {
    await book(anOrg(), sale(aPayment()))
    for (const table of ['ledger.transfer', 'ledger.posting', 'ledger.account']) {
      await expect(world.asOwner(`delete from ${table}`)).rejects.toThrow(/append-only/)
      await expect(world.asOwner(`truncate ${table} cascade`)).rejects.toThrow(/append-only/)
    }
    await expect(world.asOwner('update ledger.transfer set amount = amount + 1')).rejects.toThrow(
      /append-only/,
    )
    await expect(world.asOwner(`update ledger.posting set source = 'x'`)).rejects.toThrow(/append-only/)
  })
  test('no transfer joins accounts of two currencies, or is zero', async () => {
    const orgId = anOrg()
    await book(orgId, sale(aPayment()))
    const [row] = await world.asOwner<Record<string, string>>(
      'select * from ledger.transfer where org_id = $1 limit 1',
      [orgId],
    )
    const insert = (currency: string, amount: number) =>
      world.asOwner(
        `insert into ledger.transfer (org_id, posting_id, line_no, debit_account, credit_account, currency, amount, reason, posted_at)
         values ($1, $2, 99, $3, $4, $5, $6, 'x', now())`,
        [orgId, row?.['posting_id'], row?.['debit_account'], row?.['credit_account'], currency, amount],
      )
    await expect(insert('USD', 1)).rejects.toThrow(/foreign key/)
    await expect(insert(EUR, 0)).rejects.toThrow(/check/)
  })
})

describe('balances and checkpoints', () => {
  test('a balance is known for any moment, with and without checkpoints', async () => {
    const orgId = anOrg()
    const moments: Date[] = []
    for (let n = 0; n < 4; n += 1) {
      await book(orgId, sale(aPayment()))
      moments.push(world.clock.now())
      await world.clock.advance(1000)
      if (n === 1) await moveCheckpoints(world)
    }
    const before = new Date(moments[0]!.getTime() - 60_000)
    expect(await read(orgId, payee, before)).toBe(0)
    for (const [n, at] of moments.entries()) expect(await read(orgId, payee, at)).toBe((n + 1) * 10000)
    await moveCheckpoints(world)
    for (const [n, at] of moments.entries()) expect(await read(orgId, payee, at)).toBe((n + 1) * 10000)
    expect(await read(orgId, payee)).toBe(40000)
  })

  test('a transaction that commits after the cut is not left out', async () => {
    const orgId = anOrg()
    await book(orgId, sale(aPayment()))
    let commit: () => void = () => undefined
    let written: () => void = () => undefined
    const mayCommit = new Promise<void>((resolve) => (commit = resolve))
    const isWritten = new Promise<void>((resolve) => (written = resolve))
    const late = withOrg(world.db, orgId, async (tx) => {
      await post(tx, orgId, [sale(aPayment())])
      written()
      await mayCommit
    })
    await isWritten
    // Begun after the one that is open, and over before it: a cut by the newest number seen would lose the open one.
    await book(orgId, sale(aPayment()))
    await moveCheckpoints(world)
    expect(await read(orgId, payee)).toBe(20000)
    commit()
    await late
    expect(await read(orgId, payee)).toBe(30000)
    await moveCheckpoints(world)
    expect(await read(orgId, payee)).toBe(30000)
    expect(await checkInvariants(world)).toEqual([])
  })

  test('checkpoints are not read twice and hold every transfer once, however many movers there are', async () => {
    const orgId = anOrg()
    await Promise.all([
      ...Array.from({ length: 8 }, () => book(orgId, sale(aPayment()))),
      ...Array.from({ length: 4 }, () => moveCheckpoints(world)),
    ])
    await Promise.all([moveCheckpoints(world), moveCheckpoints(world)])
    const [row] = await world.asOwner<{ credits: string }>(
      `select c.credits from ledger.checkpoint c join ledger.account a on a.org_id = c.org_id and a.id = c.account_id
       where a.org_id = $1 and a.code = 'L.payee' order by horizon desc limit 1`,
      [orgId],
    )
    expect(Number(row?.credits)).toBe(80000)
    expect(await read(orgId, payee)).toBe(80000)
  })

  test('after a restore on another server the old horizons are not believed', async () => {
    const orgId = anOrg()
    await book(orgId, sale(aPayment()))
    await moveCheckpoints(world)
    // What a restored database looks like: horizons far in this server's future.
    await world.asOwner(
      `update ledger.checkpoint set horizon = (horizon::text::numeric + 1000000000)::text::xid8`,
    )
    await world.asOwner(
      `update ledger.checkpoint_cursor set horizon = (horizon::text::numeric + 1000000000)::text::xid8`,
    )
    await book(orgId, sale(aPayment()))
    expect(await read(orgId, payee)).toBe(20000)
    await moveCheckpoints(world)
    expect(await read(orgId, payee)).toBe(20000)
    expect(await checkInvariants(world)).toEqual([])
  })
})

test('two guarded debits at once cannot spend the same money', async () => {
  const orgId = anOrg()
  await book(orgId, sale(aPayment()))
  const spend = (n: number): Posting => ({
    source: `spend-${n}`,
    kind: 'processing-borne',
    transfers: pair(
      EUR,
      [{ account: payee, amount: 6000, reason: 'out' }],
      [{ account: receivable, amount: 6000, reason: 'out' }],
    ),
  })
  const tries = await Promise.allSettled(
    [1, 2, 3].map((n) => withOrg(world.db, orgId, (tx) => postGuarded(tx, orgId, [spend(n)], [payee]))),
  )
  expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
  expect(tries.find((one) => one.status === 'rejected')?.reason).toMatchObject({ code: 'ledger.not-covered' })
  expect(await read(orgId, payee)).toBe(4000)
})

test('any sequence of movements keeps the books at zero', { timeout: 60_000 }, async () => {
  const step = fc.record({
    kind: fc.constantFrom(
      'sale',
      'late',
      'settled',
      'refunded',
      'came-back',
      'fee',
      'unexplained',
      'checkpoint',
      'repeat',
    ),
    amount: fc.integer({ min: 1, max: 10_000_000 }),
    fee: fc.integer({ min: 0, max: 10_000 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const orgId = anOrg()
      let last: Posting | undefined
      for (const { kind, amount, fee } of steps) {
        const paymentId = aPayment()
        const seen = (sum: number, cost = fee) => ({
          id: `txn_${newId()}`,
          currency: EUR,
          amount: sum,
          fee: cost,
          net: sum - cost,
          paymentId,
        })
        const part = Math.floor(amount / 3)
        const postings: Record<string, () => Posting | undefined> = {
          sale: () =>
            transfers.primarySale({
              paymentId,
              currency: EUR,
              amount,
              split: { organiser: amount - part, platformFee: part, tax: [] },
            }),
          late: () => transfers.latePaymentReceived({ paymentId, currency: EUR, amount }),
          settled: () => transfers.balanceTransactionSeen(seen(amount)),
          refunded: () => transfers.refundBalanceTransaction(seen(-amount)),
          'came-back': () => transfers.refundFailed(seen(amount, 0)),
          fee: () => transfers.providerFee(seen(-amount, 0)),
          unexplained: () => transfers.unexplained(seen(-amount, 0)),
          repeat: () => last,
        }
        if (kind === 'checkpoint') await moveCheckpoints(world)
        const posting = postings[kind]?.()
        if (posting) await book(orgId, posting)
        last = posting ?? last
      }
      const accounts = await withOrg(world.db, orgId, (tx) => trialBalance(tx, orgId))
      expect(accounts.reduce((sum, one) => sum + one.debits - one.credits, 0)).toBe(0)
    }),
    { numRuns: 25 },
  )
  const sums = await asPlatform(world.db, sumByCode)
  expect(sums.reduce((sum, one) => sum + one.debits - one.credits, 0)).toBe(0)
})

test('what hangs for over a day, a negative liability and a transaction booked twice raise an event', async () => {
  const fresh = await testPlatform({ through: '0005' })
  try {
    const [orgId, other] = [anOrg(), anOrg()]
    const paymentId = aPayment()
    const seen = { id: 'txn_x', currency: EUR, amount: -50, fee: 0, net: -50, paymentId }
    const at = fresh.clock.now()
    await withOrg(fresh.db, orgId, (tx) => post(tx, orgId, [sale(paymentId)], at))
    expect(await checkInvariants(fresh)).toEqual([])
    await withOrg(fresh.db, other, (tx) => post(tx, other, [transfers.refundBalanceTransaction(seen)], at))
    await withOrg(fresh.db, orgId, (tx) => post(tx, orgId, [transfers.providerFee(seen)], at))
    await fresh.clock.advance(25 * 3_600_000)
    const found = await checkInvariants(fresh)
    expect(found.map((one) => one.invariant).sort()).toEqual([
      'booked-twice',
      'liability-negative',
      'open-too-long',
      'open-too-long',
    ])
    expect(found).toContainEqual(
      expect.objectContaining({
        invariant: 'open-too-long',
        account: 'A.psp_recv',
        about: paymentId,
        amount: 11300,
      }),
    )
    const events = await fresh.asOwner(`select from platform.outbox where name = 'invariantBroken'`)
    expect(events).toHaveLength(found.length)
  } finally {
    await fresh.close()
  }
})
