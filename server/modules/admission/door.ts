import type { KeyObject } from 'node:crypto'
import { ensureEventKey, tallyByType, verifierOf, type EventId, type EventOnTicket } from '#modules/tickets'
import { withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { createScanDesk, type ScanDesk } from './scan-desk.ts'

export interface AdmissionDeps extends Pick<Platform, 'db' | 'clock' | 'keys' | 'log'> {
  readEvent(tx: Tx, orgId: OrgId, eventId: EventId): Promise<EventOnTicket | undefined>
}

export interface DoorEvent {
  event: EventOnTicket
  verifier: KeyObject
}

export interface Counts {
  admitted: number
  expected: number
}

/**
 * What a door keeps at hand so that a scan asks the database only about its ticket: the event's rules and key, and how
 * many are in. Rules are at most a few seconds old; the key never changes; counts are read again every second.
 */
export interface Door {
  /** Undefined: the organisation has no such event. */
  event(orgId: OrgId, eventId: EventId): Promise<DoorEvent | undefined>
  counts(orgId: OrgId, eventId: EventId): Promise<Counts>
  /** Where scans wait in line, one clerk per event. */
  readonly desk: ScanDesk
  /** Somebody went in here: this process's count is right at once, the others' within a second. */
  countOne(orgId: OrgId, eventId: EventId): void
}

const freshFor = { event: 2_000, counts: 1_000 }
const usableFor = { event: 10_000, counts: 60_000 }
const mostEvents = 500

export function createDoor(deps: AdmissionDeps): Door {
  const events = createMemory<DoorEvent | undefined>(freshFor.event, usableFor.event, deps.log)
  const counts = createMemory<Counts>(freshFor.counts, usableFor.counts, deps.log)
  return {
    desk: createScanDesk(deps),
    event: (orgId, eventId) => events.read(`${orgId}/${eventId}`, () => readDoorEvent(deps, orgId, eventId)),
    counts: (orgId, eventId) => counts.read(`${orgId}/${eventId}`, () => readCounts(deps, orgId, eventId)),
    countOne(orgId, eventId) {
      const known = counts.known(`${orgId}/${eventId}`)
      if (known) known.admitted += 1
    },
  }
}

function readDoorEvent(deps: AdmissionDeps, orgId: OrgId, eventId: EventId): Promise<DoorEvent | undefined> {
  return withOrg(deps.db, orgId, async (tx) => {
    const event = await deps.readEvent(tx, orgId, eventId)
    if (!event) return undefined
    const key = await ensureEventKey(deps, tx, orgId, eventId)
    return { event, verifier: verifierOf(key.publicKey) }
  })
}

function readCounts(deps: AdmissionDeps, orgId: OrgId, eventId: EventId): Promise<Counts> {
  return withOrg(deps.db, orgId, async (tx) => {
    const types = await tallyByType(tx, orgId, eventId)
    return {
      admitted: types.reduce((sum, type) => sum + type.admitted, 0),
      expected: types.reduce((sum, type) => sum + type.expected, 0),
    }
  })
}

interface Remembered<Value> {
  value: Value
  readAt: number
}

/** A value that is fresh is given at once; one that is still usable too, while it is read again behind the caller's back. */
function createMemory<Value>(fresh: number, usable: number, log: AdmissionDeps['log']) {
  const remembered = new Map<string, Remembered<Value>>()
  const reading = new Map<string, Promise<Value>>()

  function readAgain(key: string, read: () => Promise<Value>): Promise<Value> {
    const underWay = reading.get(key)
    if (underWay) return underWay
    const promise = read()
      .then((value) => {
        remembered.delete(key)
        for (const oldest of remembered.keys()) {
          if (remembered.size < mostEvents) break
          remembered.delete(oldest)
        }
        remembered.set(key, { value, readAt: performance.now() })
        return value
      })
      .finally(() => reading.delete(key))
    reading.set(key, promise)
    return promise
  }

  return {
    known: (key: string): Value | undefined => remembered.get(key)?.value,
    read(key: string, read: () => Promise<Value>): Promise<Value> {
      const known = remembered.get(key)
      const age = known ? performance.now() - known.readAt : Infinity
      if (known && age < usable) {
        if (age >= fresh)
          readAgain(key, read).catch((err: unknown) =>
            log.warn({ err }, 'a door cannot refresh what it knows'),
          )
        return Promise.resolve(known.value)
      }
      return readAgain(key, read)
    },
  }
}
