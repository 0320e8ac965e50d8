/** For this long after it was last seen, the same code is the same ticket still being held up. */
export const REPEAT_MS = 3000

/**
 * Tells a new code from one that is merely still in front of the camera. Every sight of a code counts: a
 * ticket that is held up for ten seconds is one scan, and the next one begins three seconds after it left.
 */
export class RepeatGuard {
  private code = ''
  private seenAt = -Infinity

  /** True when the code is to be checked; `time` in milliseconds. */
  isNew(code: string, time: number): boolean {
    const repeated = code === this.code && time - this.seenAt < REPEAT_MS
    this.code = code
    this.seenAt = time
    return !repeated
  }

  /** Forgets the last code, so that it can be tried again at once (after a check that got no answer). */
  forget(): void {
    this.code = ''
  }
}
