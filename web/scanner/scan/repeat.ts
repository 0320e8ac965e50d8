/** For this long after it was last seen, the same code is the same ticket still being held up. */
export const REPEAT_MS = 3000

/**
 * Tells a new code from one that is merely still in front of the camera. Every sight of a code counts: a
 * ticket that is held up for ten seconds is one scan, and the next one begins three seconds after it left.
 * Each code has its own time, so that two telephones held up side by side are two scans and not twenty.
 */
export class RepeatGuard {
  /** By code, the time until which it is not new. */
  private readonly quietUntil = new Map<string, number>()
  /** Codes whose time being in sight does not prolong. */
  private readonly retried = new Set<string>()

  /** True when the code is to be checked; `time` in milliseconds. */
  isNew(code: string, time: number): boolean {
    for (const [other, until] of this.quietUntil) if (until <= time) this.quietUntil.delete(other)
    const fresh = !this.quietUntil.has(code)
    if (fresh) this.retried.delete(code)
    if (!this.retried.has(code)) this.quietUntil.set(code, time + REPEAT_MS)
    return fresh
  }

  /** Lets a code be checked again in three seconds, even if it stays in sight: its check got no answer. */
  retryLater(code: string, time: number): void {
    this.quietUntil.set(code, time + REPEAT_MS)
    this.retried.add(code)
  }
}
