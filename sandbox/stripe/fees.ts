import type { Settings } from './settings.ts'

/** A share of an amount in basis points, in whole minor units, rounded as the settings say. */
function share(amount: number, basisPoints: number, rounding: Settings['feeRounding']): number {
  const product = amount * basisPoints
  const whole = (product - (product % 10_000)) / 10_000
  const rest = product % 10_000
  if (rest === 0 || rounding === 'down') return whole
  if (rounding === 'up') return whole + 1
  return rest * 2 >= 10_000 ? whole + 1 : whole
}

/** What the provider keeps of a charge, in minor units. */
export function processingFee(settings: Settings, amount: number, method: 'card' | 'bank_account'): number {
  if (method === 'card') {
    return share(amount, settings.cardFeeBasisPoints, settings.feeRounding) + settings.cardFeeFixed
  }
  return Math.min(share(amount, settings.bankFeeBasisPoints, settings.feeRounding), settings.bankFeeCap)
}
