import type { EventPage, Venue } from '@tessera/api-client'
import {
  calendarLeaf,
  countryName,
  formatDay,
  formatMoney,
  formatShortDay,
  formatTime,
  Mosaic,
  now,
  useLocale,
  VisitorTime,
  useTranslation,
} from '@tessera/ui'
import { MapPin, Tag, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { CalendarLeaf } from './CalendarLeaf.tsx'

/** The event's picture, or its mosaic. */
export function EventCover({ event }: { event: Pick<EventPage, 'id' | 'imageUrl'> }) {
  return (
    <div className="aspect-[16/9] w-full overflow-hidden bg-sunken sm:aspect-[2/1] sm:rounded-lg">
      {event.imageUrl ? (
        <img src={event.imageUrl} alt="" fetchPriority="high" className="h-full w-full object-cover" />
      ) : (
        <Mosaic seed={event.id} columns={12} rows={7} />
      )}
    </div>
  )
}

/** What, when, where, and from how much. */
export function EventHead({ event }: { event: EventPage }) {
  const { t } = useTranslation()
  return (
    <div>
      <h1 className="text-[2.25rem] sm:text-5xl lg:text-[3.5rem]">{event.name}</h1>
      {event.summary && <p className="mt-3 text-lg leading-snug text-muted sm:text-xl">{event.summary}</p>}
      <ul className="mt-6 space-y-5">
        <When event={event} />
        {event.venue && (
          <Fact icon={MapPin} label={t('event.where')}>
            <Where venue={event.venue} />
          </Fact>
        )}
        {event.priceFrom && event.state === 'published' && new Date(event.endsAt).getTime() > now() && (
          <Fact icon={Tag} label={t('event.price')}>
            <PriceFrom event={event} />
          </Fact>
        )}
      </ul>
    </div>
  )
}

function When({ event }: { event: EventPage }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const time = (iso: string) => formatTime(iso, event.timeZone, locale)
  const day = (iso: string) => formatDay(iso, event.timeZone, locale)
  const endsLater = day(event.endsAt) !== day(event.startsAt)
  const end = endsLater
    ? `${formatShortDay(event.endsAt, event.timeZone, locale)}, ${time(event.endsAt)}`
    : time(event.endsAt)
  return (
    <li className="flex items-center gap-4">
      <CalendarLeaf {...calendarLeaf(event.startsAt, event.timeZone, locale)} />
      <div>
        <h2 className="sr-only">{t('event.when')}</h2>
        <p className="text-[1.0625rem] font-semibold">
          <time dateTime={event.startsAt}>{day(event.startsAt)}</time>
        </p>
        <p className="tabular text-muted">
          {event.doorsAt && <>{t('event.doors', { time: time(event.doorsAt) })} · </>}
          {t('event.starts', { time: time(event.startsAt) })}, {t('event.until', { time: end })}
        </p>
        <p className="text-sm text-muted">
          <VisitorTime iso={event.startsAt} timeZone={event.timeZone} />
        </p>
      </div>
    </li>
  )
}

function Fact({ icon: Icon, label, children }: { icon: LucideIcon; label: string; children: ReactNode }) {
  return (
    <li className="flex items-center gap-4">
      <span className="flex w-16 shrink-0 justify-center">
        <Icon aria-hidden="true" className="size-6 text-accent-text" strokeWidth={1.75} />
      </span>
      <div className="min-w-0">
        <h2 className="sr-only">{label}</h2>
        {children}
      </div>
    </li>
  )
}

function Where({ venue }: { venue: Venue }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const home = new Intl.Locale(locale).maximize().region
  const country = venue.country === home ? null : countryName(venue.country, locale)
  const town = [venue.postalCode, venue.city].filter(Boolean).join(' ')
  const address = [...venue.addressLines, town, country].filter(Boolean).join(', ')
  return (
    <>
      <p className="text-[1.0625rem] font-semibold">{venue.name}</p>
      <p className="text-muted">
        {address}
        <a
          href={mapAddress(venue, address)}
          rel="noopener"
          className="-mb-2 block w-fit py-2 font-medium sm:-my-2 sm:ml-2 sm:inline-block whitespace-nowrap text-accent-text underline underline-offset-4"
        >
          {t('event.map')}
        </a>
      </p>
    </>
  )
}

function mapAddress(venue: Venue, address: string): string {
  if (venue.latitude !== null && venue.longitude !== null) {
    const [lat, lon] = [venue.latitude, venue.longitude]
    return `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`
  }
  return `https://www.openstreetmap.org/search?query=${encodeURIComponent(`${venue.name}, ${address}`)}`
}

function PriceFrom({ event }: { event: EventPage }) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (!event.priceFrom) return null
  if (event.priceFrom.amount === 0 && event.ticketTypes.every((type) => type.kind === 'free')) {
    return <p className="text-[1.0625rem] font-semibold">{t('event.free')}</p>
  }
  return (
    <>
      <p className="tabular text-[1.0625rem] font-semibold">
        {t('event.fromPrice', { price: formatMoney(event.priceFrom, locale) })}
      </p>
      <p className="text-muted">{t('event.allIn')}</p>
    </>
  )
}
