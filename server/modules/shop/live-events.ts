import { createHash } from 'node:crypto'
import type { EventForSale, EventId } from '#modules/catalog'
import type { Clock } from '#platform/clock'
import { liveTypes, type AvailabilitySource, type LiveType } from './availability.ts'
import type { EventPage } from './answers.ts'
import type { EventCache } from './event-cache.ts'
import { eventPageOf, liveMessageOf } from './event-page.ts'
import { createMemory } from './memory.ts'

/** An answer that was put into words once and is given to everybody until it changes. */
export interface Printed<Content> {
  readonly content: Content
  /** A string and not bytes: head and body then leave in one write, which is a fifth of the time of such an answer. */
  readonly body: string
  /** In quotes, as the header wants it. */
  readonly etag: string
}

export interface LiveEvent {
  readonly event: EventForSale
  readonly types: readonly LiveType[]
  readonly page: Printed<EventPage>
  /** The live stream's message, as JSON. */
  readonly message: string
}

export interface LiveEvents {
  /** The event as it stood at most 250 ms ago, if that is at hand without asking anybody. */
  atHand(eventId: EventId): LiveEvent | undefined
  /** The same, asking if need be; undefined when the public may not see it. */
  read(eventId: EventId): Promise<LiveEvent | undefined>
}

export interface LiveEventsDeps {
  clock: Clock
  cache: EventCache
  availability: AvailabilitySource
  testMode: boolean
}

/** Availability is looked at so often, in milliseconds, however many people ask. */
export const lookEvery = 250

export function createLiveEvents({ clock, cache, availability, testMode }: LiveEventsDeps): LiveEvents {
  const memory = createMemory<EventId, LiveEvent>({
    async read(eventId, before) {
      const event = await cache.eventForSale(eventId)
      if (!event) return undefined
      const types = liveTypes(event, await availability.of(event.orgId, eventId), clock.now())
      const message = JSON.stringify(liveMessageOf(types))
      // What did not change stays the same object, so that nothing is written twice.
      if (before?.event === event && before.message === message) return before
      return { event, types, message, page: print(eventPageOf(event, types, testMode)) }
    },
    now: () => clock.now().getTime(),
    keepFor: lookEvery,
    keepNothingFor: lookEvery,
    most: 5_000,
  })
  cache.onForget(() => memory.forget())
  return memory
}

export function print<Content>(content: Content): Printed<Content> {
  const body = JSON.stringify(content)
  return { content, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
