/** Limits per address and minute (security.md); operators can change them. */
export const defaultLimits = {
  everything: 100,
  reads: 600,
  pages: 3000,
  holds: 60,
  purchases: 30,
  paymentSessions: 20,
  refunds: 5,
  signIn: 10,
  mails: 5,
  scans: 3000,
  webhooks: 6000,
} as const

export type LimitName = keyof typeof defaultLimits
export type Limits = Record<LimitName, number>

export interface Limiter {
  /** Takes one from the bucket; 0 when there was one, else the milliseconds until there will be. */
  take(limit: LimitName, who: string): number
}

interface Bucket {
  tokens: number
  at: number
}

/**
 * Token buckets in memory, one per limit and caller. Taking one is a map look-up, since it happens on every request;
 * each process counts for itself.
 */
export function createLimiter(
  limits: Limits,
  options: { mostCallers: number } = { mostCallers: 200_000 },
): Limiter {
  const buckets = new Map<string, Bucket>()
  return {
    take(limit, who) {
      const perMinute = limits[limit]
      if (perMinute === Infinity) return 0
      const name = `${limit} ${who}`
      const now = performance.now()
      const bucket = buckets.get(name)
      if (!bucket) {
        // The oldest entries go first: a map keeps the order of insertion.
        if (buckets.size >= options.mostCallers) for (const key of buckets.keys()) { buckets.delete(key); break } // oxfmt-ignore
        buckets.set(name, { tokens: perMinute - 1, at: now })
        return 0
      }
      bucket.tokens = Math.min(perMinute, bucket.tokens + ((now - bucket.at) * perMinute) / 60_000)
      bucket.at = now
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1
        return 0
      }
      return ((1 - bucket.tokens) * 60_000) / perMinute
    },
  }
}
