/**
 * The sandbox's time: the machine's (or the caller's) clock plus what was advanced. It never runs backwards, because
 * lists are ordered by creation and jobs by due time.
 */
export class SandboxClock {
  readonly #base: () => Date
  #offset = 0
  #latest = 0

  constructor(base: () => Date) {
    this.#base = base
  }

  /** Milliseconds since the epoch. */
  now(): number {
    this.#latest = Math.max(this.#latest, this.#base().getTime() + this.#offset)
    return this.#latest
  }

  /** Whole seconds since the epoch, the unit of every timestamp on the wire. */
  seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  /** Whole seconds of the base clock, without what was advanced. */
  baseSeconds(): number {
    return Math.floor(this.#base().getTime() / 1000)
  }

  /** Moves forward to an instant; an instant in the past changes nothing. */
  jumpTo(instant: number): void {
    const ahead = instant - this.now()
    if (ahead > 0) this.#offset += ahead
  }

  /** How far the sandbox is ahead of the base clock, to be kept across a restart. */
  get offset(): number {
    return this.#offset
  }

  restore(offset: number): void {
    this.#offset = offset
  }
}
