import type { EventPage, Problem } from '@tessera/api-client'
import {
  Button,
  buttonClass,
  Card,
  Countdown,
  EmptyState,
  formatMoment,
  formatMoney,
  ProblemNotice,
  useLocale,
  useTranslation,
} from '@tessera/ui'
import { ArrowLeft, Hourglass, Lock, ShoppingBasket } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { Link, useLoaderData, useRevalidator } from 'react-router'
import { addresses } from '../addresses.ts'
import { useBuyerForm } from '../checkout/buyer-form.ts'
import { BuyerFields } from '../checkout/BuyerForm.tsx'
import { loadCheckout, type CheckoutData } from '../checkout/loader.ts'
import { OrderSummary } from '../checkout/OrderSummary.tsx'
import { usePlaceOrder } from '../checkout/usePlaceOrder.ts'
import { asProblem, problemText } from '../problem-text.ts'
import { reserve } from '../reserve.ts'
import { holds } from '../storage.ts'
import { Shell } from './Shell.tsx'

export const loader = loadCheckout

/** Checkout: who buys, what they agree to, what it costs; then to the payment page. */
export function Component() {
  const { t } = useTranslation()
  const data = useLoaderData<CheckoutData>()
  const { event } = data
  useOtherTabs(event.id)
  const back = addresses.event(event.organiser.slug, event.slug)
  return (
    <Shell
      title={`${t('checkout.title')} · ${event.name}`}
      organiser={event.organiser}
      testMode={event.testMode}
    >
      <div className="mx-auto max-w-5xl px-5 pt-4 pb-16 sm:px-8 sm:pt-8">
        <Link to={back} className="inline-flex min-h-11 items-center gap-2 text-muted hover:text-ink">
          <ArrowLeft aria-hidden="true" className="size-4" /> {t('checkout.back')}
        </Link>
        {data.kind === 'empty' && (
          <EmptyState
            level={1}
            icon={ShoppingBasket}
            title={t('checkout.empty.title')}
            actions={
              <Link to={back} className={buttonClass('primary')}>
                {t('checkout.empty.action')}
              </Link>
            }
          >
            {t('checkout.empty.text')}
          </EmptyState>
        )}
        {data.kind === 'ended' && <Ended event={event} lines={data.lines} />}
        {data.kind === 'held' && <Held key={data.hold.id} data={data} />}
      </div>
    </Shell>
  )
}

// Another tab of this browser shares the hold: when it changes there, this one looks again. The same after
// the back button brings this page out of the browser's memory.
function useOtherTabs(eventId: string): void {
  const { revalidate } = useRevalidator()
  useEffect(() => {
    const onStorage = (change: StorageEvent) => {
      if (change.key === holds.key(eventId)) void revalidate()
    }
    const onShow = (shown: PageTransitionEvent) => {
      if (shown.persisted) void revalidate()
    }
    window.addEventListener('storage', onStorage)
    window.addEventListener('pageshow', onShow)
    return () => {
      window.removeEventListener('storage', onStorage)
      window.removeEventListener('pageshow', onShow)
    }
  }, [eventId, revalidate])
}

function Held({ data }: { data: Extract<CheckoutData, { kind: 'held' }> }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { event, hold, quote, offset } = data
  const [ended, setEnded] = useState(false)
  const free = quote.total.amount === 0
  const form = useBuyerForm(free)
  const { place, busy, problem } = usePlaceOrder({ event, hold, quote, form, onEnded: () => setEnded(true) })
  if (ended) return <Ended event={event} lines={hold.lines} />
  return (
    <div className="lg:grid lg:grid-cols-[minmax(0,1fr)_22rem] lg:gap-x-14">
      <h1 className="mt-2 text-3xl sm:text-4xl lg:col-span-2">{t('checkout.title')}</h1>
      <div className="mt-5 lg:mt-8">
        <HoldClock expiresAt={hold.expiresAt} offset={offset} onEnd={() => !busy && setEnded(true)} />
      </div>
      <div className="mt-5 lg:col-start-2 lg:row-span-2 lg:row-start-2 lg:mt-8">
        <div className="lg:sticky lg:top-8">
          <Summary event={event}>
            <OrderSummary quote={quote} />
          </Summary>
        </div>
      </div>
      <div className="mt-9">
        <form noValidate onSubmit={(submit) => void form.handleSubmit(place)(submit)}>
          <BuyerFields form={form} event={event} free={free} />
          {problem && <PlaceProblem problem={problem} />}
          <Button type="submit" size="lg" wide busy={busy} className="mt-8">
            {free ? t('checkout.free') : t('checkout.pay', { price: formatMoney(quote.total, locale) })}
          </Button>
          {!free && (
            <p className="mt-4 flex items-start justify-center gap-2 text-sm text-muted">
              <Lock aria-hidden="true" className="mt-0.5 size-4 shrink-0" /> {t('checkout.pay.note')}
            </p>
          )}
        </form>
      </div>
    </div>
  )
}

