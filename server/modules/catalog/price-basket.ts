import type { EventForSale, FeeRule, TaxRate, TicketType, TicketTypeId } from './event.ts'
import { allocate, percentOf, shareOf, wholePpm, type Rounding } from '#platform/money'

export interface BasketLine {
  ticketTypeId: TicketTypeId
  quantity: number
}

export interface PricePart {
  kind: 'face' | 'fee' | 'tax'
  label: string
  /** Minor units. */
  amount: number
  /** True when it is already inside the prices and fees above it, so that it adds nothing to the total. */
  included: boolean
  party: 'organiser' | 'platform' | 'tax'
  jurisdiction?: string
}

/** Who gets what of an amount; the parts add up to it exactly. */
export interface Split {
  organiser: number
  platformFee: number
  tax: { jurisdiction: string; amount: number }[]
}

export interface PricedUnit {
  face: number
  /** Fees that the buyer pays on top. */
  fees: number
  /** All tax, also that which is inside the price. */
  tax: number
  /** The part of `tax` that is inside `face` and `fees`. */
  includedTax: number
  /** face + fees + tax - includedTax */
  total: number
  parts: PricePart[]
  split: Split
}

export interface PricedLine {
  ticketTypeId: TicketTypeId
  name: string
  quantity: number
  unitPrice: number
  total: number
  /** For the whole line. Those that are not `included` add up to `total`. */
  parts: PricePart[]
  split: Split
}

export interface Basket {
  currency: string
  lines: PricedLine[]
  /** Face prices. */
  subtotal: number
  /** Fees that the buyer pays on top. */
  fees: number
  /** All tax, also that which is inside prices. */
  tax: number
  includedTax: number
  /** subtotal + fees + tax - includedTax */
  total: number
}

/** The rules that a price follows; an EventForSale is one. */
export type PriceRules = Pick<EventForSale, 'currency' | 'fees' | 'taxes' | 'rounding'> & {
  ticketTypes: readonly Pick<TicketType, 'id' | 'name' | 'facePrice'>[]
}

/**
 * What a basket costs, to the last minor unit, and who gets it. Pure: the same rules and lines give the same answer.
 * One ticket is priced and rounded, a line is that price times its quantity, and the basket is the sum of its lines;
 * so no sum on any screen or receipt is off by one. Lines of unknown types or without a quantity are a mistake of the caller.
 */
export function priceBasket(event: PriceRules, lines: readonly BasketLine[]): Basket {
  const basket: Basket = {
    currency: event.currency,
    lines: [],
    subtotal: 0,
    fees: 0,
    tax: 0,
    includedTax: 0,
    total: 0,
  }
  for (const { ticketTypeId, quantity } of lines) {
    const type = event.ticketTypes.find((one) => one.id === ticketTypeId)
    if (!type) throw new RangeError('a basket names a ticket type that the event does not have')
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      throw new RangeError('a quantity must be a whole number above zero')
    const unit = priceUnit(event, type.facePrice)
    const times = (amount: number) => exact(amount * quantity)
    basket.lines.push({
      ticketTypeId,
      name: type.name,
      quantity,
      unitPrice: unit.total,
      total: times(unit.total),
      parts: unit.parts.map((part) => ({
        ...part,
        label: part.kind === 'face' ? type.name : part.label,
        amount: times(part.amount),
      })),
      split: {
        organiser: times(unit.split.organiser),
        platformFee: times(unit.split.platformFee),
        tax: unit.split.tax.map((one) => ({ ...one, amount: times(one.amount) })),
      },
    })
    basket.subtotal = exact(basket.subtotal + times(unit.face))
    basket.fees = exact(basket.fees + times(unit.fees))
    basket.tax = exact(basket.tax + times(unit.tax))
    basket.includedTax = exact(basket.includedTax + times(unit.includedTax))
    basket.total = exact(basket.total + times(unit.total))
  }
  return basket
}

/** A price that is charged: the face price or one fee on top of it, and the tax on exactly that. */
interface Charge {
  part: PricePart
  /** One amount for each rate of the rules, in their order. */
  taxes: number[]
  includedTax: number
}

/**
 * The price of one ticket. Tax is worked out for the face price and for each fee by itself, and rounded once there: so
 * each of them knows its own tax (a refund that keeps the fees keeps their tax too), and none is ever smaller than the
 * tax inside it. A tax on top is taken from what remains without the taxes inside, never from another tax.
 */
