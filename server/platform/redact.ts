/**
 * What may be written into a log: never personal data, card data, keys, tokens or ticket codes. Three nets, because each has
 * holes: by the name of a field, by the shape of a text, and errors only by what names the place.
 */

// Compared without case, hyphens and underscores.
const secretNames = new Set(
  [
    // people
    'to', 'from', 'cc', 'bcc', 'replyTo', 'buyer', 'holder', 'person', 'user', 'name', 'firstName', 'lastName', 'fullName',
    'buyerName', 'holderName', 'phone', 'tel', 'address', 'line1', 'line2', 'postalCode', 'ip', 'ipAddress', 'remoteAddress',
    'forwarded', 'xForwardedFor', 'iban', 'accountNumber', 'birthDate', 'dob', 'detail', 'where', 'parameters',
    // what opens a door
    'code', 'codes', 'key', 'authorization', 'proxyAuthorization', 'cookie', 'cookies', 'setCookie', 'signature',
    'stripeSignature', 'session', 'url', 'link', 'qr', 'pin', 'otp',
    // cards
    'card', 'number', 'cardNumber', 'pan', 'cvc', 'cvv', 'exp', 'expMonth', 'expYear', 'track',
    // whole messages, which may hold all of it
    'body', 'rawBody', 'payload', 'html', 'text', 'subject', 'headers', 'rawHeaders',
  ].map(plain),
) // oxfmt-ignore

const secretEndings =
  /(?:mail|token|secret|password|passwd|apikey|masterkey|browserkey|privatekey|tessera(?:guest|browser))$/

function plain(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase()
}

function isSecretName(name: string): boolean {
  const flat = plain(name)
  return secretNames.has(flat) || secretEndings.test(flat)
}

const uuidShape = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
// One pass, first match wins: an id of ours (a uuid) is kept, although its digits could look like a card's.
const shapes = new RegExp(
  [
    `(?<uuid>(?<![0-9a-fA-F])${uuidShape}(?![0-9a-fA-F]))`,
    // Keys (ours, the provider's), webhook secrets, ticket codes, tokens in addresses, passwords in addresses.
    '(?<secret>(?<![A-Za-z0-9])(?:sk|rk|pk|tsk)_[\\w-]{8,}|whsec_[\\w+/=-]+|TS1:[0-9A-Z $%*+./:-]+|[\\w]+_secret_\\w+' +
      '|(?<=[?#&](?:t|token|key|code)=)[^\\s"&#]+|(?<=://)[^\\s/@:]*:[^\\s/@]+(?=@)|(?<=(?:Bearer|Basic) )\\S+|(?<=session_token=)[^\\s;]+)',
    '(?<mail>[\\w.!#$%&\'*+/=?^`{|}~-]+(?:@|%40)[\\w-]+(?:\\.[\\w-]+)+)',
    '(?<iban>(?<![A-Za-z0-9])[A-Z]{2}\\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9]))',
    // 13 to 19 digits, perhaps in groups: a card number, whoever wrote it there.
    '(?<number>(?<!\\d)\\d(?:[ ._\\u00a0-]?\\d){12,18}(?!\\d))',
    // Long and mixed: a token of some kind.
    '(?<token>(?<![\\w-])(?=[\\w-]*[a-z])(?=[\\w-]*[A-Z])(?=[\\w-]*\\d)[\\w-]{32,}(?![\\w-]))',
  ].join('|'),
  'g',
) // oxfmt-ignore

const longest = 4000

/** Free text loses what looks like a mail address, a bank account, a card number, a key, a ticket code or a token. */
export function scrub(text: string): string {
  const short = text.length > longest ? `${text.slice(0, longest)}... (${text.length} characters)` : text
  return short.replace(shapes, (...match) => {
    const [found] = match as [string]
    const groups = match.at(-1) as Record<string, string | undefined>
    if (groups['uuid'] !== undefined) return found
    if (groups['mail'] !== undefined) return '[mail]'
    if (groups['iban'] !== undefined || groups['number'] !== undefined) return '[number]'
    // A checkout session is found by the beginning of its id in the provider's dashboard.
    if (/^cs_(?:test|live)_/.test(found)) return `${found.slice(0, 16)}...`
    return '[secret]'
  })
}

const deepest = 6
const widest = 50

/** The same value, as it may be written. Class instances (a request, a socket) are named and not opened. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'number' || typeof value === 'bigint') return looksLikeCard(value) ? '[number]' : value
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return describeError(value)
  if (value instanceof Date) return value
  if (depth >= deepest) return '[deeper]'
  if (Array.isArray(value)) return value.slice(0, widest).map((one) => redact(one, depth + 1))
  if (value instanceof Map) return redact(Object.fromEntries(value), depth)
  if (value instanceof Set) return redact([...value], depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor?.name ?? 'object'}]`
  const clean: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value).slice(0, widest)) {
    clean[scrub(name)] =
      isSecretName(name) && inner !== null && inner !== undefined ? '[redacted]' : redact(inner, depth + 1)
  }
  return clean
}

function looksLikeCard(value: number | bigint): boolean {
  const digits = String(value)
  if (!/^\d{13,19}$/.test(digits)) return false
  // The check digit (Luhn), so that most large numbers stay what they are.
  let sum = 0
  for (const [index, digit] of digits.split('').toReversed().entries()) {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * An error by what names the place. A driver's error carries the row in `detail` and `where`, and puts the value itself in
 * quotes into the messages of its class 22 ("invalid input syntax for type uuid: ..."): none of that is kept.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return redact(error)
  const { code, constraint, table } = error as Error & {
    code?: unknown
    constraint?: unknown
    table?: unknown
  }
  const message = messageOf(error)
  const stack = (error.stack ?? '').replace(error.message, () => message)
  const inner = error instanceof AggregateError ? error.errors.slice(0, 3) : []
  return {
    type: error.name,
    message: scrub(message),
    stack: scrub(stack),
    ...(typeof code === 'string' ? { errorCode: scrub(code) } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(typeof table === 'string' ? { table } : {}),
    ...(error.cause === undefined || depth >= 4 ? {} : { cause: describeError(error.cause, depth + 1) }),
    ...(inner.length === 0 || depth >= 4
      ? {}
      : { errors: inner.map((one) => describeError(one, depth + 1)) }),
  }
}

function messageOf(error: Error): string {
  const { code, severity } = error as Error & { code?: unknown; severity?: unknown }
  const fromDatabase = typeof code === 'string' && typeof severity === 'string'
  return fromDatabase && code.startsWith('22')
    ? error.message.replaceAll(/"[^"]*"|: .*$/gs, ' [value]')
    : error.message
}
