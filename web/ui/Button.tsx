import type { ComponentProps, ReactNode } from 'react'
import { cx } from './classes.ts'
import { useTranslation } from './i18n.ts'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger'
type Size = 'md' | 'lg' | 'sm'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-[1.07] active:brightness-95',
  secondary: 'bg-raised text-ink border border-line hover:border-line-strong active:bg-sunken',
  quiet: 'text-ink hover:bg-ink/6 active:bg-ink/10',
  danger: 'bg-raised text-negative border border-line hover:border-negative active:bg-negative-soft',
}
const sizes: Record<Size, string> = {
  sm: 'min-h-11 px-3.5 text-[0.9375rem]',
  md: 'min-h-12 px-5 text-base',
  lg: 'min-h-14 px-7 text-[1.0625rem]',
}

/** The look of a button, for links that act as one. */
export function buttonClass(look: Look = 'primary', size: Size = 'md', wide = false): string {
  return cx(
    'inline-flex items-center justify-center gap-2.5 rounded-md font-semibold select-none text-center leading-tight',
    'transition-[filter,background-color,border-color,opacity] duration-150 [&_svg]:size-5 [&_svg]:shrink-0',
    'disabled:opacity-45 aria-disabled:opacity-45 aria-disabled:cursor-not-allowed',
    looks[look],
    sizes[size],
    wide && 'w-full',
  )
}

type Props = Omit<ComponentProps<'button'>, 'children'> & {
  children: ReactNode
  look?: Look
  size?: Size
  wide?: boolean
  /** Work is under way: the button keeps its place and its focus, and does nothing more. */
  busy?: boolean
}

/** A button. While `busy`, a second press does nothing. */
export function Button({
  look,
  size,
  wide,
  busy = false,
  className,
  onClick,
  children,
  type = 'button',
  ...rest
}: Props) {
  const { t } = useTranslation()
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
      className={cx(buttonClass(look, size, wide), busy && 'opacity-100!', className)}
    >
      {busy && <Spinner />}
      {children}
      {busy && <span className="sr-only">{t('ui.working')}</span>}
    </button>
  )
}

/** A small turning ring; says nothing to a screen reader by itself. */
export function Spinner({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        'inline-block size-[1.1em] rounded-full border-2 border-current border-r-transparent animate-spin',
        className,
      )}
    />
  )
}
