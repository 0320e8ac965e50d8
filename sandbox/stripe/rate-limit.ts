import { ApiError } from './errors.ts'
import type { World } from './world.ts'

/** A bucket that holds one second's worth of requests and is refilled by the sandbox's clock. */
export class RateLimit {
  readonly #world: World
  #tokens: number | null = null
  #filledAt = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Takes one request out of the bucket; refuses with 429 when it is empty. */
  take(): void {
    const rate = this.#world.settings.rateLimitPerSecond
    if (rate === null) return
    const now = this.#world.clock.now()
    const filled = this.#tokens === null ? rate : this.#tokens + ((now - this.#filledAt) * rate) / 1000
    this.#tokens = Math.min(rate, filled)
    this.#filledAt = now
    if (this.#tokens < 1) throw rateLimited('rate_limit')
    this.#tokens -= 1
  }
}

/** The 429 of a request that came too fast, or of one that met another on the same object. */
export function rateLimited(code: 'rate_limit' | 'lock_timeout'): ApiError {
  if (code === 'lock_timeout') {
    return new ApiError(429, {
      type: 'invalid_request_error',
      code,
      message:
        'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request.',
    })
  }
  return new ApiError(
    429,
    {
      type: 'invalid_request_error',
      code,
      message:
        'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
    { 'Stripe-Rate-Limited-Reason': 'global-rate' },
  )
}
