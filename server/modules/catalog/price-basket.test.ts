import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newId } from '#platform/ids'
import { roundings, type Rounding } from '#platform/money'
import type { FeeRule, TaxRate, TicketTypeId } from './event.ts'
import { priceBasket, priceUnit, type PriceRules } from './price-basket.ts'

const feeRule = fc.record<FeeRule>({
  party: fc.constantFrom('platform', 'organiser'),
  label: fc.constantFrom('Service fee', 'Booking fee', 'Venue fee'),
  fixed: fc.nat(5_000),
  ppm: fc.nat(1_000_000),
  bearing: fc.constantFrom('passed_on', 'absorbed'),
})
const taxRate = fc.record<TaxRate>({
  name: fc.constantFrom('VAT', 'GST', 'City tax'),
  jurisdiction: fc.constantFrom('DE', 'CA', 'CA-QC', 'JP'),
  ppm: fc.integer({ min: 1, max: 1_000_000 }),
  inclusive: fc.boolean(),
  appliesToFees: fc.boolean(),
})
const face = fc.oneof(fc.nat(20), fc.nat(99_999_999))
const rounding = fc.constantFrom<Rounding>(...roundings)

const ruled = fc.record({
  currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  fees: fc.array(feeRule, { maxLength: 4 }),
  taxes: fc.array(taxRate, { maxLength: 4 }),
  rounding,
})
const rules: fc.Arbitrary<PriceRules> = fc
  .record({ ruled, faces: fc.array(face, { minLength: 1, maxLength: 4 }) })
  .map(({ ruled, faces }) => ({
    ...ruled,
    ticketTypes: faces.map((facePrice, index) => ({
      id: newId<TicketTypeId>(),
      name: `Type ${index}`,
      facePrice,
    })),
  }))
const basketOf = rules.chain((event) =>
  fc.record({
    event: fc.constant(event),
    lines: fc.array(
      fc.record({
        ticketTypeId: fc.constantFrom(...event.ticketTypes.map((type) => type.id)),
        quantity: fc.integer({ min: 1, max: 100 }),
      }),
      { maxLength: 5 },
    ),
  }),
)

const total = (amounts: { amount: number }[]) => amounts.reduce((sum, one) => sum + one.amount, 0)

