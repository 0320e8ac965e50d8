import type { Id } from '#platform/ids'
import type { Machine } from '#platform/state-machine'

export type EventId = Id<'evt'>
export type TicketTypeId = Id<'tty'>
export type PoolId = Id<'pol'>
export type HoldId = Id<'hld'>

export type HoldState = 'active' | 'paying' | 'converted' | 'released' | 'expired'
type HoldEvent = 'startPayment' | 'convert' | 'release' | 'expire' | 'giveBack'

/** Every life that a hold can have. */
export const holdMachine = {
  active: { startPayment: 'paying', convert: 'converted', release: 'released', expire: 'expired' },
  // Only once the provider said that it can no longer be paid does a hold in payment give its places back.
  paying: { convert: 'converted', giveBack: 'released' },
  // Sold: a refund gives places back from `sold`, not from here.
  converted: {},
  // The buyer let go.
  released: {},
  // Time let go.
  expired: {},
} satisfies Machine<HoldState, HoldEvent>

export interface HoldLine {
  ticketTypeId: TicketTypeId
  quantity: number
}

export interface Hold {
  id: HoldId
  eventId: EventId
  browserHash: string
  state: HoldState
  expiresAt: Date | null
  lines: HoldLine[]
}

export interface Pool {
  id: PoolId
  capacity: number
  held: number
  sold: number
}

/** How long places stay set aside for a basket, in milliseconds. */
export const holdTime = 10 * 60_000

/** An active hold whose time is over counts for nothing, whether or not somebody has tidied it up. */
export function stateAt(hold: Pick<Hold, 'state' | 'expiresAt'>, now: Date): HoldState {
  return hold.state === 'active' && hold.expiresAt !== null && hold.expiresAt <= now ? 'expired' : hold.state
}

/** Which pools each ticket type draws from. */
export type Draws = ReadonlyMap<TicketTypeId, readonly PoolId[]>

/** How many places of each pool these lines take. */
export function placesOf(lines: readonly HoldLine[], draws: Draws): Map<PoolId, number> {
  const places = new Map<PoolId, number>()
  for (const line of lines) {
    for (const pool of draws.get(line.ticketTypeId) ?? [])
      places.set(pool, (places.get(pool) ?? 0) + line.quantity)
  }
  return places
}

export function sameLines(left: readonly HoldLine[], right: readonly HoldLine[]): boolean {
  const text = (lines: readonly HoldLine[]) =>
    lines
      .map((line) => `${line.ticketTypeId} ${line.quantity}`)
      .toSorted()
      .join()
  return text(left) === text(right)
}
