import type { Clock } from '#platform/clock'
import { withOrgClient, type Database } from '#platform/database'
import { createDesk, type Desk } from '#platform/desk'
import { publicId, type OrgId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import type { Metrics } from '#platform/telemetry'
import * as store from './hold-store.ts'
import {
  holdTime,
  placesOf,
  sameLines,
  stateAt,
  type Draws,
  type EventId,
  type Hold,
  type HoldId,
  type HoldLine,
  type Pool,
  type PoolId,
  type TicketTypeId,
} from './hold.ts'
import { holdsProblems } from './problems.ts'

export interface HoldRequest {
  orgId: OrgId
  eventId: EventId
  id: HoldId
  browserHash: string
  lines: readonly HoldLine[]
}

export interface Placed {
  hold: Hold
  /** False when this very hold had been placed before. */
  fresh: boolean
}

export type HoldsDesk = Desk<HoldRequest, Placed>

interface DeskDeps {
  db: Database
  clock: Clock
  metrics: Metrics
  /** Told after each commit what the counters are now, so that live availability costs no query. */
  stockMoved(orgId: OrgId, eventId: EventId, pools: readonly Pool[], draws: Draws): void
}

const limits = { batch: 256, line: 5000, patience: 3000 }

/** One clerk per event: whoever waits is served in one transaction. Several processes may do so; the row locks make it right. */
export function createHoldsDesk(deps: DeskDeps): HoldsDesk {
  return createDesk<HoldRequest, Placed>({
    ...limits,
    async serve(_eventId, requests) {
      const [first] = requests
      if (!first) return []
      const { orgId, eventId } = first
      const counter = await withOrgClient(deps.db, orgId, (client) =>
        serveBatch(client, deps.clock.now(), orgId, eventId, requests),
      )
      killPoint('holds.placed')
      deps.metrics.count('holds_placed', {}, counter.granted)
      deps.stockMoved(orgId, eventId, [...counter.pools.values()], counter.draws)
      return counter.answers
    },
  })
}

type Client = Parameters<Parameters<typeof withOrgClient>[2]>[0]

async function serveBatch(
  client: Client,
  now: Date,
  orgId: OrgId,
  eventId: EventId,
  requests: readonly HoldRequest[],
) {
  const [pools, draws, rivals] = await Promise.all([
    store.lockPoolsRaw(client, orgId, eventId),
    store.readDrawsRaw(client, orgId, eventId),
    store.findRivalsRaw(
      client,
      orgId,
      eventId,
      requests.map((r) => r.id),
      requests.map((r) => r.browserHash),
    ),
  ])
  const counter = new Counter(now, pools, draws, rivals)
  let answers = requests.map((request) => counter.decide(request))
  if (counter.ranShort) {
    // "Sold out" is never said before the dead holds of this event were taken back, in this same transaction.
    const dead = await store.expireDeadRaw(client, orgId, eventId, now)
    if (dead.length > 0) {
      const again = new Counter(
        now,
        pools,
        draws,
        rivals.filter((hold) => stateAt(hold, now) !== 'expired' || hold.state !== 'active'),
      )
      again.takeBack(dead)
      answers = requests.map((request) => again.decide(request))
      return finish(client, orgId, eventId, again, answers)
    }
  }
  return finish(client, orgId, eventId, counter, answers)
}

async function finish(
  client: Client,
  orgId: OrgId,
  eventId: EventId,
  counter: Counter,
  answers: (Placed | Error)[],
) {
  const changes = counter.changes()
  const work: Promise<void>[] = []
  if (counter.replaced.length > 0) work.push(store.releaseRaw(client, orgId, counter.replaced))
  const holds = [...counter.granted.values()]
  if (holds.length > 0) work.push(store.insertHoldsRaw(client, orgId, eventId, holds))
  if (changes.size > 0) work.push(store.moveHeldRaw(client, orgId, changes))
  await Promise.all(work)
  return { answers, granted: holds.length, pools: counter.pools, draws: counter.draws }
}

/** Decides a line of requests in the order of their arrival, against counters that nobody else can move now. */
class Counter {
  readonly pools: Map<PoolId, Pool>
  readonly draws: Draws
  readonly granted = new Map<HoldId, store.NewHold>()
  readonly replaced: HoldId[] = []
  ranShort = false
  readonly #now: Date
  readonly #before: Map<PoolId, number>
  readonly #known: Map<HoldId, Hold>
  readonly #openOf: Map<string, Hold>

  constructor(now: Date, pools: readonly Pool[], draws: Draws, rivals: readonly Hold[]) {
    this.#now = now
    this.pools = new Map(pools.map((pool) => [pool.id, { ...pool }]))
    this.#before = new Map(pools.map((pool) => [pool.id, pool.held]))
    this.draws = draws
    this.#known = new Map(rivals.map((hold) => [hold.id, hold]))
    this.#openOf = new Map(
      rivals.filter((hold) => hold.state === 'active').map((hold) => [hold.browserHash, hold]),
    )
  }

  decide(request: HoldRequest): Placed | Error {
    const same = this.#known.get(request.id)
    if (same) return this.#repeat(same, request)
    for (const [index, line] of request.lines.entries()) {
      if ((this.draws.get(line.ticketTypeId) ?? []).length === 0)
        return holdsProblems.unknownTicketType({ field: `/lines/${index}/ticketTypeId` })
    }
    // The browser's older hold is given back first: its places may be the ones that it wants now.
    const older = this.#openOf.get(request.browserHash)
    if (older) this.#move(older.lines, -1)
    const short = this.#shortage(request.lines)
    if (short) {
      if (older) this.#move(older.lines, 1)
      this.ranShort = true
      return holdsProblems.soldOut({
        field: `/lines/${short.index}`,
        extras: { ticketTypeId: publicId('tty', short.ticketTypeId), left: short.left },
      })
    }
    this.#move(request.lines, 1)
    if (older) this.#forget(older)
    const hold: Hold = {
      ...request,
      lines: [...request.lines],
      state: 'active',
      expiresAt: new Date(this.#now.getTime() + holdTime),
    }
    this.granted.set(hold.id, {
      id: hold.id,
      browserHash: hold.browserHash,
      lines: hold.lines,
      expiresAt: hold.expiresAt as Date,
    })
    this.#known.set(hold.id, hold)
    this.#openOf.set(hold.browserHash, hold)
    return { hold, fresh: true }
  }

  takeBack(lines: readonly HoldLine[]): void {
    this.#move(lines, -1)
  }

  changes(): Map<PoolId, number> {
    const changes = new Map<PoolId, number>()
    for (const [id, pool] of this.pools) {
      const change = pool.held - (this.#before.get(id) ?? 0)
      if (change !== 0) changes.set(id, change)
    }
    return changes
  }

  #repeat(hold: Hold, request: HoldRequest): Placed | Error {
    const isSame =
      hold.browserHash === request.browserHash &&
      hold.eventId === request.eventId &&
      sameLines(hold.lines, request.lines)
    return isSame
      ? { hold: { ...hold, state: stateAt(hold, this.#now) }, fresh: false }
      : holdsProblems.idTaken({ field: '/id' })
  }

  #shortage(
    lines: readonly HoldLine[],
  ): { index: number; ticketTypeId: TicketTypeId; left: number } | undefined {
    const wanted = new Map<PoolId, number>()
    for (const [index, line] of lines.entries()) {
      for (const id of this.draws.get(line.ticketTypeId) ?? []) {
        const pool = this.pools.get(id)
        const taken = wanted.get(id) ?? 0
        const left = pool ? pool.capacity - pool.held - pool.sold - taken : 0
        if (left < line.quantity) return { index, ticketTypeId: line.ticketTypeId, left: Math.max(0, left) }
        wanted.set(id, taken + line.quantity)
      }
    }
    return undefined
  }

  #move(lines: readonly HoldLine[], sign: 1 | -1): void {
    for (const [id, places] of placesOf(lines, this.draws)) {
      const pool = this.pools.get(id)
      if (pool) pool.held += sign * places
    }
  }

  #forget(hold: Hold): void {
    // Two requests of one browser may meet in one batch: then the older one was never written.
    if (!this.granted.delete(hold.id)) this.replaced.push(hold.id)
    this.#known.set(hold.id, { ...hold, state: 'released', expiresAt: null })
  }
}
