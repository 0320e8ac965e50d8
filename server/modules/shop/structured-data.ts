import { Temporal } from 'temporal-polyfill'
import type { EventPage } from './answers.ts'

/** An amount in minor units as a decimal: 4500 EUR is "45.00", 4500 JPY "4500". Digits are moved, nothing is divided. */
export function decimalOf({ amount, currency }: { amount: number; currency: string }): string {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  const text = String(amount).padStart(digits + 1, '0')
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** A moment with the offset of the place, as search engines want it: 2026-12-12T20:00:00+01:00. */
export function localTime(at: string, timeZone: string): string {
  return Temporal.Instant.from(at)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' })
}

const availabilityOf: Record<EventPage['ticketTypes'][number]['saleState'], string> = {
  on_sale: 'InStock',
  not_yet: 'PreOrder',
  ended: 'Discontinued',
  sold_out: 'SoldOut',
}

/** The event as schema.org/Event, with one offer for each ticket type. `url` is the address of its page. */
export function structuredEvent(page: EventPage, url: string): Record<string, unknown> {
  const at = (time: string) => localTime(time, page.timeZone)
  return {
    '@context': 'https://schema.org',
    '@type': 'Event',
    name: page.name,
    url,
    startDate: at(page.startsAt),
    endDate: at(page.endsAt),
    ...(page.doorsAt === null ? {} : { doorTime: at(page.doorsAt) }),
    eventStatus: `https://schema.org/${page.state === 'cancelled' ? 'EventCancelled' : 'EventScheduled'}`,
    eventAttendanceMode: 'https://schema.org/OfflineEventAttendanceMode',
    ...(page.imageUrl === null ? {} : { image: [page.imageUrl] }),
    ...(page.summary === '' && page.description === ''
      ? {}
      : { description: page.summary || page.description.slice(0, 1000) }),
    ...(page.venue === null ? {} : { location: structuredVenue(page.venue) }),
    organizer: {
      '@type': 'Organization',
      name: page.organiser.name,
      url: page.organiser.websiteUrl ?? url.slice(0, url.lastIndexOf('/')),
    },
    offers: page.ticketTypes.map((type) => structuredOffer(page, type, url)),
  }
}

function structuredVenue(venue: NonNullable<EventPage['venue']>): Record<string, unknown> {
  return {
    '@type': 'Place',
    name: venue.name,
    address: {
      '@type': 'PostalAddress',
      ...(venue.addressLines.length === 0 ? {} : { streetAddress: venue.addressLines.join(', ') }),
      addressLocality: venue.city,
      ...(venue.postalCode === null ? {} : { postalCode: venue.postalCode }),
      addressCountry: venue.country,
    },
    ...(venue.latitude === null
      ? {}
      : { geo: { '@type': 'GeoCoordinates', latitude: venue.latitude, longitude: venue.longitude } }),
  }
}

function structuredOffer(
  page: EventPage,
  type: EventPage['ticketTypes'][number],
  url: string,
): Record<string, unknown> {
  const limited = type.saleState === 'on_sale' && type.availability.band !== 'many'
  return {
    '@type': 'Offer',
    name: type.name,
    url,
    price: decimalOf(type.price),
    priceCurrency: type.price.currency,
    availability: `https://schema.org/${limited ? 'LimitedAvailability' : availabilityOf[type.saleState]}`,
    ...(type.saleStartsAt === null ? {} : { validFrom: localTime(type.saleStartsAt, page.timeZone) }),
    validThrough: localTime(type.saleEndsAt ?? page.endsAt, page.timeZone),
  }
}
