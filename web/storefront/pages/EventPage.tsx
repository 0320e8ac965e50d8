import type { EventPage as Event } from '@tessera/api-client'
import { Disclosure, useLocale, useTranslation } from '@tessera/ui'
import { Link, useLoaderData } from 'react-router'
import { addresses } from '../addresses.ts'
import { EventCover, EventHead } from '../event/EventHead.tsx'
import { isFree, refundRule } from '../event/refund-rule.ts'
import { TicketPicker } from '../event/TicketPicker.tsx'
import type { loadEvent } from '../loaders.ts'
import { Shell } from './Shell.tsx'

/** The page of an event: what it is, and its tickets at their full price. */
export function EventPage() {
  const event = useLoaderData<typeof loadEvent>()
  return (
    <Shell
      title={`${event.name} · ${event.organiser.name}`}
      organiser={event.organiser}
      testMode={event.testMode}
    >
      <div className="mx-auto max-w-6xl sm:px-8 sm:pt-8 lg:grid lg:grid-cols-[minmax(0,1fr)_25rem] lg:gap-x-14">
        <div className="lg:col-start-1">
          <EventCover event={event} />
          <div className="px-5 pt-7 sm:px-0 sm:pt-10">
            <EventHead event={event} />
          </div>
        </div>
        <div className="px-5 pt-10 sm:px-0 lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:pt-0">
          <div className="lg:sticky lg:top-8">
            <TicketPicker key={event.id} event={event} />
          </div>
        </div>
        <div className="px-5 pt-10 pb-32 sm:px-0 lg:col-start-1 lg:pb-20">
          <About event={event} />
        </div>
      </div>
    </Shell>
  )
}

function About({ event }: { event: Event }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const paragraphs = event.description.split(/\n\s*\n/).filter((text) => text.trim() !== '')
  return (
    <div className="max-w-2xl">
      {paragraphs.length > 0 && (
        <section>
          <h2 className="text-2xl">{t('event.about')}</h2>
          <div className="mt-4 space-y-4 text-[1.0625rem] leading-relaxed">
            {paragraphs.map((text) => (
              <p key={text} className="whitespace-pre-line">
                {text}
              </p>
            ))}
          </div>
        </section>
      )}
      <section className={paragraphs.length > 0 ? 'mt-12' : ''}>
        <h2 className="text-2xl">{t('event.rules')}</h2>
        <div className="mt-4 divide-y divide-line border-y border-line">
          {!isFree(event) && (
            <Disclosure
              className="py-2"
              summary={
                <span>
                  {t('event.refunds')}
                  <span className="block font-normal text-muted">
                    {refundRule(t, event.refundPolicy, event.timeZone, locale)}
                  </span>
                </span>
              }
            >
              <p className="pb-4 leading-relaxed whitespace-pre-line text-muted">{event.refundPolicy.text}</p>
            </Disclosure>
          )}
          <Disclosure className="py-2" summary={t('event.terms')}>
            <p className="pb-4 leading-relaxed whitespace-pre-line text-muted">{event.terms.text}</p>
          </Disclosure>
        </div>
      </section>
      <Link
        to={addresses.organiser(event.organiser.slug)}
        className="mt-10 flex items-start gap-4 rounded-lg border border-line p-5 transition-colors hover:border-line-strong"
      >
        <span aria-hidden="true" className="mt-1.5 size-3 shrink-0 rounded-[3px] bg-accent" />
        <span>
          <span className="block font-semibold">{t('event.organiser', { name: event.organiser.name })}</span>
          {event.organiser.about && (
            <span className="mt-1 line-clamp-3 text-muted">{event.organiser.about}</span>
          )}
        </span>
      </Link>
    </div>
  )
}
