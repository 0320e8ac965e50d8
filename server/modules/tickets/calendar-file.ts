import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import { publicId } from '#platform/ids'
import { languageOf, placeOf } from './ticket-words.ts'
import type { EventOnTicket, OrderForTickets } from './ticket.ts'

/**
 * The event for the buyer's calendar (iCalendar, RFC 5545). Calendars are shared and synchronised, so it carries neither
 * codes nor the guest's link. The same event always has the same UID: loading it again moves the entry, and makes no second one.
 */
export function calendarFile(
  event: EventOnTicket,
  order: Pick<OrderForTickets, 'number' | 'locale'>,
  options: { publicUrl: string; now: Date },
): string {
  const language = languageOf(order.locale)
  const place = event.venue ? placeOf(event.venue, language) : undefined
  const page = `${options.publicUrl}/${event.organiser.slug}/${event.slug}`
  const calendar = ical({
    prodId: { company: 'Tessera', product: 'Tickets', language: language.toUpperCase() },
    method: ICalCalendarMethod.PUBLISH,
  })
  const entry = calendar.createEvent({
    id: `${publicId('evt', event.id)}@${new URL(options.publicUrl).hostname}`,
    stamp: options.now,
    start: event.startsAt,
    end: event.endsAt,
    summary: event.name,
    description: [event.summary, `${language === 'de' ? 'Bestellung' : 'Order'} ${order.number}`, page]
      .filter((text) => text !== '')
      .join('\n\n'),
    url: page,
    status: event.state === 'cancelled' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  })
  if (place) entry.location([place.name, ...place.lines].join(', '))
  const { latitude, longitude } = event.venue ?? {}
  // Apple's and others' maps want to know where; RFC 5545 calls it GEO.
  if (place && typeof latitude === 'number' && typeof longitude === 'number') {
    entry.location({
      title: place.name,
      address: place.lines.join(', '),
      geo: { lat: latitude, lon: longitude },
    })
  }
  // Every line ends with CRLF, the last one too (RFC 5545, 3.1); the library leaves that one out.
  return `${calendar.toString().trimEnd()}\r\n`
}
