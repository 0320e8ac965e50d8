import { withOrg, type Database } from '#platform/database'
import type { Clock } from '#platform/clock'
import { newId, type Id, type OrgId } from '#platform/ids'
import { publishNow, type Messages } from '#platform/messages'
import type { Draws, EventId, Pool, TicketTypeId } from './hold.ts'
import * as store from './hold-store.ts'
import { releaseExpiredHoldsOf } from './move-holds.ts'

export interface Available {
  left: number
  capacity: number
}

export type Availability = ReadonlyMap<TicketTypeId, Available>

/**
 * What is free now, per ticket type, from memory. The desk that just moved the counters says so; other processes are
 * told at most every `quiet` milliseconds per event; and whatever is older than `fresh` is read again.
 */
export interface LiveAvailability {
  of(orgId: OrgId, eventId: EventId): Promise<Availability>
  moved(orgId: OrgId, eventId: EventId, pools: readonly Pool[], draws: Draws): void
  /** Forget what is known of an event, here and elsewhere. */
  stale(eventId: EventId): void
  /** Called at most every `quiet` milliseconds per event that changed. */
  onChange(listener: (eventId: EventId) => void): () => void
}

interface Known {
  availability: Availability
  at: number
}

const quiet = 250
const fresh = 1000
const mostEvents = 10_000

export function createLiveAvailability(
  deps: { db: Database; clock: Clock },
  messages: Messages,
): LiveAvailability {
  const known = new Map<EventId, Known>()
  const reading = new Map<EventId, Promise<Availability>>()
  const listeners = new Set<(eventId: EventId) => void>()
  const pending = new Set<EventId>()
  const us = newId<Id<'proc'>>()

  function tell(eventId: EventId, elsewhere: boolean): void {
    if (pending.has(eventId)) return
    pending.add(eventId)
    setTimeout(() => {
      pending.delete(eventId)
      for (const listener of listeners) listener(eventId)
      // A lost hint is no harm: what others know becomes old by itself.
      if (elsewhere) publishNow(deps.db, 'stock-moved', `${us} ${eventId}`).catch(() => undefined)
    }, quiet).unref()
  }

  async function read(orgId: OrgId, eventId: EventId): Promise<Availability> {
    let [pools, draws] = await readStock(deps.db, orgId, eventId)
    if (pools.some((pool) => pool.capacity <= pool.held + pool.sold && pool.held > 0)) {
      // Nobody is told "sold out" because of holds that are dead and only not yet tidied.
      const released = await releaseExpiredHoldsOf(deps, orgId, eventId)
      if (released > 0) [pools, draws] = await readStock(deps.db, orgId, eventId)
    }
    const availability = freeOf(pools, draws)
    remember(eventId, availability)
    return availability
  }

  function remember(eventId: EventId, availability: Availability): void {
    known.delete(eventId)
    known.set(eventId, { availability, at: performance.now() })
    if (known.size > mostEvents) for (const oldest of known.keys()) { known.delete(oldest); break } // oxfmt-ignore
  }

  messages.subscribe('stock-moved', (payload) => {
    const [sender, eventId] = payload.split(' ') as [string, EventId]
    if (sender === us) return
    known.delete(eventId)
    tell(eventId, false)
  })

  return {
    async of(orgId, eventId) {
      const have = known.get(eventId)
      if (have && performance.now() - have.at < fresh) return have.availability
      let running = reading.get(eventId)
      if (!running) {
        running = read(orgId, eventId).finally(() => reading.delete(eventId))
        reading.set(eventId, running)
      }
      return running
    },
    moved(_orgId, eventId, pools, draws) {
      remember(eventId, freeOf(pools, draws))
      tell(eventId, true)
    },
    stale(eventId) {
      known.delete(eventId)
      tell(eventId, true)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function readStock(db: Database, orgId: OrgId, eventId: EventId): Promise<[Pool[], Draws]> {
  return withOrg(db, orgId, async (tx) => [
    await store.readPools(tx, orgId, eventId),
    await store.readDraws(tx, orgId, eventId),
  ])
}

/** A type can sell as many as its scarcest pool has left. */
export function freeOf(pools: readonly Pool[], draws: Draws): Availability {
  const byId = new Map(pools.map((pool) => [pool.id, pool]))
  const availability = new Map<TicketTypeId, Available>()
  for (const [type, poolIds] of draws) {
    const drawn = poolIds.map((id) => byId.get(id)).filter((pool) => pool !== undefined)
    if (drawn.length === 0) continue
    availability.set(type, {
      left: Math.max(0, Math.min(...drawn.map((pool) => pool.capacity - pool.held - pool.sold))),
      capacity: Math.min(...drawn.map((pool) => pool.capacity)),
    })
  }
  return availability
}
