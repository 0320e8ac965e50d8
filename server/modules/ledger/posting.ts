import { createHash } from 'node:crypto'
import { accountName, type AccountRef } from './account.ts'

/** Money from one account to another. Balanced by its shape: one debit, one credit, one amount. */
export interface Transfer {
  debit: AccountRef
  credit: AccountRef
  /** Minor units, above zero. */
  amount: number
  currency: string
  reason: string
}

/** Transfers that belong together, with what caused them. `(organisation, source, kind)` can be posted once. */
export interface Posting {
  source: string
  kind: PostingKind
  /** The payment it is about (a uuid), for telling open amounts apart. */
  about?: string
  transfers: readonly Transfer[]
}

/**
 * `payment-received` is shared by all ways to book what a payment bought, and by "it bought nothing": the database's
 * unique key then makes it impossible to book one payment in two ways. `balance-transaction` is shared in the same
 * manner, so that each of the provider's balance transactions is booked once, whatever it turned out to be.
 */
export type PostingKind = 'payment-received' | 'balance-transaction' | 'processing-borne'

export interface Side {
  account: AccountRef
  /** Minor units; a side of zero moves nothing and is left out. */
  amount: number
  reason: string
}

/**
 * Pairs several debits with several credits in the order given. Refuses (an error of ours, never a user's) sides that
 * are not whole minor units, negative, or whose sums differ.
 */
export function pair(currency: string, debits: readonly Side[], credits: readonly Side[]): Transfer[] {
  const given = debits.filter(moves).map(copy)
  const taken = credits.filter(moves).map(copy)
  if (sumOf(given) !== sumOf(taken))
    throw new RangeError(`unbalanced: debits ${sumOf(given)}, credits ${sumOf(taken)}`)
  const transfers: Transfer[] = []
  let debit = given.shift()
  let credit = taken.shift()
  while (debit && credit) {
    const amount = Math.min(debit.amount, credit.amount)
    transfers.push({ debit: debit.account, credit: credit.account, amount, currency, reason: credit.reason })
    debit.amount -= amount
    credit.amount -= amount
    if (debit.amount === 0) debit = given.shift()
    if (credit.amount === 0) credit = taken.shift()
  }
  return transfers
}

function moves(side: Side): boolean {
  if (!Number.isSafeInteger(side.amount) || side.amount < 0) {
    throw new RangeError(
      `${accountName(side.account)} cannot move ${side.amount}: whole minor units, not below zero`,
    )
  }
  return side.amount > 0
}

const copy = (side: Side): Side => ({ ...side })

function sumOf(sides: readonly Side[]): number {
  const sum = sides.reduce((total, side) => total + side.amount, 0)
  if (!Number.isSafeInteger(sum)) throw new RangeError('the sum is too large to be exact')
  return sum
}

/** Tells two postings apart by what they move. */
export function digestOf(posting: Posting): string {
  const content = posting.transfers.map((t) => [
    accountName(t.debit),
    accountName(t.credit),
    t.amount,
    t.currency,
    t.reason,
  ])
  return createHash('sha256')
    .update(JSON.stringify([posting.about ?? null, content]))
    .digest('hex')
}
