import {
  cx,
  formatMoment,
  formatShortDay,
  formatTime,
  now,
  Spinner,
  useLocale,
  useTranslation,
} from '@tessera/ui'
import { Check, Eye, ScanLine, TriangleAlert, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { signalOf, type Signal, type Verdict } from './verdict.ts'

type Props = {
  verdict: (Verdict & { number: number }) | null
  checking: boolean
  preview: boolean
  timeZone: string
}

// Strong grounds with text of at least 4.5:1 on them, readable in the sun and in the dark.
const grounds: Record<Signal, string> = {
  yes: 'bg-[#0b7a3e] text-white',
  no: 'bg-[#b3170f] text-white',
  unsure: 'bg-[#f2b33d] text-black',
}

/** The verdict, as large as the hand that holds the telephone allows: colour, shape, words. */
export function VerdictPanel({ verdict, checking, preview, timeZone }: Props) {
  if (checking) return <Quiet checking preview={preview} />
  if (!verdict) return <Quiet checking={false} preview={preview} />
  const kind = signalOf(verdict)
  const isPreview = verdict.kind === 'answer' && verdict.preview
  return (
    <section
      key={verdict.number}
      aria-live="assertive"
      className={cx(
        'animate-fade flex grow flex-col px-6 py-6',
        grounds[kind],
        isPreview && 'preview-stripes',
      )}
    >
      <div className="flex items-center gap-5">
        <Shape kind={kind} />
        <Heading verdict={verdict} />
      </div>
      {verdict.kind === 'answer' && <Details verdict={verdict} timeZone={timeZone} />}
      {verdict.kind === 'unchecked' && <Unchecked />}
      {isPreview && <PreviewLine />}
    </section>
  )
}

function Quiet({ checking, preview }: { checking: boolean; preview: boolean }) {
  const { t } = useTranslation()
  return (
    <section
      aria-live="polite"
      className="flex grow flex-col items-center justify-center bg-paper px-6 py-8 text-center"
    >
      {checking ? (
        <Spinner className="size-14 border-4 text-muted" />
      ) : (
        <ScanLine aria-hidden="true" className="size-14 text-muted" strokeWidth={1.25} />
      )}
      <p className="mt-4 text-2xl font-bold tracking-tight">
        {checking ? t('scan.checking') : t('scan.ready')}
      </p>
      {!checking && <p className="mt-1.5 max-w-xs text-muted">{t('scan.ready.text')}</p>}
      {preview && (
        <p className="mt-4 inline-flex items-center gap-2 rounded-full border border-line-strong px-4 py-1.5 font-semibold">
          <Eye aria-hidden="true" className="size-5" /> {t('scan.preview.on')}
        </p>
      )}
    </section>
  )
}

// A disc with a tick, a square with a cross, a triangle: told apart without colours, too.
function Shape({ kind }: { kind: Signal }) {
  if (kind === 'unsure')
    return <TriangleAlert aria-hidden="true" className="size-24 shrink-0" strokeWidth={1.75} />
  const Icon = kind === 'yes' ? Check : X
  return (
    <span
      className={cx(
        'inline-flex size-24 shrink-0 items-center justify-center bg-white',
        kind === 'yes' ? 'rounded-full text-[#0b7a3e]' : 'rounded-lg text-[#b3170f]',
      )}
    >
      <Icon aria-hidden="true" className="size-16" strokeWidth={3.5} />
    </span>
  )
}

function Heading({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation()
  if (verdict.kind === 'unchecked') {
    return <Words title={t('verdict.unchecked')}>{t(`unchecked.${verdict.because}`)}</Words>
  }
  const { answer, preview } = verdict
  const title = preview ? t(`verdict.preview.${answer.verdict}`) : t(`verdict.${answer.verdict}`)
  return <Words title={title}>{answer.reason === null ? null : t(`reason.${answer.reason}`)}</Words>
}

function Words({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <p className="text-4xl leading-none font-extrabold tracking-tight">{title}</p>
      {children && <p className="mt-2 text-xl leading-snug font-semibold">{children}</p>}
    </div>
  )
}

function Details({ verdict, timeZone }: { verdict: Extract<Verdict, { kind: 'answer' }>; timeZone: string }) {
  const { t } = useTranslation()
  const locale = useLocale()
  const { ticket, previous } = verdict.answer
  const day = (at: string) => formatShortDay(at, timeZone, locale)
  const isToday = previous && day(previous.at) === day(new Date(now()).toISOString())
  const time = previous ? (isToday ? formatTime : formatMoment)(previous.at, timeZone, locale) : ''
  return (
    <div className="mt-6 space-y-3 text-xl leading-snug">
      {ticket && (
        <div>
          <p className="text-2xl font-bold">{ticket.holderName}</p>
          <p className="tabular">
            {ticket.ticketTypeName} · {t('verdict.serial', { serial: ticket.serial })}
          </p>
        </div>
      )}
      {previous && (
        <p className="tabular font-semibold">
          {previous.gate
            ? t('verdict.beforeGate', { time, gate: previous.gate })
            : t('verdict.before', { time })}
        </p>
      )}
      {ticket && ticket.admits > 1 && (
        <p className="font-semibold">{t('verdict.remaining', { count: ticket.remaining })}</p>
      )}
    </div>
  )
}

function Unchecked() {
  const { t } = useTranslation()
  return <p className="mt-6 text-lg leading-snug">{t('unchecked.do')}</p>
}

function PreviewLine() {
  const { t } = useTranslation()
  return (
    <p className="mt-auto flex items-center gap-2 pt-4 text-lg font-semibold">
      <Eye aria-hidden="true" className="size-6" /> {t('scan.preview.on')}
    </p>
  )
}
