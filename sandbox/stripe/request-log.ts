/** One request to the API, as the dashboard and tests see it. */
export interface LoggedRequest {
  id: string
  at: number
  method: string
  path: string
  /** The status that was decided; null when none was, because the connection was cut first. */
  status: number | null
  idempotencyKey: string | null
  replayed: boolean
  fault: string | null
}

/** The latest requests, in a ring, so that a long benchmark does not fill the memory. */
export class RequestLog {
  readonly #ring: LoggedRequest[] = []
  readonly #size: number
  #next = 0
  #total = 0

  constructor(size = 5000) {
    this.#size = size
  }

  add(entry: LoggedRequest): void {
    this.#ring[this.#next] = entry
    this.#next = (this.#next + 1) % this.#size
    this.#total += 1
  }

  /** How many requests there were in all. */
  get total(): number {
    return this.#total
  }

  /** The kept requests, oldest first. */
  all(): LoggedRequest[] {
    return this.#total > this.#size
      ? [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
      : [...this.#ring]
  }
}
