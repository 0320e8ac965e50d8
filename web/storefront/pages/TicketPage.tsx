import type { Order, Ticket } from '@tessera/api-client'
import { buttonClass, cx, EmptyState, formatDay, formatTime, useLocale, useTranslation } from '@tessera/ui'
import { ArrowLeft, ChevronLeft, ChevronRight, TicketX } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { Link, useLoaderData, useParams } from 'react-router'
import { addresses } from '../addresses.ts'
import { loadOrder, type OrderData } from '../order/loader.ts'
import { LockedOrder } from '../order/LockedOrder.tsx'
import { keepForOffline } from '../order/offline.ts'
import { QrCode } from '../order/QrCode.tsx'
import { TicketBadges } from '../order/TicketCard.tsx'
import { Shell } from './Shell.tsx'

export const loader = loadOrder

/** One ticket at the door: the code as large as the screen allows, and whose it is. */
export function Component() {
  const { t } = useTranslation()
  const data = useLoaderData<OrderData>()
  const { ticketId } = useParams()
  useEffect(() => void keepForOffline(), [])
  if (data.kind === 'locked') return <LockedOrder />
  const { order } = data
  const index = order.tickets.findIndex((ticket) => ticket.id === ticketId)
  const ticket = order.tickets[index]
  return (
    <Shell
      title={`${ticket?.ticketTypeName ?? t('order.title')} · ${order.event.name}`}
      organiser={order.event.organiser}
    >
      <div className="mx-auto max-w-lg px-5 pt-3 pb-10">
        <Link
          to={addresses.order(order.id)}
          className="inline-flex min-h-11 items-center gap-2 text-muted hover:text-ink"
        >
          <ArrowLeft aria-hidden="true" className="size-4" /> {t('code.back')}
        </Link>
        {ticket ? (
          <>
            <LargeTicket order={order} ticket={ticket} />
            {order.tickets.length > 1 && <Neighbours order={order} index={index} />}
          </>
        ) : (
          <EmptyState level={1} icon={TicketX} title={t('code.missing.title')} />
        )}
      </div>
    </Shell>
  )
}

function LargeTicket({ order, ticket }: { order: Order; ticket: Ticket }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { event } = order
  const time = (iso: string) => formatTime(iso, event.timeZone, locale)
  useScreenOn(ticket.state === 'valid')
  return (
    <article className="mt-2 rounded-xl border border-line bg-raised">
      <div className="px-6 pt-6 pb-5">
        <p className="text-muted">
          {formatDay(event.startsAt, event.timeZone, locale)}
          {' · '}
          {event.doorsAt && <>{t('event.doors', { time: time(event.doorsAt) })} · </>}
          {t('event.starts', { time: time(event.startsAt) })}
          {event.venue && ` · ${event.venue.name}`}
        </p>
        <h1 className="mt-1 text-2xl sm:text-3xl">{event.name}</h1>
      </div>
      <div className="perforation" />
      <div className="px-4 py-5 text-center sm:px-6">
        {ticket.state === 'valid' ? (
          <QrCode
            text={ticket.code}
            label={t('code.alt', { serial: ticket.serial })}
            className="mx-auto w-full max-w-[26rem] rounded-lg"
          />
        ) : (
          <EmptyState
            icon={TicketX}
            tone="negative"
            title={ticket.state === 'refunded' ? t('code.refunded') : t('code.void')}
          />
        )}
        <p className="mt-5 text-2xl leading-tight font-bold tracking-tight">{ticket.holderName}</p>
        <p className="tabular mt-1 text-lg">
          {ticket.ticketTypeName} · {t('code.serial', { serial: ticket.serial })}
        </p>
        <div className="mt-3 flex flex-wrap justify-center gap-2 empty:hidden">
          <TicketBadges ticket={ticket} />
        </div>
        {ticket.state === 'valid' && <p className="mt-4 text-sm text-muted">{t('code.bright')}</p>}
      </div>
    </article>
  )
}

function Neighbours({ order, index }: { order: Order; index: number }) {
  const { t } = useTranslation()
  const way = (to: number, label: string, icon: ReactNode) => {
    const ticket = order.tickets[to]
    return ticket ? (
      <Link
        to={addresses.ticket(order.id, ticket.id)}
        replace
        aria-label={label}
        className={cx(buttonClass('secondary'), 'px-4')}
      >
        {icon}
      </Link>
    ) : (
      <span className={cx(buttonClass('secondary'), 'invisible px-4')}>{icon}</span>
    )
  }
  return (
    <nav className="mt-5 flex items-center justify-between">
      {way(index - 1, t('code.previous'), <ChevronLeft aria-hidden="true" />)}
      <span className="tabular text-muted">
        {t('code.of', { index: index + 1, count: order.tickets.length })}
      </span>
      {way(index + 1, t('code.next'), <ChevronRight aria-hidden="true" />)}
    </nav>
  )
}

// Keeps the screen lit while the code is shown. Browsers let go of it when the page is hidden, so it is asked
// for again; where it is refused, the screen dims as always.
function useScreenOn(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return undefined
    let lock: WakeLockSentinel | null = null
    const ask = async () => {
      if (document.visibilityState !== 'visible') return
      lock = await navigator.wakeLock.request('screen').catch(() => null)
    }
    const askAgain = () => void ask()
    askAgain()
    document.addEventListener('visibilitychange', askAgain)
    return () => {
      document.removeEventListener('visibilitychange', askAgain)
      lock?.release().catch(() => undefined)
    }
  }, [wanted])
}
