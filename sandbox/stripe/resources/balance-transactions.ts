import type Stripe from 'stripe'
import { noSuch } from '../errors.ts'
import { page, within } from '../lists.ts'
import { paging, text, timeRange } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { World } from '../world.ts'

const daySeconds = 86_400

/** When money of a charge made now becomes available: midnight UTC after the settlement days, or at once. */
export function settlementTime(world: World, from: number): number {
  const days = world.settings.settlementDays
  return days === 0 ? from : Math.floor(from / daySeconds) * daySeconds + days * daySeconds
}

interface Entry {
  amount: number
  fee: number
  currency: string
  description: string | null
  source: string
  type: 'charge' | 'payment' | 'refund' | 'payment_refund' | 'refund_failure'
  reportingCategory: 'charge' | 'refund' | 'refund_failure'
  /** Unix seconds; a time that is not in the future makes the money available at once. */
  availableOn: number
  sourceType: 'card' | 'bank_account'
}

/** Books an entry of the platform's money and plans the day on which it becomes available. */
export function bookEntry(world: World, entry: Entry): Stripe.BalanceTransaction {
  const now = world.clock.seconds()
  const pending = entry.availableOn > now
  const booked: Stripe.BalanceTransaction = {
    id: world.id('txn_'),
    object: 'balance_transaction',
    amount: entry.amount,
    available_on: entry.availableOn,
    balance_type: 'payments',
    created: now,
    currency: entry.currency,
    description: entry.description,
    exchange_rate: null,
    fee: entry.fee,
    fee_details:
      entry.fee === 0
        ? []
        : [
            {
              amount: entry.fee,
              application: null,
              currency: entry.currency,
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: entry.amount - entry.fee,
    reporting_category: entry.reportingCategory,
    source: entry.source,
    status: pending ? 'pending' : 'available',
    type: entry.type,
  }
  world.ledger.book(booked, entry.sourceType)
  if (pending) world.scheduler.add('balance_transaction.available', booked.id, entry.availableOn * 1000)
  return booked
}

/** The day has come: pending money becomes available, and refunds that waited for it go through. */
export function makeAvailable(world: World, id: string): void {
  const entry = world.store.balanceTransactions.get(id)
  if (entry) world.ledger.settle(entry)
}

export const balanceTransactionRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/v1/balance_transactions',
    returns: listOf('balance_transaction'),
    params: {
      ...paging,
      created: timeRange(),
      currency: text(),
      payout: text(),
      source: text(),
      type: text(),
    },
    run: (world, params) =>
      page(world.store.balanceTransactions, params, {
        url: '/v1/balance_transactions',
        resource: 'balance_transaction',
        from:
          params.source !== undefined
            ? ['source', params.source]
            : params.type !== undefined
              ? ['type', params.type]
              : undefined,
        keep: (row) =>
          within(params.created, row.created) &&
          (params.currency === undefined || row.currency === params.currency) &&
          (params.type === undefined || row.type === params.type) &&
          // Only automatic payouts are linked to their transactions, and this sandbox makes none.
          params.payout === undefined,
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/balance_transactions/:id',
    returns: 'balance_transaction',
    params: {},
    run(world, _params, { id = '' }) {
      const entry = world.store.balanceTransactions.get(id)
      if (!entry) throw noSuch('balance transaction', id)
      return entry
    },
  }),
]
