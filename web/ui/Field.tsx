import { CircleAlert, Check } from 'lucide-react'
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cx } from './classes.ts'

type FieldProps = ComponentProps<'input'> & {
  label: string
  hint?: ReactNode
  error?: string | undefined
}

/** A labelled input with its hint and its error, tied together for assistive technology. */
export function Field({ label, hint, error, className, id, ...input }: FieldProps) {
  const made = useId()
  const inputId = id ?? made
  const describedBy = cx(error && `${inputId}-error`, Boolean(hint) && `${inputId}-hint`)
  return (
    <div className={className}>
      <label htmlFor={inputId} className="block font-semibold mb-1.5">
        {label}
      </label>
      <Input
        {...input}
        id={inputId}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy || undefined}
      />
      {error && <FieldMessage id={`${inputId}-error`}>{error}</FieldMessage>}
      {hint && (
        <p id={`${inputId}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </p>
      )}
    </div>
  )
}

/** A text input in the system's look; give it a label with `Field` or your own. */
export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      {...rest}
      className={cx(
        // 16 px or more, so that telephones do not zoom in when it is touched.
        'block w-full min-h-12 rounded-md border bg-raised px-4 text-[1.0625rem] text-ink placeholder:text-faint',
        'border-line-strong/60 hover:border-line-strong transition-colors',
        'focus-visible:border-accent-text focus-visible:outline-offset-0',
        'aria-invalid:border-negative aria-invalid:bg-negative-soft',
        className,
      )}
    />
  )
}

function FieldMessage({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="mt-1.5 flex items-start gap-1.5 text-sm font-medium text-negative">
      <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </p>
  )
}

type CheckboxProps = Omit<ComponentProps<'input'>, 'type'> & { label: ReactNode; error?: string | undefined }

/** A box to tick with its words beside it; the whole line is the target. */
export function Checkbox({ label, error, className, id, ...input }: CheckboxProps) {
  const made = useId()
  const inputId = id ?? made
  return (
    <div className={className}>
      <div className="flex min-h-11 items-start gap-3">
        <span className="relative mt-[0.55rem] inline-flex size-6 shrink-0">
          <input
            {...input}
            id={inputId}
            type="checkbox"
            aria-invalid={error ? true : undefined}
            aria-describedby={error ? `${inputId}-error` : undefined}
            className={cx(
              'peer absolute inset-0 size-6 appearance-none rounded-[0.45rem] border bg-raised cursor-pointer',
              'border-line-strong checked:border-accent checked:bg-accent aria-invalid:border-negative',
              'before:absolute before:-inset-2.5',
            )}
          />
          <Check
            aria-hidden="true"
            strokeWidth={3}
            className="pointer-events-none absolute inset-1 size-4 text-on-accent opacity-0 peer-checked:opacity-100"
          />
        </span>
        <label htmlFor={inputId} className="py-2 leading-relaxed">
          {label}
        </label>
      </div>
      {error && <FieldMessage id={`${inputId}-error`}>{error}</FieldMessage>}
    </div>
  )
}
