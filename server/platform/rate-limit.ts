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
      const name = `${limit} ${who.includes(':') ? network(who) : who}`
      const now = performance.now()
      const bucket = buckets.get(name) ?? { tokens: perMinute, at: now }
      // Taken out and put in again, because a map keeps the order of insertion: whoever was silent longest goes first, and
      // nobody is forgotten for the sake of addresses that they make up while they go on.
      buckets.delete(name)
      if (buckets.size >= options.mostCallers) {
        for (const silent of buckets.keys()) {
          buckets.delete(silent)
          break
        }
      }
      buckets.set(name, bucket)
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

/** An IPv6 caller is given a whole network (/64) to choose addresses from, so the network is the caller. */
function network(address: string): string {
  if (!/^[0-9a-f:]+(?:[0-9.]+)?$/i.test(address)) return address
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.toLowerCase().split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last]
  return `${groups.slice(0, 4).join(':')}::/64`
}
