import type { TicketType } from './types.ts'

export type AvailabilityMessage = {
  ticketTypes: Pick<TicketType, 'id' | 'saleState' | 'availability'>[]
}

/**
 * Follows an event's availability until the returned function is called. The browser reconnects by itself;
 * `onConnection(false)` says that what is shown may be out of date for the moment.
 */
export function watchAvailability(
  eventId: string,
  onMessage: (message: AvailabilityMessage) => void,
  onConnection: (connected: boolean) => void,
): () => void {
  const source = new EventSource(`/v1/events/${encodeURIComponent(eventId)}/live`)
  source.addEventListener('open', () => onConnection(true))
  source.addEventListener('error', () => onConnection(false))
  source.addEventListener('availability', (event) => {
    onConnection(true)
    onMessage(JSON.parse((event as MessageEvent<string>).data) as AvailabilityMessage)
  })
  return () => source.close()
}
