const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A small hash of a text into 32 bits, well mixed (xmur3). */
function hash(text: string): number {
  let h = 1779033703 ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353)
    h = (h << 13) | (h >>> 19)
  }
  h = Math.imul(h ^ (h >>> 16), 2246822507)
  h = Math.imul(h ^ (h >>> 13), 3266489909)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * All chance of the sandbox. The same seed and the same requests give the same ids and the same faults.
 * `chance` depends on what it is asked about and not on how often it was asked, so that concurrency cannot change it.
 */
export class SeededRandom {
  readonly seed: string
  #state: [number, number, number, number]

  constructor(seed: string) {
    this.seed = seed
    this.#state = [hash(`${seed}/a`), hash(`${seed}/b`), hash(`${seed}/c`), 1]
    for (let i = 0; i < 12; i++) this.#next()
  }

  /** sfc32: 128 bits of state, fast, good enough for ids of a sandbox (and only for those). */
  #next(): number {
    let [a, b, c, d] = this.#state
    const t = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    this.#state = [a, b, c, d]
    return t >>> 0
  }

  /** A text of letters and digits. */
  text(length: number): string {
    let out = ''
    while (out.length < length) {
      let bits = this.#next()
      // Five letters are taken from one draw: 62^5 fits well below 2^32.
      for (let i = 0; i < 5 && out.length < length; i++) {
        out += letters[bits % 62]
        bits = Math.floor(bits / 62)
      }
    }
    return out
  }

  /** A whole number from 0 up to, but not including, the limit. */
  below(limit: number): number {
    return this.#next() % limit
  }

  /** Whether something of the given rate (0 to 1) happens to exactly this subject. */
  chance(rate: number, subject: string): boolean {
    return hash(`${this.seed}|${subject}`) / 4294967296 < rate
  }

  get state(): [number, number, number, number] {
    return [...this.#state]
  }

  restore(state: [number, number, number, number]): void {
    this.#state = [...state]
  }
}