export function priceUnit(rules: Pick<PriceRules, 'fees' | 'taxes' | 'rounding'>, face: number): PricedUnit {
  const { rounding } = rules
  // Nothing is charged for what is free.
  const feeRules = face === 0 ? [] : rules.fees
  const faceCharge = charge(
    { kind: 'face', label: '', amount: face, included: false, party: 'organiser' },
    rules.taxes,
    rounding,
  )
  const feeCharges = feeRules
    .filter((rule) => rule.bearing === 'passed_on')
    .map((rule) => ({
      part: feePart(rule, face, rounding),
      rates: rules.taxes.map((rate) => (rate.appliesToFees ? rate : none)),
    }))
    .filter(({ part }) => part.amount > 0)
    .map(({ part, rates }) => charge(part, rates, rounding))
  const charges = [faceCharge, ...feeCharges]
  const taxes = rules.taxes.map((_, index) => sum(charges.map((one) => one.taxes[index] ?? 0)))
  const fees = sum(feeCharges.map((one) => one.part.amount))
  const tax = sum(taxes)
  const includedTax = sum(charges.map((one) => one.includedTax))
  return {
    face,
    fees,
    tax,
    includedTax,
    total: exact(face + fees + tax - includedTax),
    parts: [...charges.map((one) => one.part), ...taxParts(rules.taxes, taxes)],
    split: splitOf(charges, absorbedFees(feeRules, face, rounding), rules.taxes, taxes),
  }
}

/** Stands in for a rate that does not apply, so that amounts stay in the order of the rates. */
const none: TaxRate = { name: '', jurisdiction: '', ppm: 0, inclusive: false, appliesToFees: false }

function charge(part: PricePart, rates: readonly TaxRate[], rounding: Rounding): Charge {
  const inside = rates.map((rate) => (rate.inclusive ? rate.ppm : 0))
  const insidePpm = sum(inside)
  const includedTax = shareOf(part.amount, insidePpm, wholePpm + insidePpm, rounding)
  const shares = includedTax === 0 ? inside.map(() => 0) : allocate(includedTax, inside)
  const net = part.amount - includedTax
  const taxes = rates.map((rate, index) =>
    rate.inclusive ? (shares[index] ?? 0) : percentOf(net, rate.ppm, rounding),
  )
  return { part, taxes, includedTax }
}

function feePart(rule: FeeRule, face: number, rounding: Rounding): PricePart {
  return {
    kind: 'fee',
    label: rule.label,
    amount: feeAmount(rule, face, rounding),
    included: false,
    party: rule.party,
  }
}

function feeAmount(rule: FeeRule, face: number, rounding: Rounding): number {
  return exact(rule.fixed + percentOf(face, rule.ppm, rounding))
}

/** What the platform takes out of the organiser's share. An organiser's own absorbed fee moves nothing. */
function absorbedFees(rules: readonly FeeRule[], face: number, rounding: Rounding): number {
  return sum(
    rules
      .filter((rule) => rule.bearing === 'absorbed' && rule.party === 'platform')
      .map((rule) => feeAmount(rule, face, rounding)),
  )
}

function taxParts(rates: readonly TaxRate[], taxes: readonly number[]): PricePart[] {
  return rates.flatMap((rate, index): PricePart[] => {
    const amount = taxes[index] ?? 0
    if (amount === 0) return []
    return [
      {
        kind: 'tax',
        label: rate.name,
        amount,
        included: rate.inclusive,
        party: 'tax',
        jurisdiction: rate.jurisdiction,
      },
    ]
  })
}

function splitOf(
  charges: readonly Charge[],
  absorbed: number,
  rates: readonly TaxRate[],
  taxes: readonly number[],
): Split {
  const netOf = (party: PricePart['party']) =>
    sum(charges.filter((one) => one.part.party === party).map((one) => one.part.amount - one.includedTax))
  const organiser = netOf('organiser')
  // The organiser never owes money for having sold a ticket: an absorbed fee takes at most the whole share.
  const taken = Math.min(absorbed, organiser)
  const byJurisdiction = new Map<string, number>()
  for (const [index, rate] of rates.entries()) {
    const amount = taxes[index] ?? 0
    if (amount > 0)
      byJurisdiction.set(rate.jurisdiction, (byJurisdiction.get(rate.jurisdiction) ?? 0) + amount)
  }
  return {
    organiser: organiser - taken,
    platformFee: netOf('platform') + taken,
    tax: [...byJurisdiction].map(([jurisdiction, amount]) => ({ jurisdiction, amount })),
  }
}

function sum(amounts: readonly number[]): number {
  return exact(amounts.reduce((total, amount) => total + amount, 0))
}

function exact(amount: number): number {
  if (!Number.isSafeInteger(amount)) throw new RangeError('the amount is too large to be exact')
  return amount
}