function HoldClock({
  expiresAt,
  offset,
  onEnd,
}: {
  expiresAt: string | null
  offset: number
  onEnd: () => void
}) {
  const { t } = useTranslation()
  return (
    <p className="flex min-h-12 items-center gap-3 rounded-md bg-accent-soft px-4 py-2.5">
      <Hourglass aria-hidden="true" className="size-5 shrink-0 text-accent-text" strokeWidth={1.75} />
      <span>{expiresAt ? t('checkout.held') : t('checkout.heldNoClock')}</span>
      {expiresAt && (
        <Countdown endsAt={expiresAt} offset={offset} onEnd={onEnd} className="ml-auto text-lg font-bold" />
      )}
    </p>
  )
}

function Summary({ event, children }: { event: EventPage; children: ReactNode }) {
  const { t } = useTranslation()
  const locale = useLocale()
  return (
    <Card>
      <section aria-labelledby="summary-heading">
        <div className="p-5 lg:p-6">
          <h2 id="summary-heading" className="sr-only">
            {t('checkout.summary')}
          </h2>
          <p className="text-lg leading-snug font-bold tracking-tight">{event.name}</p>
          <p className="mt-1 text-muted">
            {formatMoment(event.startsAt, event.timeZone, locale)}
            {event.venue && (
              <>
                <br />
                {event.venue.name}, {event.venue.city}
              </>
            )}
          </p>
        </div>
        <div className="perforation" />
        <div className="p-5 lg:p-6">{children}</div>
      </section>
    </Card>
  )
}

function PlaceProblem({ problem }: { problem: Problem }) {
  const { t } = useTranslation()
  const text = problem.offline
    ? t('problem.order.unsure')
    : problem.code === 'request.invalid' && problem.errors.length > 0
      ? t('problem.form')
      : problemText(problem)
  return (
    <ProblemNotice
      className="mt-8"
      title={t('problem.title')}
      offline={problem.offline}
      {...(problem.status >= 500 ? { requestId: problem.requestId } : {})}
    >
      {text}
    </ProblemNotice>
  )
}

type EndedProps = { event: EventPage; lines: { ticketTypeId: string; quantity: number }[] }

function Ended({ event, lines }: EndedProps) {
  const { t } = useTranslation()
  const { revalidate } = useRevalidator()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const again = async () => {
    setBusy(true)
    setProblem(null)
    try {
      // The ended hold is not asked for again; the wish stays known, also after a reload.
      holds.save(event.id, { id: null, lines })
      await reserve(event.id, lines, () => undefined)
      await revalidate()
    } catch (thrown) {
      setProblem(asProblem(thrown))
    } finally {
      setBusy(false)
    }
  }
  const name = event.ticketTypes.find((type) => type.id === problem?.extras['ticketTypeId'])?.name
  return (
    <EmptyState
      level={1}
      tone="warning"
      icon={Hourglass}
      title={t('checkout.ended.title')}
      actions={
        <>
          <Button busy={busy} onClick={() => void again()}>
            {t('checkout.ended.again')}
          </Button>
          <Link to={addresses.event(event.organiser.slug, event.slug)} className={buttonClass('secondary')}>
            {t('checkout.ended.choose')}
          </Link>
        </>
      }
    >
      <p role="status">{t('checkout.ended.text')}</p>
      {problem && (
        <ProblemNotice
          className="mt-6 text-left"
          offline={problem.offline}
          title={problem.code === 'holds.sold-out' ? t('basket.soldOut.title') : t('problem.title')}
        >
          {problem.code === 'holds.sold-out' && name
            ? t('basket.soldOut.none', { name })
            : problemText(problem)}
        </ProblemNotice>
      )}
    </EmptyState>
  )
}
