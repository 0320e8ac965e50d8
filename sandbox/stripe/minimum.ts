import { invalidRequest } from './errors.ts'

/** The least amounts that can be charged, in minor units; other currencies are held to that of the dollar. */
const least: Record<string, { amount: number; text: string }> = {
  usd: { amount: 50, text: '$0.50 usd' },
  eur: { amount: 50, text: '€0.50 eur' },
  gbp: { amount: 30, text: '£0.30 gbp' },
  jpy: { amount: 50, text: '¥50 jpy' },
}

const fallback = (currency: string) => ({ amount: 50, text: `0.50 ${currency}` })

/** Refuses an amount that is too small to be charged, or a currency that is none. */
export function checkMinimum(amount: number, currency: string, param: string): void {
  if (!/^[a-z]{3}$/.test(currency)) {
    throw invalidRequest(`Invalid currency: ${currency}.`, {
      code: 'parameter_invalid_string',
      param: 'currency',
    })
  }
  const minimum = least[currency] ?? fallback(currency)
  if (amount >= minimum.amount) return
  throw invalidRequest(`Amount must be at least ${minimum.text}`, { code: 'amount_too_small', param })
}

/** The least total of a checkout session that is not free. */
export function checkSessionTotal(total: number, currency: string): void {
  const minimum = least[currency] ?? fallback(currency)
  if (total === 0 || total >= minimum.amount) return
  throw invalidRequest(`The Checkout Session's total amount must convert to at least ${minimum.text}.`, {
    code: 'amount_too_small',
  })
}