describe('any basket, whatever the fees, the taxes and the rounding', () => {
  it('shows a buyer parts that add up to the line, and lines that add up to the basket', () => {
    fc.assert(
      fc.property(basketOf, ({ event, lines }) => {
        const basket = priceBasket(event, lines)
        for (const line of basket.lines) {
          expect(total(line.parts.filter((part) => !part.included))).toBe(line.total)
          expect(line.unitPrice * line.quantity).toBe(line.total)
        }
        expect(basket.lines.reduce((sum, line) => sum + line.total, 0)).toBe(basket.total)
        expect(basket.subtotal + basket.fees + basket.tax - basket.includedTax).toBe(basket.total)
        const parts = basket.lines.flatMap((line) => line.parts)
        expect(total(parts.filter((part) => part.kind === 'face'))).toBe(basket.subtotal)
        expect(total(parts.filter((part) => part.kind === 'fee'))).toBe(basket.fees)
        expect(total(parts.filter((part) => part.kind === 'tax'))).toBe(basket.tax)
        expect(total(parts.filter((part) => part.kind === 'tax' && part.included))).toBe(basket.includedTax)
      }),
    )
  })

  it('gives every minor unit that a buyer pays to exactly one owner, and nobody a negative share', () => {
    fc.assert(
      fc.property(basketOf, ({ event, lines }) => {
        for (const { split, ...line } of priceBasket(event, lines).lines) {
          expect(split.organiser + split.platformFee + total(split.tax)).toBe(line.total)
          for (const amount of [split.organiser, split.platformFee, line.total, line.unitPrice])
            expect(amount).toBeGreaterThanOrEqual(0)
          for (const one of [...split.tax, ...line.parts]) expect(one.amount).toBeGreaterThanOrEqual(0)
          expect(total(split.tax)).toBe(total(line.parts.filter((part) => part.kind === 'tax')))
        }
      }),
    )
  })

  it('never takes more tax out of a price than the price', () => {
    fc.assert(
      fc.property(face, ruled, (price, ruled) => {
        const unit = priceUnit(ruled, price)
        expect(unit.includedTax).toBeLessThanOrEqual(unit.face + unit.fees)
        expect(unit.total).toBeGreaterThanOrEqual(unit.face)
      }),
    )
  })

  it('never lets an absorbed fee change what the buyer pays or the state receives', () => {
    fc.assert(
      fc.property(face, ruled, (price, ruled) => {
        const withAll = priceUnit(ruled, price)
        const without = priceUnit(
          { ...ruled, fees: ruled.fees.filter((rule) => rule.bearing === 'passed_on') },
          price,
        )
        expect(withAll.total).toBe(without.total)
        expect(withAll.parts).toEqual(without.parts)
        expect(withAll.split.tax).toEqual(without.split.tax)
      }),
    )
  })

  it('takes each tax from the right base, rounded once for the face price and once for each fee', () => {
    fc.assert(
      fc.property(face, ruled, (price, ruled) => {
        const unit = priceUnit(ruled, price)
        expect([unit.includedTax, unit.tax]).toEqual(taxByTheBook(ruled, price))
      }),
    )
  })

  it('prices what is free at nothing, with no fee and no tax', () => {
    fc.assert(
      fc.property(ruled, (ruled) => {
        expect(priceUnit(ruled, 0)).toMatchObject({
          total: 0,
          fees: 0,
          tax: 0,
          split: { organiser: 0, platformFee: 0, tax: [] },
        })
      }),
    )
  })
})

