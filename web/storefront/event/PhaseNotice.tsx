import type { EventPage, TicketType } from '@tessera/api-client'
import { Alert, buttonClass, formatDay, formatMoment, useLocale, useTranslation } from '@tessera/ui'
import { CalendarCheck, CalendarX, Clock, Ticket } from 'lucide-react'
import { Link } from 'react-router'
import { addresses } from '../addresses.ts'
import { nextSaleStart, type Phase } from './phase.ts'

type Props = { phase: Phase; event: EventPage; ticketTypes: readonly TicketType[] }

/** Says why nothing can be bought now, and what comes next. */
export function PhaseNotice({ phase, event, ticketTypes }: Props) {
  const { t } = useTranslation()
  const locale = useLocale()
  const more = (
    <Link to={addresses.organiser(event.organiser.slug)} className={buttonClass('secondary', 'sm')}>
      {t('event.more', { name: event.organiser.name })}
    </Link>
  )
  switch (phase) {
    case 'cancelled':
      return (
        <Alert tone="negative" icon={CalendarX} title={t('event.cancelled.title')} actions={more}>
          {t('event.cancelled.text')}
        </Alert>
      )
    case 'over':
      return (
        <Alert icon={CalendarCheck} title={t('event.over.title')} actions={more}>
          {t('event.over.text', { date: formatDay(event.startsAt, event.timeZone, locale) })}
        </Alert>
      )
    case 'sold_out':
      return (
        <Alert tone="warning" icon={Ticket} title={t('event.soldOut.title')}>
          {t('event.soldOut.text')}
        </Alert>
      )
    case 'ended':
      return (
        <Alert icon={CalendarCheck} title={t('event.ended.title')} actions={more}>
          {t('event.ended.text')}
        </Alert>
      )
    case 'not_yet': {
      const opens = nextSaleStart(ticketTypes)
      return (
        <Alert tone="accent" icon={Clock} title={t('event.notYet.title')}>
          {opens && t('event.notYet.text', { date: formatMoment(opens, event.timeZone, locale) })}
        </Alert>
      )
    }
    case 'no_tickets':
      return (
        <Alert icon={Ticket} title={t('event.noTickets.title')} actions={more}>
          {t('event.noTickets.text')}
        </Alert>
      )
    default:
      return null
  }
}
