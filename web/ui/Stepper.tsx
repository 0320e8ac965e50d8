import { Minus, Plus } from 'lucide-react'
import { cx } from './classes.ts'
import { useTranslation } from './i18n.ts'

type Props = {
  /** What is counted, for those who hear the screen. */
  name: string
  value: number
  /** The smallest number above zero; the first press of "more" goes straight to it. */
  min: number
  max: number
  onChange: (value: number) => void
  className?: string
}

/** Chooses a number of tickets: zero, or from `min` to `max`. */
export function Stepper({ name, value, min, max, onChange, className }: Props) {
  const { t } = useTranslation()
  const fewer = () => onChange(value <= min ? 0 : value - 1)
  const more = () => onChange(Math.min(max, value === 0 ? Math.max(1, min) : value + 1))
  return (
    <div
      role="group"
      aria-label={t('ui.quantity', { name })}
      className={cx('inline-flex items-center gap-1 rounded-full', className)}
    >
      <StepButton label={t('ui.fewer', { name })} disabled={value <= 0} onPress={fewer} strong={false}>
        <Minus aria-hidden="true" className="size-5" />
      </StepButton>
      <output
        className={cx(
          'tabular min-w-9 text-center text-lg font-semibold',
          value === 0 && 'text-muted font-medium',
        )}
      >
        {value}
      </output>
      <StepButton label={t('ui.more', { name })} disabled={value >= max} onPress={more} strong>
        <Plus aria-hidden="true" className="size-5" />
      </StepButton>
    </div>
  )
}

type StepButtonProps = {
  label: string
  disabled: boolean
  strong: boolean
  onPress: () => void
  children: React.ReactNode
}

// aria-disabled instead of disabled: the focus stays where the finger is when the end is reached.
function StepButton({ label, disabled, strong, onPress, children }: StepButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-disabled={disabled || undefined}
      onClick={() => !disabled && onPress()}
      className={cx(
        'inline-flex size-11 items-center justify-center rounded-full transition-colors duration-150',
        'focus-visible:rounded-full aria-disabled:cursor-not-allowed',
        disabled && 'border border-line text-faint/70',
        !disabled && strong && 'bg-ink text-paper hover:bg-ink/85',
        !disabled && !strong && 'border border-line-strong/60 bg-raised text-ink hover:border-line-strong',
      )}
    >
      {children}
    </button>
  )
}
