/**
 * How mail is refused:
 * - `down`: nobody listens, connections are refused;
 * - `closed`: connections are taken and dropped at once;
 * - 421: the service closes the conversation when a mail begins;
 * - other 4xx: the mail is temporarily refused after it was sent;
 * - 5xx: the recipient bounces;
 * - `slow`: the mail is accepted, but only after `delay`.
 */
export type RefusalCode = 'down' | 'closed' | 'slow' | number

export type Refusal = {
  code: RefusalCode
  /** How many mails (or connections, for `closed`) it hits; without it, until `accept()`. */
  for?: number
  /** Only mails to this address, in any case. Not for `down`, `closed` and 421, which come before the recipient is known. */
  to?: string
  /** How likely it hits each one, 0 to 1; the dice are seeded. */
  chance?: number
  /** Milliseconds, for `slow`. */
  delay?: number
}

type Armed = Refusal & { left: number }

/** The refusals that are armed, in order; the first that fits hits. */
export class Faults {
  readonly #random: () => number
  #armed: Armed[] = []

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** Throws a RangeError for a refusal that makes no sense. */
  arm(refusal: Refusal): void {
    check(refusal)
    this.#armed.push({ ...refusal, left: refusal.for ?? Number.POSITIVE_INFINITY })
  }

  disarm(): void {
    this.#armed = []
  }

  armed(): (Refusal & { left: number | undefined })[] {
    return this.#armed.map((one) => ({ ...one, left: Number.isFinite(one.left) ? one.left : undefined }))
  }

  /** Whether one of these codes hits now, and if so, uses it up by one. */
  strike(fits: (code: RefusalCode) => boolean, recipients?: string[]): Refusal | undefined {
    const wanted = recipients?.map((address) => address.toLowerCase())
    const hit = this.#armed.find(
      (one) =>
        fits(one.code) &&
        (one.to === undefined || wanted?.includes(one.to.toLowerCase()) === true) &&
        (one.chance === undefined || this.#random() < one.chance),
    )
    if (hit === undefined) return undefined
    hit.left -= 1
    this.#armed = this.#armed.filter((one) => one.left > 0)
    return hit
  }
}

function check({ code, for: count, to, chance, delay }: Refusal): void {
  const isReply = typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599
  if (!isReply && !['down', 'closed', 'slow'].includes(String(code)))
    throw new RangeError('code must be "down", "closed", "slow", or a reply from 400 to 599')
  if (count !== undefined && (!Number.isInteger(count) || count < 1))
    throw new RangeError('for must be a whole number of mails, from 1 on')
  if (code === 'down' && (count !== undefined || chance !== undefined))
    throw new RangeError(
      '"down" lasts until mail is accepted again; nobody is there to count or to throw dice',
    )
  if (to !== undefined && (code === 'down' || code === 'closed' || code === 421))
    throw new RangeError(`${code} comes before the recipient is known`)
  if (chance !== undefined && !(chance >= 0 && chance <= 1))
    throw new RangeError('chance must be from 0 to 1')
  if (delay !== undefined && !(delay >= 0 && delay <= 600_000))
    throw new RangeError('delay must be from 0 to 600000 milliseconds')
}

/** Mulberry32: small, and the same seed throws the same dice. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
