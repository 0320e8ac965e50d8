import type { EventPage, TicketType } from '@tessera/api-client'

/** What an event's page has to say first. */
export type Phase = 'cancelled' | 'over' | 'no_tickets' | 'sold_out' | 'not_yet' | 'ended' | 'open'

/** The event's phase at a time: cancelled and over beat everything, then what its tickets say together. */
export function phaseOf(event: EventPage, ticketTypes: readonly TicketType[], time: number): Phase {
  if (event.state === 'cancelled') return 'cancelled'
  if (new Date(event.endsAt).getTime() <= time) return 'over'
  if (ticketTypes.length === 0) return 'no_tickets'
  if (ticketTypes.some((type) => type.saleState === 'on_sale')) return 'open'
  if (ticketTypes.some((type) => type.saleState === 'not_yet')) return 'not_yet'
  return ticketTypes.some((type) => type.saleState === 'sold_out') ? 'sold_out' : 'ended'
}

/** The next time at which a ticket type goes on sale; null where none will. */
export function nextSaleStart(ticketTypes: readonly TicketType[]): string | null {
  const starts = ticketTypes
    .filter((type) => type.saleState === 'not_yet' && type.saleStartsAt !== null)
    .map((type) => type.saleStartsAt as string)
  return starts.sort()[0] ?? null
}

/** How many of a type can be chosen now, and from how many on; zero where none can. */
export function limitsOf(type: TicketType): { min: number; max: number } {
  if (type.saleState !== 'on_sale' || type.availability.band === 'none') return { min: 0, max: 0 }
  const max = Math.min(type.maxPerOrder, type.availability.left ?? type.maxPerOrder)
  return max < type.minPerOrder ? { min: 0, max: 0 } : { min: type.minPerOrder, max }
}
