import type { Clock } from '#platform/clock'
import { asPlatform, withOrg, type Database, type Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import {
  stateAt,
  placesOf,
  type EventId,
  type Hold,
  type HoldId,
  type HoldLine,
  type PoolId,
} from './hold.ts'
import * as store from './hold-store.ts'
import { browserHashOf } from './place-hold.ts'

type Counters = Map<PoolId, { held: number; sold: number }>

/** The hold as its browser may see it. To anyone else it does not exist (request.not-found). */
export async function readHoldOf(
  deps: { db: Database; clock: Clock },
  orgId: OrgId,
  eventId: EventId,
  holdId: HoldId,
  browserKey: string,
): Promise<Hold> {
  const hold = await withOrg(deps.db, orgId, (tx) => store.readHold(tx, orgId, holdId))
  if (!hold || hold.eventId !== eventId || hold.browserHash !== browserHashOf(browserKey))
    throw requestProblems.notFound()
  return { ...hold, state: stateAt(hold, deps.clock.now()) }
}

/** The buyer lets go. Safe to repeat; a hold in payment stays, because money may be on its way. */
export async function releaseHold(
  deps: { db: Database; clock: Clock },
  orgId: OrgId,
  eventId: EventId,
  holdId: HoldId,
  browserKey: string,
): Promise<boolean> {
  const hold = await readHoldOf(deps, orgId, eventId, holdId, browserKey)
  if (hold.state !== 'active') return false
  return withOrg(deps.db, orgId, async (tx) => {
    const draws = await lockAndReadDraws(tx, orgId, eventId)
    const released = await store.moveHolds(tx, orgId, [holdId], 'release', deps.clock.now())
    await store.moveCounters(tx, orgId, countersOf(released, draws, { held: -1, sold: 0 }))
    return released.length === 1
  })
}

/** From now on these holds do not run out: they are being paid. Returns those that could be moved. */
export async function startPayment(
  tx: Tx,
  orgId: OrgId,
  holdIds: readonly HoldId[],
  now: Date,
): Promise<Hold[]> {
  return store.moveHolds(tx, orgId, holdIds, 'startPayment', now)
}

/** Sold: held places become sold places. Returns the holds that were converted; each can be once. All are of one event. */
export async function convertHolds(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  holdIds: readonly HoldId[],
  now: Date,
): Promise<Hold[]> {
  const draws = await lockAndReadDraws(tx, orgId, eventId)
  const converted = await store.moveHolds(tx, orgId, holdIds, 'convert', now)
  await store.moveCounters(tx, orgId, countersOf(converted, draws, { held: -1, sold: 1 }))
  return converted
}

/** Gives back the places of holds in payment, once the provider said that they can no longer be paid. */
export async function giveBackHolds(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  holdIds: readonly HoldId[],
  now: Date,
): Promise<Hold[]> {
  const draws = await lockAndReadDraws(tx, orgId, eventId)
  const moved = [
    ...(await store.moveHolds(tx, orgId, holdIds, 'giveBack', now)),
    ...(await store.moveHolds(tx, orgId, holdIds, 'release', now)),
  ]
  await store.moveCounters(tx, orgId, countersOf(moved, draws, { held: -1, sold: 0 }))
  return moved
}

export interface LateClaim {
  /** The hold that had gone back. */
  holdId: HoldId
  browserHash: string
  lines: readonly HoldLine[]
}

/** For payments that landed although the places were given back: sells again to those for whom places are free, in order. Returns their holds. */
export async function takeAgain(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  claims: readonly LateClaim[],
  now: Date,
): Promise<Set<HoldId>> {
  const pools = await store.lockPools(tx, orgId, eventId)
  const draws = await store.readDraws(tx, orgId, eventId)
  const dead = await expireDead(tx, orgId, eventId, now)
  const counters: Counters = countersOf(dead, draws, { held: -1, sold: 0 })
  const served = new Set<HoldId>()
  for (const claim of claims) {
    const places = placesOf(claim.lines, draws)
    const fits = [...places].every(([id, wanted]) => {
      const pool = pools.find((one) => one.id === id)
      const change = counters.get(id) ?? { held: 0, sold: 0 }
      return pool !== undefined && pool.capacity - pool.held - pool.sold - change.held - change.sold >= wanted
    })
    if (!fits || places.size === 0) continue
    for (const [id, wanted] of places) {
      const change = counters.get(id) ?? { held: 0, sold: 0 }
      counters.set(id, { held: change.held, sold: change.sold + wanted })
    }
    await store.insertConverted(tx, orgId, eventId, {
      id: newId<HoldId>(),
      browserHash: claim.browserHash,
      lines: claim.lines,
    })
    served.add(claim.holdId)
  }
  await store.moveCounters(tx, orgId, counters)
  return served
}

/** Tidies up: ends the active holds of an event whose time is over, and frees their places. Returns how many. */
export async function releaseExpiredHoldsOf(
  deps: { db: Database; clock: Clock },
  orgId: OrgId,
  eventId: EventId,
): Promise<number> {
  return withOrg(deps.db, orgId, async (tx) => {
    const draws = await lockAndReadDraws(tx, orgId, eventId)
    const dead = await expireDead(tx, orgId, eventId, deps.clock.now())
    await store.moveCounters(tx, orgId, countersOf(dead, draws, { held: -1, sold: 0 }))
    return dead.length
  })
}

/** The sweep over all tenants, job `holds.release-expired`. Expiry itself is a predicate; this only tidies. */
export async function releaseExpiredHolds(deps: { db: Database; clock: Clock }): Promise<number> {
  const events = await asPlatform(deps.db, (tx) => store.eventsWithDeadHolds(tx, deps.clock.now(), 1000))
  let released = 0
  for (const { orgId, eventId } of events) released += await releaseExpiredHoldsOf(deps, orgId, eventId)
  return released
}

async function expireDead(tx: Tx, orgId: OrgId, eventId: EventId, now: Date): Promise<Hold[]> {
  const ids = await store.deadHolds(tx, orgId, eventId, now)
  return ids.length === 0 ? [] : store.moveHolds(tx, orgId, ids, 'expire', now)
}

async function lockAndReadDraws(tx: Tx, orgId: OrgId, eventId: EventId) {
  await store.lockPools(tx, orgId, eventId)
  return store.readDraws(tx, orgId, eventId)
}

function countersOf(
  holds: readonly Hold[],
  draws: Parameters<typeof placesOf>[1],
  by: { held: number; sold: number },
): Counters {
  const counters: Counters = new Map()
  for (const hold of holds) {
    for (const [id, places] of placesOf(hold.lines, draws)) {
      const sum = counters.get(id) ?? { held: 0, sold: 0 }
      counters.set(id, { held: sum.held + by.held * places, sold: sum.sold + by.sold * places })
    }
  }
  return counters
}
