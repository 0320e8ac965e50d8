import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocate, percentOf, roundings, shareOf, wholePpm } from './money.ts'

const amounts = fc.oneof(fc.nat(10_000), fc.maxSafeNat())
const rates = fc.nat(wholePpm)
const anyRounding = fc.constantFrom(...roundings)

/** How far a share is from the exact one, in units of 1/denominator; exact, because nothing here is a float. */
function errorOf(share: number, amount: number, numerator: number, denominator: number): bigint {
  return BigInt(share) * BigInt(denominator) - BigInt(amount) * BigInt(numerator)
}

describe('a share of an amount', () => {
  it('is what a person gets on paper', () => {
    expect(percentOf(4500, 190_000, 'half_up')).toBe(855)
    expect(roundings.map((rounding) => [rounding, percentOf(50, 50_000, rounding)])).toEqual([
      ['half_up', 3], // 2.5
      ['half_even', 2],
      ['down', 2],
      ['up', 3],
    ])
    expect(percentOf(70, 50_000, 'half_even')).toBe(4) // 3.5
    expect(percentOf(1, 1, 'up')).toBe(1)
    expect(percentOf(0, wholePpm, 'up')).toBe(0)
    expect(shareOf(10_000, 19, 119, 'half_up')).toBe(1597) // the tax within 100.00 at 19 per cent
  })

  it('is never off by a unit or more, and lies on the side that its rounding promises', () => {
    fc.assert(
      fc.property(amounts, rates, anyRounding, (amount, rate, rounding) => {
        const error = errorOf(percentOf(amount, rate, rounding), amount, rate, wholePpm)
        const whole = BigInt(wholePpm)
        if (rounding === 'down') expect(error <= 0n && error > -whole).toBe(true)
        else if (rounding === 'up') expect(error >= 0n && error < whole).toBe(true)
        else expect(2n * error <= whole && 2n * error >= -whole).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('goes up at every half, or to the even neighbour', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (whole) => {
        const twice = 2 * whole + 1 // half of it ends in .5
        expect(shareOf(twice, 1, 2, 'half_up')).toBe(whole + 1)
        expect(shareOf(twice, 1, 2, 'half_even')).toBe(whole + (whole % 2))
      }),
    )
  })

  it('of more, or at a higher rate, is never less', () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.nat(1e6),
        rates,
        rates,
        anyRounding,
        (amount, more, one, other, rounding) => {
          const [low, high] = [Math.min(one, other), Math.max(one, other)]
          expect(percentOf(amount + more, low, rounding)).toBeGreaterThanOrEqual(
            percentOf(amount, low, rounding),
          )
          expect(percentOf(amount, high, rounding)).toBeGreaterThanOrEqual(percentOf(amount, low, rounding))
        },
      ),
    )
  })

  it('and the rest make the whole: nothing at zero, all at one hundred per cent', () => {
    fc.assert(
      fc.property(amounts, rates, anyRounding, (amount, rate, rounding) => {
        expect(percentOf(amount, 0, rounding)).toBe(0)
        expect(percentOf(amount, wholePpm, rounding)).toBe(amount)
        const rest = percentOf(amount, wholePpm - rate, 'up')
        expect(BigInt(percentOf(amount, rate, 'down')) + BigInt(rest)).toBe(BigInt(amount))
      }),
    )
  })

  it('is exact where floats are not', () => {
    const most = Number.MAX_SAFE_INTEGER
    expect(shareOf(most, most - 1, most, 'down')).toBe(most - 1)
    expect(percentOf(9_007_199_254_740_984, 190_000, 'down')).toBe(1_711_367_858_400_786) // a float says 787
  })

  it('is refused rather than wrong', () => {
    for (const amount of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => percentOf(amount, 1, 'down')).toThrow('amount must be a whole number')
      expect(() => percentOf(1, amount, 'down')).toThrow('numerator must be a whole number')
      expect(() => shareOf(1, 1, amount, 'down')).toThrow('denominator must be a whole number above zero')
    }
    expect(() => shareOf(1, 1, 0, 'down')).toThrow(RangeError)
    expect(() => shareOf(Number.MAX_SAFE_INTEGER, 3, 2, 'down')).toThrow('too large to be exact')
  })
})

describe('splitting an amount', () => {
  const weights = fc
    .array(fc.oneof(fc.nat(10), fc.maxSafeNat()), { minLength: 1, maxLength: 30 })
    .filter((all) => all.some((weight) => weight > 0))

  it('is what a person gets on paper', () => {
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33])
    expect(allocate(1000, [50, 30, 20])).toEqual([500, 300, 200])
    expect(allocate(10, [0, 1, 0, 1, 1])).toEqual([0, 4, 0, 3, 3])
    expect(allocate(7, [2, 5, 1])).toEqual([2, 4, 1]) // 1.75, 4.375, 0.875: the largest remainders get the rest
    expect(allocate(2, [1, 1, 1])).toEqual([1, 1, 0])
    expect(allocate(0, [3, 4])).toEqual([0, 0])
    expect(allocate(0, [0, 0])).toEqual([0, 0])
    expect(allocate(0, [])).toEqual([])
  })

  it('loses and invents nothing, and gives each less than a unit more or less than its due', () => {
    fc.assert(
      fc.property(amounts, weights, (amount, weights) => {
        const shares = allocate(amount, weights)
        const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n)
        expect(shares.reduce((total, share) => total + BigInt(share), 0n)).toBe(BigInt(amount))
        for (const [index, share] of shares.entries()) {
          const weight = weights[index] ?? 0
          const error = BigInt(share) * sum - BigInt(amount) * BigInt(weight)
          expect(error < sum && error > -sum).toBe(true)
          if (weight === 0) expect(share).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is fair: who weighs more never gets less, and equals differ by one unit at most, the earlier first', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
        (amount, weights) => {
          const shares = allocate(amount, weights)
          for (let one = 0; one < weights.length; one++)
            for (let later = one + 1; later < weights.length; later++) {
              const [mine, theirs] = [weights[one] ?? 0, weights[later] ?? 0]
              const ahead = (shares[one] ?? 0) - (shares[later] ?? 0)
              if (mine > theirs) expect(ahead).toBeGreaterThanOrEqual(0)
              if (mine < theirs) expect(ahead).toBeLessThanOrEqual(0)
              if (mine === theirs) expect([0, 1]).toContain(ahead)
            }
        },
      ),
    )
  })

  it('does not change when all weights are multiplied', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 1000 }),
        (amount, weights, by) => {
          expect(
            allocate(
              amount,
              weights.map((weight) => weight * by),
            ),
          ).toEqual(allocate(amount, weights))
        },
      ),
    )
  })

  it('is refused rather than wrong', () => {
    expect(() => allocate(1, [0, 0])).toThrow('weights that are all zero')
    expect(() => allocate(1, [])).toThrow('weights that are all zero')
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => allocate(wrong, [1])).toThrow('amount must be a whole number')
      expect(() => allocate(1, [1, wrong])).toThrow('weight must be a whole number')
    }
  })
})
