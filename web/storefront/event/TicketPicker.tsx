import { Problem, type EventPage } from '@tessera/api-client'
import { addMoney, Button, Card, Money, now, ProblemNotice, useTranslation } from '@tessera/ui'
import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { addresses } from '../addresses.ts'
import { asProblem, problemText } from '../problem-text.ts'
import { reserve } from '../reserve.ts'
import { phaseOf } from './phase.ts'
import { PhaseNotice } from './PhaseNotice.tsx'
import { TicketRow } from './TicketRow.tsx'
import { useBasket } from './useBasket.ts'
import { useLiveTickets } from './useLiveTickets.ts'

/** The tickets of an event with live availability, and the basket that leads to checkout. */
export function TicketPicker({ event }: { event: EventPage }) {
  const { t } = useTranslation()
  const { ticketTypes, interrupted, correct } = useLiveTickets(event)
  const basket = useBasket(event.id, ticketTypes)
  const { submit, busy, problem, waiting } = useReserve(event, correct)
  const phase = phaseOf(event, ticketTypes, now())
  const sells = phase === 'open'
  const listed = phase !== 'cancelled' && phase !== 'over' && ticketTypes.length > 0
  const total = addMoney(
    ticketTypes.map((type) => ({
      amount: type.price.amount * (basket.quantities[type.id] ?? 0),
      currency: event.currency,
    })),
    event.currency,
  )
  const count = basket.lines.reduce((sum, line) => sum + line.quantity, 0)
  return (
    <section aria-labelledby="tickets-heading" id="tickets" className="scroll-mt-4">
      <h2 id="tickets-heading" className="mb-4 text-2xl">
        {t('event.tickets')}
      </h2>
      {!sells && <PhaseNotice phase={phase} event={event} ticketTypes={ticketTypes} />}
      {listed && (
        <Card className={sells ? '' : 'mt-4'}>
          <ul className="divide-y divide-line">
            {ticketTypes.map((type) => (
              <TicketRow
                key={type.id}
                type={type}
                timeZone={event.timeZone}
                quantity={basket.quantities[type.id] ?? 0}
                lowered={basket.lowered.includes(type.id)}
                onChange={(quantity) => basket.change(type.id, quantity)}
              />
            ))}
          </ul>
          {problem && (
            <div className="px-5 pb-5" ref={showFully}>
              <ReserveProblem problem={problem} event={event} />
            </div>
          )}
          {sells && (
            <BasketBar
              count={count}
              total={total}
              busy={busy}
              waiting={waiting}
              onContinue={() => void submit(basket.lines)}
            />
          )}
        </Card>
      )}
      <p role="status" className="mt-3 text-sm text-muted">
        {interrupted && listed && t('event.live.lost')}
      </p>
    </section>
  )
}

// On a telephone the basket would cover what went wrong.
function showFully(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'center' })
}

function useReserve(event: EventPage, correct: (ticketTypeId: string, left: number) => void) {
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [waiting, setWaiting] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const submit = async (lines: { ticketTypeId: string; quantity: number }[]) => {
    if (busy || lines.length === 0) return
    setBusy(true)
    setProblem(null)
    try {
      await reserve(event.id, lines, () => setWaiting(true))
      await navigate(addresses.checkout(event.organiser.slug, event.slug))
    } catch (thrown) {
      const problem = asProblem(thrown)
      const { ticketTypeId, left } = problem.extras
      if (problem.code === 'holds.sold-out' && typeof ticketTypeId === 'string')
        correct(ticketTypeId, Number(left) || 0)
      setProblem(problem)
    } finally {
      setBusy(false)
      setWaiting(false)
    }
  }
  return { submit, busy, waiting, problem }
}

function ReserveProblem({ problem, event }: { problem: Problem; event: EventPage }) {
  const { t } = useTranslation()
  const { ticketTypeId, left } = problem.extras
  const name = event.ticketTypes.find((type) => type.id === ticketTypeId)?.name
  if (problem.code === 'holds.sold-out' && name) {
    const some = typeof left === 'number' && left > 0
    return (
      <ProblemNotice title={t('basket.soldOut.title')}>
        {some ? t('basket.soldOut.some', { count: left, name }) : t('basket.soldOut.none', { name })}
      </ProblemNotice>
    )
  }
  return (
    <ProblemNotice title={t('problem.title')} offline={problem.offline} requestId={problem.requestId}>
      {problemText(problem)}
    </ProblemNotice>
  )
}

type BarProps = {
  count: number
  total: { amount: number; currency: string }
  busy: boolean
  waiting: boolean
  onContinue: () => void
}

/** Below the tickets on a wide screen; on a narrow one it stays at the foot of the screen once it has something. */
function BasketBar({ count, total, busy, waiting, onContinue }: BarProps) {
  const { t } = useTranslation()
  if (count === 0) return <p className="border-t border-line px-5 py-4 text-muted">{t('basket.empty')}</p>
  return (
    <section
      aria-label={t('basket.region')}
      className={
        'z-30 border-line bg-raised max-lg:fixed max-lg:inset-x-0 max-lg:bottom-0 max-lg:border-t ' +
        'max-lg:pb-[env(safe-area-inset-bottom)] max-lg:animate-sheet lg:rounded-b-lg'
      }
    >
      <div className="perforation [--perforation-ground:var(--paper)] max-lg:hidden" />
      <div className="mx-auto flex max-w-6xl items-center justify-between gap-4 px-5 py-3.5 sm:px-8 lg:px-5 lg:py-5">
        <div className="min-w-0">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <Money value={total} className="text-2xl leading-tight font-bold tracking-tight" />
            <span className="text-[0.9375rem] text-muted">{t('basket.count', { count })}</span>
          </p>
          <p className="text-sm leading-tight text-muted">{waiting ? t('basket.busy') : t('event.allIn')}</p>
        </div>
        <Button size="lg" busy={busy} onClick={onContinue} className="shrink-0">
          {t('basket.continue')}
          {!busy && <ArrowRight aria-hidden="true" />}
        </Button>
      </div>
    </section>
  )
}
