import { door, type StaffEvent } from '@tessera/api-client'
import { Button, EmptyState, formatMoment, now, TesseraMark, useLocale, useTranslation } from '@tessera/ui'
import { CalendarDays, ChevronRight, LogOut, Users } from 'lucide-react'
import { Link, useLoaderData, useNavigate } from 'react-router'
import { addresses } from '../addresses.ts'
import type { Choice } from '../loaders.ts'

/** Where to scan: the organisations of whoever is signed in, and their events. */
export function ChoosePage() {
  const { t } = useTranslation()
  const { person, organisations } = useLoaderData<Choice>()
  return (
    <main className="mx-auto max-w-xl px-5 pt-6 pb-16">
      <header className="flex items-center justify-between gap-4">
        <p className="flex items-center gap-2.5 text-muted">
          <TesseraMark className="text-accent-text" /> {t('door.hello', { name: person.name })}
        </p>
        <SignOut />
      </header>
      <h1 className="mt-8 text-4xl">{t('door.choose.title')}</h1>
      {organisations.length === 0 && (
        <EmptyState icon={Users} title={t('door.noOrganisation.title')}>
          {t('door.noOrganisation.text', { email: person.email })}
        </EmptyState>
      )}
      {organisations.map(({ organisation, events }) => (
        <section key={organisation.id} className="mt-8">
          {organisations.length > 1 && <h2 className="mb-3 text-xl">{organisation.name}</h2>}
          {events.length === 0 ? (
            <EmptyState icon={CalendarDays} title={t('door.choose.none.title')}>
              {t('door.choose.none.text', { name: organisation.name })}
            </EmptyState>
          ) : (
            <Events orgId={organisation.id} events={events} level={organisations.length > 1 ? 3 : 2} />
          )}
        </section>
      ))}
    </main>
  )
}

function SignOut() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const leave = async () => {
    // Without a network the session stays; signing in again replaces it.
    await door.signOut().catch(() => undefined)
    await navigate(addresses.signIn, { replace: true })
  }
  return (
    <Button look="quiet" size="sm" className="-mr-3" onClick={() => void leave()}>
      <LogOut aria-hidden="true" /> {t('door.signOut')}
    </Button>
  )
}

function Events({ orgId, events, level }: { orgId: string; events: StaffEvent[]; level: 2 | 3 }) {
  const Heading = level === 2 ? 'h2' : 'h3'
  const { t } = useTranslation()
  const sorted = [...events].sort((a, b) => a.startsAt.localeCompare(b.startsAt))
  const isOver = (event: StaffEvent) => new Date(event.endsAt).getTime() < now()
  const groups = [
    { title: t('door.choose.today'), list: sorted.filter((event) => !isOver(event)) },
    { title: t('door.choose.earlier'), list: sorted.filter(isOver).toReversed() },
  ]
  return groups.map(({ title, list }) =>
    list.length === 0 ? null : (
      <div key={title} className="mt-6">
        <Heading className="text-sm font-semibold text-muted">{title}</Heading>
        <ul className="mt-2 space-y-2.5">
          {list.map((event) => (
            <EventLink key={event.id} orgId={orgId} event={event} />
          ))}
        </ul>
      </div>
    ),
  )
}

function EventLink({ orgId, event }: { orgId: string; event: StaffEvent }) {
  const locale = useLocale()
  return (
    <li>
      <Link
        to={addresses.scan(orgId, event.id)}
        className="flex min-h-18 items-center justify-between gap-4 rounded-lg border border-line bg-raised px-5 py-4 hover:border-line-strong"
      >
        <span className="min-w-0">
          <span className="block text-lg leading-snug font-semibold">{event.name}</span>
          <span className="tabular block text-muted">
            {formatMoment(event.doorsAt ?? event.startsAt, event.timeZone, locale)}
          </span>
        </span>
        <ChevronRight aria-hidden="true" className="size-5 shrink-0 text-muted" />
      </Link>
    </li>
  )
}
