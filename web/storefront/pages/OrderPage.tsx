import type { Order } from '@tessera/api-client'
import {
  Alert,
  Card,
  Disclosure,
  formatDay,
  formatMoment,
  formatTime,
  useLocale,
  VisitorTime,
  useTranslation,
} from '@tessera/ui'
import { ArrowRight, CalendarX, CloudOff } from 'lucide-react'
import { useEffect } from 'react'
import { Link, useLoaderData, useLocation, useRevalidator } from 'react-router'
import { addresses } from '../addresses.ts'
import { OrderSummary } from '../checkout/OrderSummary.tsx'
import { loadOrder, type OrderData } from '../order/loader.ts'
import { LockedOrder } from '../order/LockedOrder.tsx'
import { keepForOffline } from '../order/offline.ts'
import { OrderActions } from '../order/OrderActions.tsx'
import { TicketCard } from '../order/TicketCard.tsx'
import { holds } from '../storage.ts'
import { Shell } from './Shell.tsx'

export const loader = loadOrder

/** A paid order: the tickets, what can be done with them, what was paid. */
export function Component() {
  const data = useLoaderData<OrderData>()
  if (data.kind === 'locked') return <LockedOrder />
  return <PaidOrder {...data} />
}

function PaidOrder({ order, token, savedAt }: Extract<OrderData, { kind: 'order' }>) {
  const { t } = useTranslation()
  const { state } = useLocation() as { state: { justPaid?: boolean } | null }
  const justPaid = state?.justPaid === true && order.tickets.length > 0 && order.state === 'paid'
  useTicketsToCome(order)
  useEffect(() => void keepForOffline(), [])
  useEffect(() => {
    if (holds.load(order.event.id)?.orderId === order.id) holds.forget(order.event.id)
  }, [order])
  return (
    <Shell title={`${t('order.title')} · ${order.event.name}`} organiser={order.event.organiser}>
      <div className="mx-auto max-w-5xl px-5 pt-8 pb-16 sm:px-8 sm:pt-14">
        <p className="tabular text-muted">{t('order.number', { number: order.number })}</p>
        {justPaid ? (
          <>
            <h1 className="animate-rise mt-1 text-5xl sm:text-7xl">{t('order.in')}</h1>
            <p className="mt-4 max-w-xl text-lg text-muted">
              {t('order.in.text', { email: order.buyer.email })}
            </p>
          </>
        ) : (
          <h1 className="mt-1 text-4xl sm:text-5xl">{t('order.title')}</h1>
        )}
        <Notices order={order} savedAt={savedAt} />
        <EventLine event={order.event} />
        <div className="mt-6">
          <OrderActions order={order} token={token} />
        </div>
        <h2 className="sr-only">{t('order.title')}</h2>
        {order.tickets.length === 0 ? (
          <p role="status" className="mt-10 text-muted">
            {t('order.noTickets')}
          </p>
        ) : (
          <ul className="mt-10 grid gap-5 sm:grid-cols-2 lg:grid-cols-3">
            {order.tickets.map((ticket) => (
              <li key={ticket.id} className="grid">
                <TicketCard order={order} ticket={ticket} />
              </li>
            ))}
          </ul>
        )}
        <Receipt order={order} />
      </div>
    </Shell>
  )
}

// A paid order without tickets is a matter of moments: the page looks again until they are there.
function useTicketsToCome(order: Order): void {
  const { revalidate } = useRevalidator()
  useEffect(() => {
    if (order.tickets.length > 0) return undefined
    const timer = setTimeout(() => void revalidate(), 2000)
    return () => clearTimeout(timer)
  }, [order, revalidate])
}

function Notices({ order, savedAt }: { order: Order; savedAt: number | null }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const saved = savedAt === null ? null : formatMoment(new Date(savedAt).toISOString(), undefined, locale)
  return (
    <div className="mt-6 space-y-3 empty:hidden">
      {saved && (
        <Alert tone="warning" icon={CloudOff}>
          {t('order.offline', { date: saved })}
        </Alert>
      )}
      {order.event.state === 'cancelled' && (
        <Alert tone="negative" icon={CalendarX} title={t('order.eventCancelled.title')}>
          {t('order.eventCancelled.text', { email: order.buyer.email })}
        </Alert>
      )}
      {order.state === 'refunded' && <Alert>{t('order.refunded')}</Alert>}
      {order.state === 'partially_refunded' && <Alert>{t('order.partlyRefunded')}</Alert>}
    </div>
  )
}

function EventLine({ event }: { event: Order['event'] }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const time = (iso: string) => formatTime(iso, event.timeZone, locale)
  return (
    <div className="mt-8 border-l-4 border-accent pl-5">
      <p className="text-2xl leading-tight font-bold tracking-tight">{event.name}</p>
      <p className="mt-1.5">
        {formatDay(event.startsAt, event.timeZone, locale)}
        {' · '}
        {event.doorsAt && <>{t('event.doors', { time: time(event.doorsAt) })} · </>}
        {t('event.starts', { time: time(event.startsAt) })}
      </p>
      <p className="text-muted">
        {event.venue && `${event.venue.name}, ${[...event.venue.addressLines, event.venue.city].join(', ')}`}
      </p>
      <VisitorTime iso={event.startsAt} timeZone={event.timeZone} className="block text-sm text-muted" />
      <Link
        to={addresses.event(event.organiser.slug, event.slug)}
        className="inline-flex min-h-11 items-center gap-1.5 font-semibold text-accent-text"
      >
        {t('order.event')} <ArrowRight aria-hidden="true" className="size-4" />
      </Link>
    </div>
  )
}

function Receipt({ order }: { order: Order }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const paidOn = order.paidAt && formatMoment(order.paidAt, undefined, locale)
  return (
    <Card className="mt-10 max-w-xl px-5 py-2 sm:px-6">
      <Disclosure summary={t('order.receipt')}>
        <div className="pt-2 pb-4">
          <OrderSummary quote={order} open />
          <p className="mt-3 border-t border-line pt-3 text-[0.9375rem] break-words text-muted">
            {t('order.buyer', { name: order.buyer.name, email: order.buyer.email })}
            {paidOn && order.total.amount > 0 && (
              <>
                <br />
                {t('order.paidOn', { date: paidOn })}
              </>
            )}
          </p>
        </div>
      </Disclosure>
    </Card>
  )
}
