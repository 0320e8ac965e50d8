import type { TicketType } from '@tessera/api-client'
import { Badge, Countdown, formatMoment, Money, now, Stepper, useLocale, useTranslation } from '@tessera/ui'
import { ChevronDown, Clock, Flame } from 'lucide-react'
import { useId, useState } from 'react'
import { limitsOf } from './phase.ts'

type Props = {
  type: TicketType
  timeZone: string
  quantity: number
  lowered: boolean
  onChange: (quantity: number) => void
}

/** One ticket type: what it is, what it costs in all, how many are left, how many are wanted. */
export function TicketRow({ type, timeZone, quantity, lowered, onChange }: Props) {
  const { t } = useTranslation()
  const { min, max } = limitsOf(type)
  const open = type.saleState === 'on_sale' && max > 0
  const [showsParts, setShowsParts] = useState(false)
  const partsId = useId()
  return (
    <li className="px-5 pt-5 pb-4">
      <div className="flex items-start justify-between gap-4">
        <h3 className={`text-lg ${open ? '' : 'text-muted'}`}>{type.name}</h3>
        <p className={`text-lg leading-snug font-bold ${open ? '' : 'text-muted'}`}>
          {type.kind === 'free' ? t('ticket.free') : <Money value={type.price} />}
        </p>
      </div>
      {type.description && (
        <p className="mt-1 pr-8 text-[0.9375rem] leading-snug text-muted">{type.description}</p>
      )}
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 empty:hidden">
        <StateBadge type={type} timeZone={timeZone} />
      </div>
      <div className="mt-1 flex items-center justify-between gap-4 empty:hidden">
        {type.kind === 'paid' && type.saleState !== 'sold_out' && (
          <button
            type="button"
            aria-expanded={showsParts}
            aria-controls={partsId}
            onClick={() => setShowsParts(!showsParts)}
            className="inline-flex min-h-11 items-center gap-1.5 text-left text-sm leading-tight text-muted hover:text-ink"
          >
            {t('ticket.breakdown')}
            <ChevronDown
              aria-hidden="true"
              className={`size-4 shrink-0 transition-transform ${showsParts ? 'rotate-180' : ''}`}
            />
          </button>
        )}
        {open && (
          <Stepper
            name={type.name}
            value={quantity}
            min={min}
            max={max}
            onChange={onChange}
            className="ml-auto shrink-0"
          />
        )}
      </div>
      {open && quantity >= max && max === type.maxPerOrder && (
        <p className="mt-1 text-right text-sm text-muted">{t('ticket.max', { count: type.maxPerOrder })}</p>
      )}
      <p role="status" className="text-sm font-medium text-warning">
        {lowered && t('ticket.reduced')}
      </p>
      <div id={partsId}>{showsParts && <Breakdown type={type} />}</div>
    </li>
  )
}

function StateBadge({ type, timeZone }: { type: TicketType; timeZone: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (type.saleState === 'not_yet') return <NotYet type={type} timeZone={timeZone} />
  if (type.saleState === 'ended') return <Badge>{t('ticket.ended')}</Badge>
  if (type.saleState === 'sold_out' || type.availability.band === 'none')
    return <Badge>{t('ticket.soldOut')}</Badge>
  const { band, left } = type.availability
  return (
    <>
      {band === 'few' && (
        <Badge tone="warning" icon={Flame}>
          {t('ticket.few')}
        </Badge>
      )}
      {band === 'last' && (
        <Badge tone="warning" icon={Flame}>
          {left === null ? t('ticket.few') : t('ticket.last', { count: left })}
        </Badge>
      )}
      {type.saleEndsAt && (
        <span className="text-sm text-muted">
          {t('ticket.until', { date: formatMoment(type.saleEndsAt, timeZone, locale) })}
        </span>
      )}
    </>
  )
}

function NotYet({ type, timeZone }: { type: TicketType; timeZone: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (!type.saleStartsAt) return <Badge icon={Clock}>{t('event.notYet.title')}</Badge>
  const soon = new Date(type.saleStartsAt).getTime() - now() < 86_400_000
  return (
    <Badge tone="accent" icon={Clock}>
      {soon ? (
        <>
          {t('ticket.opensIn')} <Countdown endsAt={type.saleStartsAt} />
        </>
      ) : (
        t('ticket.notYet', { date: formatMoment(type.saleStartsAt, timeZone, locale) })
      )}
    </Badge>
  )
}

function Breakdown({ type }: { type: TicketType }) {
  const { t } = useTranslation()
  const { face, fees, tax, taxIncluded } = type.breakdown
  const rows = [
    { label: t('ticket.face'), value: face },
    ...(fees.amount > 0 ? [{ label: t('ticket.fees'), value: fees }] : []),
    ...(tax.amount > 0 && !taxIncluded ? [{ label: t('ticket.tax'), value: tax }] : []),
  ]
  return (
    <dl className="tabular mt-2 mb-2 rounded-md bg-sunken px-4 py-3 text-[0.9375rem]">
      {rows.map((row) => (
        <div key={row.label} className="flex justify-between gap-4 py-0.5 text-muted">
          <dt>{row.label}</dt>
          <dd>
            <Money value={row.value} />
          </dd>
        </div>
      ))}
      <div className="mt-1.5 flex justify-between gap-4 border-t border-line pt-1.5 font-semibold">
        <dt>{t('ticket.total')}</dt>
        <dd>
          <Money value={type.price} />
        </dd>
      </div>
      {tax.amount > 0 && taxIncluded && (
        <div className="flex justify-between gap-4 pt-0.5 text-sm text-muted">
          <dt>{t('ticket.taxIncluded')}</dt>
          <dd>
            <Money value={tax} />
          </dd>
        </div>
      )}
    </dl>
  )
}
