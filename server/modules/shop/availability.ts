import {
  saleWindowOf,
  type EventForSale,
  type EventId,
  type TicketType,
  type TicketTypeId,
} from '#modules/catalog'
import type { OrgId } from '#platform/ids'

/** Exact numbers, from the module that owns the stock. They stay inside; the public sees bands. */
export interface AvailabilitySource {
  of(orgId: OrgId, eventId: EventId): Promise<ReadonlyMap<TicketTypeId, { left: number; capacity: number }>>
  /** Says that an event's numbers moved, a few times a second at most. */
  onChange(listener: (eventId: EventId) => void): () => void
}

export type Stock = Awaited<ReturnType<AvailabilitySource['of']>>

export type Band = 'many' | 'few' | 'last' | 'none'
export type SaleState = 'not_yet' | 'on_sale' | 'ended' | 'sold_out'

export interface LiveType {
  ticketTypeId: TicketTypeId
  saleState: SaleState
  band: Band
  /** A number only when so few are left that it helps to know. */
  left: number | null
}

const lastFew = 5

/** Few is a tenth of all places or less; up to five are named. */
export function bandOf({ left, capacity }: { left: number; capacity: number }): Band {
  if (left <= 0) return 'none'
  if (left <= lastFew) return 'last'
  return left * 10 <= capacity ? 'few' : 'many'
}

/** How each ticket type of an event stands now. One that nobody can buy (fewer left than the least per order) is sold out. */
export function liveTypes(event: EventForSale, stock: Stock, now: Date): LiveType[] {
  return event.ticketTypes.map((type) => {
    const places = stock.get(type.id) ?? { left: 0, capacity: 0 }
    const band = places.left < type.minPerOrder ? 'none' : bandOf(places)
    return {
      ticketTypeId: type.id,
      saleState: saleStateOf(event, type, band, now),
      band,
      left: band === 'last' ? places.left : null,
    }
  })
}

function saleStateOf(event: EventForSale, type: TicketType, band: Band, now: Date): SaleState {
  if (event.state !== 'published') return 'ended'
  const window = saleWindowOf(type, now)
  return window !== 'ended' && band === 'none' ? 'sold_out' : window
}

const bands: readonly Band[] = ['many', 'few', 'last', 'none']

/** An event is as available as its most available ticket type that is not over. */
export function bestBand(types: readonly LiveType[]): Band {
  const open = new Set(types.filter((type) => type.saleState !== 'ended').map((type) => type.band))
  return bands.find((band) => open.has(band)) ?? 'none'
}
