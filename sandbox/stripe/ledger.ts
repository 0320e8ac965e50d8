import type Stripe from 'stripe'
import type { Collection } from './collection.ts'

type Bucket = 'available' | 'pending'
type SourceType = 'card' | 'bank_account'

/** Thrown when the balance is not the sum of its balance transactions. Nothing may be believed after that. */
export class IdentityBroken extends Error {
  override readonly name = 'IdentityBroken'
}

/** Above this many entries the full recount is made at intervals and not after each operation. */
const recountLimit = 4000
const recountEvery = 200

/**
 * The platform's money. Totals are moved as entries are booked and settle; `verify` recounts every entry and
 * compares, so that a mistake in either way of counting shows at the operation that made it.
 */
export class Ledger {
  readonly #entries: Collection<Stripe.BalanceTransaction>
  readonly #sourceTypes = new Map<string, SourceType>()
  readonly #totals = new Map<string, { available: number; pending: number }>()
  readonly #bySource = new Map<string, number>()
  #sinceRecount = 0
  #changed = false

  constructor(entries: Collection<Stripe.BalanceTransaction>) {
    this.#entries = entries
  }

  /** Books a balance transaction into the bucket of its status. */
  book(entry: Stripe.BalanceTransaction, sourceType: SourceType): void {
    const fees = entry.fee_details.reduce((sum, detail) => sum + detail.amount, 0)
    if (entry.net !== entry.amount - entry.fee || fees !== entry.fee) {
      throw new IdentityBroken(
        `${entry.id}: net ${entry.net} is not amount ${entry.amount} less fee ${entry.fee}`,
      )
    }
    this.#entries.insert(entry)
    this.#sourceTypes.set(entry.id, sourceType)
    this.#move(entry.currency, entry.status as Bucket, entry.net, sourceType)
    this.#changed = true
  }

  /** Moves an entry from pending to available. */
  settle(entry: Stripe.BalanceTransaction): void {
    if (entry.status !== 'pending') return
    const sourceType = this.sourceTypeOf(entry.id)
    this.#move(entry.currency, 'pending', -entry.net, sourceType)
    entry.status = 'available'
    this.#move(entry.currency, 'available', entry.net, sourceType)
    this.#changed = true
  }

  available(currency: string): number {
    return this.#totals.get(currency)?.available ?? 0
  }

  total(currency: string): number {
    const totals = this.#totals.get(currency)
    return totals ? totals.available + totals.pending : 0
  }

  sourceTypeOf(entryId: string): SourceType {
    return this.#sourceTypes.get(entryId) ?? 'card'
  }

  /** The `balance` resource. */
  balance(defaultCurrency: string): Stripe.Balance {
    const currencies = this.#totals.size > 0 ? [...this.#totals.keys()].sort() : [defaultCurrency]
    const side = (bucket: Bucket) =>
      currencies.map((currency) => {
        const bank = this.#bySource.get(`${currency}/${bucket}/bank_account`)
        return {
          amount: this.#totals.get(currency)?.[bucket] ?? 0,
          currency,
          source_types: {
            card: this.#bySource.get(`${currency}/${bucket}/card`) ?? 0,
            ...(bank === undefined ? {} : { bank_account: bank }),
          },
        }
      })
    return {
      object: 'balance',
      available: side('available'),
      connect_reserved: currencies.map((currency) => ({ amount: 0, currency })),
      livemode: false,
      pending: side('pending'),
    }
  }

  /**
   * Recounts and compares: balance = sum of net, by currency and bucket. Long ledgers are recounted at intervals
   * unless `always` is given. Throws IdentityBroken with the figures.
   */
  verify(operation: string, always = false): void {
    if (!this.#changed && !always) return
    this.#sinceRecount += 1
    if (!always && this.#entries.size > recountLimit && this.#sinceRecount < recountEvery) return
    this.#sinceRecount = 0
    this.#changed = false
    const counted = new Map<string, { available: number; pending: number }>()
    for (const entry of this.#entries.oldestFirst()) {
      let totals = counted.get(entry.currency)
      if (!totals) counted.set(entry.currency, (totals = { available: 0, pending: 0 }))
      totals[entry.status as Bucket] += entry.net
    }
    for (const currency of new Set([...counted.keys(), ...this.#totals.keys()])) {
      const real = counted.get(currency) ?? { available: 0, pending: 0 }
      const kept = this.#totals.get(currency) ?? { available: 0, pending: 0 }
      if (real.available === kept.available && real.pending === kept.pending) continue
      throw new IdentityBroken(
        `after ${operation}: the ${currency} balance says ${kept.available} available and ${kept.pending} pending, ` +
          `its balance transactions add up to ${real.available} and ${real.pending}`,
      )
    }
  }

  /** Builds the totals anew from entries that were read from a file. */
  restore(sourceTypes: [string, SourceType][]): void {
    for (const [id, sourceType] of sourceTypes) this.#sourceTypes.set(id, sourceType)
    for (const entry of this.#entries.oldestFirst()) {
      this.#move(entry.currency, entry.status as Bucket, entry.net, this.sourceTypeOf(entry.id))
    }
  }

  sourceTypes(): [string, SourceType][] {
    return [...this.#sourceTypes]
  }

  #move(currency: string, bucket: Bucket, net: number, sourceType: SourceType): void {
    let totals = this.#totals.get(currency)
    if (!totals) this.#totals.set(currency, (totals = { available: 0, pending: 0 }))
    totals[bucket] += net
    const key = `${currency}/${bucket}/${sourceType}`
    this.#bySource.set(key, (this.#bySource.get(key) ?? 0) + net)
  }
}
