import type { TicketType } from '@tessera/api-client'
import { Badge, Countdown, formatMoment, Money, now, Stepper, useLocale, useTranslation } from '@tessera/ui'
import { ChevronDown, Clock, Flame } from 'lucide-react'
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
  return (
    <li className="px-5 py-5">
      <div className="flex items-start justify-between gap-4">
        <h3 className={open ? 'text-lg' : 'text-lg text-muted'}>{type.name}</h3>
        <p className={`text-lg leading-snug font-bold ${open ? '' : 'text-muted'}`}>
          {type.kind === 'free' ? t('ticket.free') : <Money value={type.price} />}
        </p>
      </div>
      {type.description && (
        <p className="mt-1 pr-10 text-[0.9375rem] leading-snug text-muted">{type.description}</p>
      )}
      <div className="mt-3 flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          <StateBadge type={type} timeZone={timeZone} />
        </div>
        {open && (
          <Stepper
            name={type.name}
            value={quantity}
            min={min}
            max={max}
            onChange={onChange}
            className="ml-auto"
          />
        )}
      </div>
      {open && quantity >= max && max === type.maxPerOrder && (
        <p className="mt-1 text-right text-sm text-muted">{t('ticket.max', { count: type.maxPerOrder })}</p>
      )}
      <p role="status" className="text-sm font-medium text-warning">
        {lowered && t('ticket.reduced')}
      </p>
      {type.kind === 'paid' && <Breakdown type={type} />}
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
    <details className="group -mb-2">
      <summary className="inline-flex min-h-11 items-center gap-1.5 text-sm text-muted hover:text-ink">
        {t('ticket.breakdown')}
        <ChevronDown aria-hidden="true" className="size-4 transition-transform group-open:rotate-180" />
      </summary>
      <dl className="tabular mb-3 rounded-md bg-sunken px-4 py-3 text-[0.9375rem]">
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
    </details>
  )
}
