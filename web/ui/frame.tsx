import { FlaskConical } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './classes.ts'

/** The line at the top of every page: whose shop this is on the left, one or two ways on at the right. */
export function PageHeader({
  start,
  end,
  className,
}: {
  start: ReactNode
  end?: ReactNode
  className?: string
}) {
  return (
    <header className={cx('border-b border-line bg-paper', className)}>
      <div className="mx-auto flex min-h-16 max-w-6xl items-center justify-between gap-4 px-5 sm:px-8">
        {start}
        {end}
      </div>
    </header>
  )
}

/** The last line of every page. */
export function Footer({ children }: { children: ReactNode }) {
  return (
    <footer className="mt-auto border-t border-line">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-8 gap-y-2 px-5 py-6 text-[0.9375rem] text-muted sm:px-8">
        {children}
      </div>
    </footer>
  )
}

/** The mark of test mode: always seen, never in the way. */
export function TestModeBanner({ children }: { children: ReactNode }) {
  return (
    <aside className="flex items-center justify-center gap-2 bg-warning-soft px-5 py-2 text-center text-sm font-medium text-warning">
      <FlaskConical aria-hidden="true" className="size-4 shrink-0" />
      <span>{children}</span>
    </aside>
  )
}

/** The platform's sign: four tiles, one of them round. */
export function TesseraMark({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 24 24" className={cx('size-6', className)}>
      <path d="M2 2h9v9H2zM13 13h9v9h-9z" fill="currentColor" />
      <path d="M13 2h9a9 9 0 0 1-9 9z" fill="currentColor" opacity=".55" />
      <circle cx="6.5" cy="17.5" r="4.5" fill="currentColor" opacity=".8" />
    </svg>
  )
}
