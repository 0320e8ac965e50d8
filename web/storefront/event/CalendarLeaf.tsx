import { cx } from '@tessera/ui'

type Props = { weekday: string; day: string; month: string; muted?: boolean }

/** A leaf of a calendar. The date stands in words beside it, so this one is for the eye alone. */
export function CalendarLeaf({ weekday, day, month, muted }: Props) {
  return (
    <div
      aria-hidden="true"
      className={cx(
        'flex w-16 shrink-0 flex-col overflow-hidden rounded-md border border-line text-center',
        muted ? 'bg-sunken text-muted' : 'bg-raised',
      )}
    >
      <span
        className={cx('py-0.5 text-xs font-bold uppercase', muted ? 'bg-ink/6' : 'bg-accent text-on-accent')}
      >
        {month}
      </span>
      <span className="tabular pt-1 text-2xl leading-none font-bold tracking-tight">{day}</span>
      <span className="pt-0.5 pb-1.5 text-xs text-muted">{weekday}</span>
    </div>
  )
}
