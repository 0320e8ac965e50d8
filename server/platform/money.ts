// Amounts are whole numbers of minor units (cents, yen, fils) of an ISO 4217 currency, everywhere.

/** How a part of a minor unit becomes a whole one. `half_even` rounds a half to the even neighbour. */
export type Rounding = 'half_up' | 'half_even' | 'down' | 'up'

export const roundings = ['half_up', 'half_even', 'down', 'up'] as const satisfies readonly Rounding[]

/** One million parts are the whole: 190,000 ppm is 19 per cent. */
export const wholePpm = 1_000_000

/**
 * `amount * numerator / denominator`, rounded once. Exact for any safe integers, because the product is never a float.
 * Amounts are zero or more; `down` is towards zero and `up` away from it.
 */
export function shareOf(amount: number, numerator: number, denominator: number, rounding: Rounding): number {
  demandCount(amount, 'amount')
  demandCount(numerator, 'numerator')
  if (!Number.isSafeInteger(denominator) || denominator <= 0)
    throw new RangeError('a denominator must be a whole number above zero')
  const product = BigInt(amount) * BigInt(numerator)
  const whole = product / BigInt(denominator)
  const rest = product % BigInt(denominator)
  return exactNumber(roundsUp(whole, rest, BigInt(denominator), rounding) ? whole + 1n : whole)
}

/** A share of an amount in parts per million, rounded once: `percentOf(4500, 190_000, 'half_up')` is 855. */
export function percentOf(amount: number, ppm: number, rounding: Rounding): number {
  return shareOf(amount, ppm, wholePpm, rounding)
}

/**
 * Splits an amount by weights so that the shares add up to it exactly: each gets its share rounded down, and what is
 * left goes one by one to the largest remainders, the earlier one where two are equal. A weight of zero gets nothing.
 */
export function allocate(amount: number, weights: readonly number[]): number[] {
  demandCount(amount, 'amount')
  for (const weight of weights) demandCount(weight, 'weight')
  const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n)
  if (sum === 0n) {
    if (amount !== 0) throw new RangeError('an amount cannot be split among weights that are all zero')
    return weights.map(() => 0)
  }
  const products = weights.map((weight) => BigInt(amount) * BigInt(weight))
  const shares = products.map((product) => product / sum)
  const left = Number(BigInt(amount) - shares.reduce((total, share) => total + share, 0n))
  const byRemainder = products.map((product, index) => ({ index, rest: product % sum }))
  byRemainder.sort((one, other) =>
    one.rest === other.rest ? one.index - other.index : one.rest > other.rest ? -1 : 1,
  )
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0n) + 1n
  return shares.map(exactNumber)
}

function roundsUp(whole: bigint, rest: bigint, denominator: bigint, rounding: Rounding): boolean {
  if (rest === 0n || rounding === 'down') return false
  if (rounding === 'up') return true
  const twice = rest * 2n
  if (twice !== denominator) return twice > denominator
  return rounding === 'half_up' || whole % 2n === 1n
}

function demandCount(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${what} must be a whole number, zero or more: ${value}`)
}

function exactNumber(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError('the amount is too large to be exact')
  return number
}
