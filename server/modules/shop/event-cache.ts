import {
  catalogChangedChannel,
  findEventForSale,
  readCatalogChange,
  type EventForSale,
  type EventId,
} from '#modules/catalog'
import type { Clock } from '#platform/clock'
import type { Database } from '#platform/database'
import type { Messages } from '#platform/messages'
import { createMemory } from './memory.ts'

/**
 * Events as they are sold, in this process's memory. A change of the catalogue is heard from the process that made it;
 * should that message be lost, what is kept is read again after a few seconds anyway.
 */
export interface EventCache {
  /** Published or cancelled; undefined for a draft as for what does not exist. */
  eventForSale(eventId: EventId): Promise<EventForSale | undefined>
  /** Called when what was made of events may be out of date. */
  onForget(listener: () => void): () => void
  close(): void
}

export interface EventCacheDeps {
  db: Database
  clock: Clock
  messages: Messages
}

export function createEventCache({ db, clock, messages }: EventCacheDeps): EventCache {
  const listeners = new Set<() => void>()
  const events = createMemory<EventId, EventForSale>({
    async read(eventId) {
      const event = await findEventForSale(db, eventId)
      return event?.state === 'draft' ? undefined : event
    },
    now: () => clock.now().getTime(),
    keepFor: 5_000,
    keepNothingFor: 1_000,
    most: 10_000,
  })
  const unsubscribe = messages.subscribe(catalogChangedChannel, (payload) => {
    const change = readCatalogChange(payload)
    events.forget((event, id) =>
      change.eventId === null ? event?.orgId === change.orgId : id === change.eventId,
    )
    for (const listener of listeners) listener()
  })
  return {
    eventForSale: (eventId) => events.read(eventId),
    onForget(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: unsubscribe,
  }
}