describe('prices that a person can check by hand', () => {
  const type = { id: newId<TicketTypeId>(), name: 'Floor', facePrice: 10_000 }
  const none = { currency: 'EUR', ticketTypes: [type], fees: [], taxes: [], rounding: 'half_up' as const }
  const service: FeeRule = {
    party: 'platform',
    label: 'Service fee',
    fixed: 100,
    ppm: 40_000,
    bearing: 'passed_on',
  }
  const buys = (event: PriceRules, quantity = 1) => priceBasket(event, [{ ticketTypeId: type.id, quantity }])

  it('adds 5.00 of fee and 8 per cent of tax on the price to a ticket of 100.00', () => {
    const sale = buys({
      ...none,
      fees: [service],
      taxes: [
        { name: 'Sales tax', jurisdiction: 'US-NY', ppm: 80_000, inclusive: false, appliesToFees: false },
      ],
    })
    expect(sale.total).toBe(11_300)
    expect(sale.lines[0]?.split).toEqual({
      organiser: 10_000,
      platformFee: 500,
      tax: [{ jurisdiction: 'US-NY', amount: 800 }],
    })
  })

  it('finds 19 per cent inside 119.00 and its fee without making either dearer', () => {
    const event = { ...none, ticketTypes: [{ ...type, facePrice: 11_900 }] }
    const fee = { ...service, fixed: 119, ppm: 0 }
    const sale = buys(
      {
        ...event,
        fees: [fee],
        taxes: [{ name: 'MwSt', jurisdiction: 'DE', ppm: 190_000, inclusive: true, appliesToFees: true }],
      },
      2,
    )
    expect(sale).toMatchObject({ subtotal: 23_800, fees: 238, tax: 3_838, includedTax: 3_838, total: 24_038 })
    expect(sale.lines[0]?.split).toEqual({
      organiser: 20_000,
      platformFee: 200,
      tax: [{ jurisdiction: 'DE', amount: 3_838 }],
    })
  })

  it('takes two taxes on top from the same price, never one from the other', () => {
    const gst = { name: 'GST', jurisdiction: 'CA', ppm: 50_000, inclusive: false, appliesToFees: false }
    const qst = { name: 'QST', jurisdiction: 'CA-QC', ppm: 99_750, inclusive: false, appliesToFees: false }
    expect(buys({ ...none, taxes: [gst, qst] }).lines[0]?.split.tax).toEqual([
      { jurisdiction: 'CA', amount: 500 },
      { jurisdiction: 'CA-QC', amount: 998 },
    ])
  })

  it('rounds a half as the organisation says, in yen as in thousandths of a dinar', () => {
    const tax = { name: 'Tax', jurisdiction: 'JP', ppm: 100_000, inclusive: false, appliesToFees: false }
    const taxOf = (facePrice: number, rounding: Rounding, currency = 'JPY') =>
      buys({ ...none, currency, ticketTypes: [{ ...type, facePrice }], taxes: [tax], rounding }).tax
    expect(roundings.map((mode) => taxOf(1_005, mode))).toEqual([101, 100, 100, 101])
    expect(roundings.map((mode) => taxOf(1_015, mode))).toEqual([102, 102, 101, 102])
    expect(roundings.map((mode) => taxOf(12_345, mode, 'KWD'))).toEqual([1_235, 1_234, 1_234, 1_235])
  })

  it('lets an absorbed fee take at most what the organiser has', () => {
    const sale = buys({
      ...none,
      ticketTypes: [{ ...type, facePrice: 50 }],
      fees: [{ ...service, fixed: 100, ppm: 0, bearing: 'absorbed' }],
    })
    expect(sale.lines[0]?.split).toEqual({ organiser: 0, platformFee: 50, tax: [] })
    expect(sale.total).toBe(50)
  })

  it('refuses to price what the event does not sell', () => {
    expect(() => priceBasket(none, [{ ticketTypeId: newId<TicketTypeId>(), quantity: 1 }])).toThrow(
      RangeError,
    )
    for (const quantity of [0, -1, 1.5, Number.NaN]) expect(() => buys(none, quantity)).toThrow(RangeError)
  })
})

/** The same answer, worked out another way: fractions of whole numbers, and one rounding at the end of each. */
function taxByTheBook(
  ruled: Pick<PriceRules, 'fees' | 'taxes' | 'rounding'>,
  price: number,
): [included: number, all: number] {
  const million = 1_000_000n
  const round = (top: bigint, bottom: bigint) => {
    const down = top / bottom
    const isHalf = (top - down * bottom) * 2n === bottom
    const near = (top * 2n + bottom) / (bottom * 2n)
    if (ruled.rounding === 'down') return down
    if (ruled.rounding === 'up') return (top + bottom - 1n) / bottom
    return ruled.rounding === 'half_even' && isHalf && down % 2n === 0n ? down : near
  }
  const taxed = (amount: bigint, rates: TaxRate[]) => {
    const inside = rates.filter((rate) => rate.inclusive).reduce((sum, rate) => sum + BigInt(rate.ppm), 0n)
    const included = round(amount * inside, million + inside)
    const onTop = rates
      .filter((rate) => !rate.inclusive)
      .map((rate) => round((amount - included) * BigInt(rate.ppm), million))
    return [included, onTop.reduce((sum, tax) => sum + tax, included)] as const
  }
  const fees = price === 0 ? [] : ruled.fees.filter((rule) => rule.bearing === 'passed_on')
  const all = [
    taxed(BigInt(price), ruled.taxes),
    ...fees.map((fee) =>
      taxed(
        BigInt(fee.fixed) + round(BigInt(price) * BigInt(fee.ppm), million),
        ruled.taxes.filter((rate) => rate.appliesToFees),
      ),
    ),
  ]
  return [
    Number(all.reduce((sum, one) => sum + one[0], 0n)),
    Number(all.reduce((sum, one) => sum + one[1], 0n)),
  ]
}
