import { ApiError } from './errors.ts'
import type { IdempotencyRecord } from './store.ts'
import type { World } from './world.ts'

const longestKey = 255

/**
 * Looks a key up before its request is executed. Gives the kept answer, or undefined when the key is new (or so old
 * that it is new again). Refuses a key that is in flight (409) before anything else, then one that was first used
 * for another endpoint or with other parameters.
 */
export function findAnswer(
  world: World,
  key: string,
  endpoint: string,
  fingerprint: string,
): NonNullable<IdempotencyRecord['answer']> | undefined {
  if (key.length > longestKey) {
    throw new ApiError(400, {
      type: 'idempotency_error',
      message: `Idempotency keys can be at most ${longestKey} characters long.`,
    })
  }
  const known = world.store.idempotency.get(key)
  if (!known) return undefined
  if (known.answer === null) {
    throw new ApiError(409, {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
    })
  }
  if (world.clock.now() - known.createdAt >= world.settings.idempotencyRetentionMs) {
    world.store.idempotency.remove(key)
    return undefined
  }
  if (known.endpoint !== endpoint || known.fingerprint !== fingerprint) {
    throw new ApiError(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    })
  }
  return known.answer
}

/** Marks a key as in flight: execution begins now. */
export function beginKey(world: World, key: string, endpoint: string, fingerprint: string): void {
  world.store.idempotency.insert({
    id: key,
    endpoint,
    fingerprint,
    createdAt: world.clock.now(),
    answer: null,
  })
}

/** Keeps the answer for the next requests with the key. */
export function keepAnswer(
  world: World,
  key: string,
  answer: NonNullable<IdempotencyRecord['answer']>,
): void {
  const record = world.store.idempotency.get(key)
  if (record) record.answer = answer
}
