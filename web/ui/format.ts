type Amount = { amount: number; currency: string }

const digitsOf = new Map<string, number>()

/** How many digits the currency's minor unit has: 2 for EUR, 0 for JPY. */
function minorDigits(currency: string): number {
  let digits = digitsOf.get(currency)
  if (digits === undefined) {
    digits =
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2
    digitsOf.set(currency, digits)
  }
  return digits
}

/** An amount in minor units as the reader writes money: 4500 EUR is "€45.00" or "45,00 €". */
export function formatMoney(money: Amount, locale: string): string {
  const digits = minorDigits(money.currency)
  const text = String(Math.abs(money.amount)).padStart(digits + 1, '0')
  const whole = text.slice(0, text.length - digits)
  const fraction = digits > 0 ? `.${text.slice(text.length - digits)}` : ''
  // A decimal string keeps every digit: Intl formats it exactly, without a detour over a float.
  const value = `${money.amount < 0 ? '-' : ''}${whole}${fraction}` as `${number}`
  return new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency }).format(value)
}

/** The sum of amounts in one currency, in minor units. */
export function addMoney(amounts: readonly Amount[], currency: string): Amount {
  return { amount: amounts.reduce((sum, one) => sum + one.amount, 0), currency }
}

/** "Friday 12 December 2026", in the given zone. */
export function formatDay(iso: string, timeZone: string | undefined, locale: string): string {
  return dateFormat(
    locale,
    timeZone,
    { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
    iso,
  )
}

/** "Fri 12 Dec", in the given zone. */
export function formatShortDay(iso: string, timeZone: string | undefined, locale: string): string {
  return dateFormat(locale, timeZone, { weekday: 'short', day: 'numeric', month: 'short' }, iso)
}

/** "20:00", in the given zone. */
export function formatTime(iso: string, timeZone: string | undefined, locale: string): string {
  return dateFormat(locale, timeZone, clock(locale), iso)
}

/** "Fri 12 Dec, 20:00", in the given zone. */
export function formatMoment(iso: string, timeZone: string | undefined, locale: string): string {
  return dateFormat(
    locale,
    timeZone,
    { weekday: 'short', day: 'numeric', month: 'short', ...clock(locale) },
    iso,
  )
}

/** The zone's short name at that time ("CET", "GMT+9"). */
export function formatZone(iso: string, timeZone: string | undefined, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }).formatToParts(
    new Date(iso),
  )
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
}

/** True when a clock in the zone and the clock of this device show the same at that time. */
export function sameWallClock(iso: string, timeZone: string): boolean {
  const options = { dateStyle: 'short', timeStyle: 'short' } as const
  const at = new Date(iso)
  return (
    new Intl.DateTimeFormat('en', { ...options, timeZone }).format(at) ===
    new Intl.DateTimeFormat('en', options).format(at)
  )
}

/** Day of month and short month for a calendar leaf, in the given zone. */
export function calendarLeaf(iso: string, timeZone: string, locale: string) {
  return {
    day: dateFormat(locale, timeZone, { day: 'numeric' }, iso).replace(/\D+$/, ''),
    month: dateFormat(locale, timeZone, { month: 'short' }, iso).replace(/\.$/, ''),
    weekday: dateFormat(locale, timeZone, { weekday: 'short' }, iso).replace(/\.$/, ''),
  }
}

/** Seconds as "8:05" or "1:02:05"; never below zero. */
export function formatSeconds(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  const pad = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(left / 3600)
  const minutes = Math.floor((left % 3600) / 60)
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(left % 60)}` : `${minutes}:${pad(left % 60)}`
}

/** The country's name in the reader's language; the code itself when it is unknown. */
export function countryName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code
  } catch {
    return code
  }
}

// Where the day has 24 hours, the night's are written with two digits: "02:15", but "2:15 am".
function clock(locale: string): Intl.DateTimeFormatOptions {
  const cycle = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hourCycle
  return { hour: cycle?.startsWith('h2') ? '2-digit' : 'numeric', minute: '2-digit' }
}

function dateFormat(
  locale: string,
  timeZone: string | undefined,
  options: Intl.DateTimeFormatOptions,
  iso: string,
): string {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(new Date(iso))
}
