import type { Order } from '@tessera/api-client'
import {
  Button,
  buttonClass,
  Countdown,
  EmptyState,
  formatMoney,
  offsetFrom,
  ProblemNotice,
  useLocale,
  type Tone,
  useTranslation,
} from '@tessera/ui'
import {
  CreditCard,
  Hourglass,
  Landmark,
  TicketX,
  Undo2,
  Users,
  XCircle,
  type LucideIcon,
} from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { Link } from 'react-router'
import { addresses } from '../addresses.ts'
import { problemText } from '../problem-text.ts'
import { outcomeOf, type Outcome } from './outcome.ts'
import { useActions } from './useActions.ts'

type Props = { order: Order; token: string; onChange: (order: Order) => void }
type Shown = Exclude<Outcome, 'paid'>

const looks: Record<Shown, { icon: LucideIcon; tone: Tone }> = {
  returned: { icon: Undo2, tone: 'warning' },
  bank: { icon: Landmark, tone: 'accent' },
  declined: { icon: XCircle, tone: 'negative' },
  failed: { icon: XCircle, tone: 'negative' },
  cancelled: { icon: TicketX, tone: 'neutral' },
  expired: { icon: Hourglass, tone: 'warning' },
  line: { icon: Users, tone: 'accent' },
  open: { icon: CreditCard, tone: 'accent' },
  starting: { icon: CreditCard, tone: 'accent' },
}

/** How an unpaid order stands, in plain words, and what its buyer can do. */
export function OutcomePanel({ order, token, onChange }: Props) {
  const { t } = useTranslation()
  const locale = useLocale()
  const outcome = outcomeOf(order) as Shown
  const { busy, problem, pay, cancel } = useActions(order, token, onChange)
  const { icon, tone } = looks[outcome]
  const allowed = (action: string) => order.allowedActions.includes(action)
  const title = outcome === 'starting' ? t('return.opening.title') : t(`return.${outcome}.title`)
  const payButton = (label: string) =>
    allowed('pay') && (
      <Button busy={busy === 'pay'} onClick={() => void pay()}>
        {label}
      </Button>
    )
  const cancelButton = allowed('cancel') && (
    <Button look="secondary" busy={busy === 'cancel'} onClick={() => void cancel()}>
      {t('return.open.cancel')}
    </Button>
  )
  const eventLink = (
    <Link
      to={addresses.event(order.event.organiser.slug, order.event.slug)}
      className={buttonClass(outcome === 'returned' ? 'secondary' : 'primary')}
    >
      {t('return.again')}
    </Link>
  )
  const actions: Record<Shown, ReactNode> = {
    returned: eventLink,
    cancelled: eventLink,
    expired: eventLink,
    failed: eventLink,
    bank: null,
    starting: null,
    line: cancelButton,
    declined: [payButton(t('return.declined.again')), cancelButton],
    open: [payButton(t('return.open.pay')), cancelButton],
  }
  return (
    <EmptyState level={1} icon={icon} tone={tone} title={title} actions={actions[outcome]}>
      {outcome === 'line' && order.payment?.position != null && (
        <p className="mb-2 text-lg font-semibold text-ink">
          {t('return.line.position', { count: order.payment.position })}
        </p>
      )}
      {outcome !== 'starting' && (
        <p>
          {t(`return.${outcome}.text`, { email: order.buyer.email, total: formatMoney(order.total, locale) })}
        </p>
      )}
      {(outcome === 'open' || outcome === 'declined') && <TimeLeft payment={order.payment} />}
      <p className="mt-5 text-sm">
        {order.event.name} · {t('order.number', { number: order.number })}
      </p>
      {problem && (
        <ProblemNotice className="mt-6 text-left" title={t('problem.title')} offline={problem.offline}>
          {problemText(problem)}
        </ProblemNotice>
      )}
    </EmptyState>
  )
}

function TimeLeft({ payment }: { payment: Order['payment'] }) {
  const { t } = useTranslation()
  const offset = useMemo(() => (payment ? offsetFrom(payment.serverTime) : 0), [payment])
  if (!payment?.expiresAt) return null
  return (
    <p className="mt-4 inline-flex items-center gap-2 rounded-full bg-accent-soft px-4 py-1.5 text-ink">
      {t('return.open.until')} <Countdown endsAt={payment.expiresAt} offset={offset} className="font-bold" />
    </p>
  )
}
