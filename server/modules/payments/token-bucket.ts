/**
 * Calls per second that we allow ourselves. The provider's limit counts for the whole installation; each process has a
 * bucket, and a refusal by the provider empties it, so that several processes find their shares.
 */
export interface TokenBucket {
  take(): boolean
  /** Milliseconds until there is a token; 0 when there is one now. */
  wait(): number
  /** The provider said that it was too much. */
  slowDown(): void
}

export function createTokenBucket(
  perSecond: number,
  now: () => number = () => performance.now(),
): TokenBucket {
  const size = Math.max(1, perSecond)
  let tokens = size
  let at = now()
  let closedUntil = 0
  const refill = () => {
    const time = now()
    tokens = perSecond === Infinity ? Infinity : Math.min(size, tokens + ((time - at) * perSecond) / 1000)
    at = time
    return time
  }
  return {
    take() {
      if (refill() < closedUntil || tokens < 1) return false
      tokens -= 1
      return true
    },
    wait() {
      const time = refill()
      if (time < closedUntil) return closedUntil - time
      return tokens >= 1 ? 0 : ((1 - tokens) * 1000) / perSecond
    },
    slowDown() {
      closedUntil = refill() + 1000
      if (perSecond !== Infinity) tokens = 0
    },
  }
}
