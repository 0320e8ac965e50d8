const zeroDecimal = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'jpy',
  'kmf',
  'krw',
  'mga',
  'pyg',
  'rwf',
  'ugx',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
])
const formats = new Map<string, Intl.NumberFormat>()

/** An amount in minor units as people read it, for example `$40.00`. */
export function money(amount: number, currency: string): string {
  let format = formats.get(currency)
  if (!format) {
    format = new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase() })
    formats.set(currency, format)
  }
  const digits = zeroDecimal.has(currency) ? 0 : 2
  const sign = amount < 0 ? '-' : ''
  const whole = String(Math.abs(amount)).padStart(digits + 1, '0')
  const decimal = digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}`
  return format.format(`${sign}${decimal}` as Intl.StringNumericLiteral)
}
