import type { EventOnTicket, VenueOnTicket } from './ticket.ts'

export type Language = 'en' | 'de'

export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith('de') ? 'de' : 'en'
}

interface Words {
  when: string
  where: string
  ticket: string
  holder: string
  number: string
  order: string
  doors: (time: string) => string
  starts: (time: string) => string
  ends: (time: string) => string
  admits: (people: number) => string
  ticketOf: (one: number, of: number) => string
  smallPrint: (organiser: string) => string[]
  fileName: string
}

const english: Words = {
  when: 'When',
  where: 'Where',
  ticket: 'Ticket',
  holder: 'Name',
  number: 'Ticket number',
  order: 'Order',
  doors: (time) => `Doors ${time}`,
  starts: (time) => `Start ${time}`,
  ends: (time) => `End ${time}`,
  admits: (people) => (people === 1 ? 'Admits one person' : `Admits ${people} people`),
  ticketOf: (one, of) => `Ticket ${one} of ${of}`,
  smallPrint: (organiser) => [
    'Show this code at the door, on paper or on a screen. The first to show it goes in; a copy does not.',
    'So do not post a picture of it, and do not buy a ticket from a picture.',
    `Organised by ${organiser}. The terms that were accepted with the order apply.`,
  ],
  fileName: 'tickets',
}

const german: Words = {
  when: 'Wann',
  where: 'Wo',
  ticket: 'Ticket',
  holder: 'Name',
  number: 'Ticketnummer',
  order: 'Bestellung',
  doors: (time) => `Einlass ${time}`,
  starts: (time) => `Beginn ${time}`,
  ends: (time) => `Ende ${time}`,
  admits: (people) => (people === 1 ? 'Einlass für eine Person' : `Einlass für ${people} Personen`),
  ticketOf: (one, of) => `Ticket ${one} von ${of}`,
  smallPrint: (organiser) => [
    'Zeigen Sie diesen Code am Einlass, ausgedruckt oder auf dem Bildschirm. Wer ihn zuerst zeigt, kommt hinein; eine Kopie gilt nicht.',
    'Veröffentlichen Sie deshalb kein Bild davon, und kaufen Sie kein Ticket von einem Bild.',
    `Veranstaltet von ${organiser}. Es gelten die mit der Bestellung akzeptierten Bedingungen.`,
  ],
  fileName: 'tickets',
}

export function wordsIn(language: Language): Words {
  return language === 'de' ? german : english
}

const dateLocale: Record<Language, string> = { en: 'en-GB', de: 'de-DE' }

/** The day and the times of an event, on the clock of its place. */
export function timesOf(
  event: Pick<EventOnTicket, 'doorsAt' | 'startsAt' | 'endsAt' | 'timeZone'>,
  language: Language,
): { day: string; times: string } {
  const words = wordsIn(language)
  const locale = dateLocale[language]
  const day = new Intl.DateTimeFormat(locale, {
    timeZone: event.timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(event.startsAt)
  const clock = new Intl.DateTimeFormat(locale, {
    timeZone: event.timeZone,
    hour: '2-digit',
    minute: '2-digit',
  })
  const zone = new Intl.DateTimeFormat(locale, { timeZone: event.timeZone, timeZoneName: 'short' })
    .formatToParts(event.startsAt)
    .find((part) => part.type === 'timeZoneName')?.value
  const times = [
    ...(event.doorsAt ? [words.doors(clock.format(event.doorsAt))] : []),
    words.starts(clock.format(event.startsAt)),
  ]
  return { day, times: `${times.join(' · ')}${zone === undefined ? '' : ` (${zone})`}` }
}

/** The place as an address is written: name, street, postal code and city, country. */
export function placeOf(venue: VenueOnTicket, language: Language): { name: string; lines: string[] } {
  const city = [venue.postalCode, venue.city].filter((part) => part !== null && part !== '').join(' ')
  const country = new Intl.DisplayNames([dateLocale[language]], { type: 'region', fallback: 'code' }).of(
    venue.country,
  )
  return {
    name: venue.name,
    lines: [...venue.addressLines, city, country ?? venue.country].filter((line) => line !== ''),
  }
}
