import type { OrganiserEvent } from '@tessera/api-client'
import {
  Badge,
  calendarLeaf,
  EmptyState,
  formatMoney,
  formatTime,
  Mosaic,
  now,
  useLocale,
  useTranslation,
} from '@tessera/ui'
import { ArrowUpRight, CalendarDays } from 'lucide-react'
import { Link, useLoaderData } from 'react-router'
import { addresses } from '../addresses.ts'
import { CalendarLeaf } from '../event/CalendarLeaf.tsx'
import type { loadOrganiser } from '../loaders.ts'
import { Shell } from './Shell.tsx'

/** An organiser's page: who they are, what is coming, what was. */
export function OrganiserPage() {
  const { t } = useTranslation()
  const organiser = useLoaderData<typeof loadOrganiser>()
  const isPast = (event: OrganiserEvent) => new Date(event.endsAt).getTime() < now()
  const byStart = (a: OrganiserEvent, b: OrganiserEvent) => a.startsAt.localeCompare(b.startsAt)
  const upcoming = organiser.events.filter((event) => !isPast(event)).sort(byStart)
  const past = organiser.events.filter(isPast).sort(byStart).toReversed()
  return (
    <Shell title={organiser.name} organiser={organiser} testMode={organiser.testMode}>
      <div className="h-28 overflow-hidden border-b border-line sm:h-44">
        <Mosaic seed={organiser.id} columns={24} rows={4} />
      </div>
      <div className="mx-auto max-w-6xl px-5 pt-8 pb-16 sm:px-8 sm:pt-12">
        <div className="max-w-2xl">
          <h1 className="text-[2.5rem] sm:text-6xl">{organiser.name}</h1>
          {organiser.about && (
            <p className="mt-5 text-lg leading-relaxed whitespace-pre-line text-muted">{organiser.about}</p>
          )}
          {organiser.websiteUrl && (
            <a
              href={organiser.websiteUrl}
              rel="noopener"
              className="mt-3 inline-flex min-h-11 items-center gap-1.5 font-semibold text-accent-text underline underline-offset-4"
            >
              {t('organiser.website')} <ArrowUpRight aria-hidden="true" className="size-4" />
            </a>
          )}
        </div>
        {upcoming.length === 0 && (
          <EmptyState icon={CalendarDays} title={t('organiser.none.title')}>
            {t('organiser.none.text', { name: organiser.name })}
          </EmptyState>
        )}
        <EventList title={t('organiser.upcoming')} events={upcoming} organiser={organiser.slug} />
        <EventList title={t('organiser.past')} events={past} organiser={organiser.slug} past />
      </div>
    </Shell>
  )
}

type ListProps = { title: string; events: OrganiserEvent[]; organiser: string; past?: boolean }

function EventList({ title, events, organiser, past = false }: ListProps) {
  if (events.length === 0) return null
  return (
    <section className="mt-12 sm:mt-16">
      <h2 className="text-xl">{title}</h2>
      <ul className="mt-4 divide-y divide-line border-y border-line">
        {events.map((event) => (
          <EventRow key={event.id} event={event} organiser={organiser} past={past} />
        ))}
      </ul>
    </section>
  )
}

function EventRow({ event, organiser, past }: { event: OrganiserEvent; organiser: string; past: boolean }) {
  const locale = useLocale()
  const leaf = calendarLeaf(event.startsAt, event.timeZone, locale)
  const time = formatTime(event.startsAt, event.timeZone, locale)
  return (
    <li>
      <Link
        to={addresses.event(organiser, event.slug)}
        className="group -mx-3 flex items-center gap-4 rounded-md px-3 py-5 transition-colors hover:bg-ink/3 sm:gap-6"
      >
        <CalendarLeaf {...leaf} muted={past} />
        <div className="min-w-0 grow">
          <h3 className="text-xl sm:text-2xl group-hover:underline group-hover:underline-offset-4">
            {event.name}
          </h3>
          <p className="mt-1 text-muted">
            {time}
            {event.venue && ` · ${event.venue.name}, ${event.venue.city}`}
          </p>
          <div className="mt-2 sm:hidden">{!past && <RowState event={event} />}</div>
        </div>
        <div className="hidden shrink-0 sm:block">{!past && <RowState event={event} />}</div>
        <div className="hidden h-20 w-32 shrink-0 overflow-hidden rounded-md sm:block">
          {event.imageUrl ? (
            <img src={event.imageUrl} alt="" loading="lazy" className="h-full w-full object-cover" />
          ) : (
            <Mosaic seed={event.id} columns={8} rows={5} />
          )}
        </div>
      </Link>
    </li>
  )
}

function RowState({ event }: { event: OrganiserEvent }) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (event.state === 'cancelled') return <Badge tone="negative">{t('event.cancelled.badge')}</Badge>
  if (event.availability.band === 'none' && event.priceFrom) return <Badge>{t('ticket.soldOut')}</Badge>
  if (!event.priceFrom) return null
  const price =
    event.priceFrom.amount === 0
      ? t('organiser.free')
      : t('organiser.from', { price: formatMoney(event.priceFrom, locale) })
  return (
    <span className="flex flex-wrap items-center gap-2">
      {event.availability.band !== 'many' && <Badge tone="warning">{t('ticket.few')}</Badge>}
      <span className="tabular font-semibold">{price}</span>
    </span>
  )
}
