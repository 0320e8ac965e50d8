import { ChevronDown, CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './classes.ts'
import { useTranslation } from './i18n.ts'

export type Tone = 'neutral' | 'accent' | 'positive' | 'warning' | 'negative'

const tones: Record<Tone, string> = {
  neutral: 'bg-ink/6 text-ink',
  accent: 'bg-accent-soft text-accent-text',
  positive: 'bg-positive-soft text-positive',
  warning: 'bg-warning-soft text-warning',
  negative: 'bg-negative-soft text-negative',
}

/** A bordered surface. */
export function Card({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={cx('rounded-lg border border-line bg-raised', className)} />
}

/** One or two words about the state of something. */
export function Badge({
  tone = 'neutral',
  icon: Icon,
  children,
}: {
  tone?: Tone
  icon?: LucideIcon
  children: ReactNode
}) {
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-semibold whitespace-nowrap',
        tones[tone],
      )}
    >
      {Icon && <Icon aria-hidden="true" className="size-3.5" />}
      {children}
    </span>
  )
}

const alertIcons: Record<Tone, LucideIcon> = {
  neutral: Info,
  accent: Info,
  positive: CircleCheck,
  warning: TriangleAlert,
  negative: CircleAlert,
}

type AlertProps = {
  tone?: Tone
  title?: string
  icon?: LucideIcon
  children?: ReactNode
  actions?: ReactNode
  /** Speaks at once when it appears; for what went wrong just now. */
  urgent?: boolean
  className?: string
}

/** Something the reader should know, with what can be done about it. */
export function Alert({ tone = 'neutral', title, icon, children, actions, urgent, className }: AlertProps) {
  const Icon = icon ?? alertIcons[tone]
  return (
    <div
      role={urgent ? 'alert' : undefined}
      className={cx('flex gap-3 rounded-md p-4', tones[tone], className)}
    >
      <Icon aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0 grow">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className={cx('text-[0.9375rem] text-ink', title && 'mt-0.5')}>{children}</div>}
        {actions && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  )
}

type DisclosureProps = { summary: ReactNode; children: ReactNode; className?: string; open?: boolean }

/** A line that opens to show more below it; works without script. */
export function Disclosure({ summary, children, className, open }: DisclosureProps) {
  return (
    <details open={open} className={className}>
      <summary className="flex min-h-11 items-center justify-between gap-3 py-2 font-semibold">
        {summary}
        <ChevronDown
          aria-hidden="true"
          className="size-5 shrink-0 text-muted transition-transform duration-200 [details[open]>summary>&]:rotate-180"
        />
      </summary>
      {children}
    </details>
  )
}

/** A grey place where something is about to be. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cx('rounded-md bg-ink/8 animate-breathe', className)} />
}

/** Tells assistive technology that a page is on its way, around the skeletons that show it to the eye. */
export function LoadingRegion({ children, className }: { children: ReactNode; className?: string }) {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('ui.loading')} className={className}>
      {children}
    </div>
  )
}

type EmptyStateProps = {
  icon: LucideIcon
  title: string
  children?: ReactNode
  actions?: ReactNode
  tone?: Tone
  /** The heading's level: 1 where it is the page's only matter. */
  level?: 1 | 2
}

/** Nothing here yet, or no more: says why and teaches the next step. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  actions,
  tone = 'accent',
  level = 2,
}: EmptyStateProps) {
  const Heading = level === 1 ? 'h1' : 'h2'
  return (
    <div className="mx-auto flex max-w-md flex-col items-center py-12 text-center">
      <span className={cx('mb-5 inline-flex size-16 items-center justify-center rounded-full', tones[tone])}>
        <Icon aria-hidden="true" className="size-7" strokeWidth={1.75} />
      </span>
      <Heading className="text-2xl">{title}</Heading>
      {children && <div className="mt-3 text-muted">{children}</div>}
      {actions && <div className="mt-7 flex flex-wrap justify-center gap-3">{actions}</div>}
    </div>
  )
}
