import { cx } from './classes.ts'
import { formatMoment, formatMoney, formatZone, sameWallClock } from './format.ts'
import { useTranslation } from './i18n.ts'

/** The locale in which dates and money are written. */
export function useLocale(): string {
  return useTranslation().locale
}

/** An amount of money in minor units, in the reader's way of writing it. */
export function Money({
  value,
  className,
}: {
  value: { amount: number; currency: string }
  className?: string
}) {
  const locale = useLocale()
  return <span className={cx('tabular whitespace-nowrap', className)}>{formatMoney(value, locale)}</span>
}

type DateTimeProps = {
  iso: string
  timeZone: string
  format?: (iso: string, timeZone: string, locale: string) => string
  className?: string
}

/** A moment at the venue, in the venue's zone. */
export function DateTime({ iso, timeZone, format = formatMoment, className }: DateTimeProps) {
  const locale = useLocale()
  return (
    <time dateTime={iso} className={className}>
      {format(iso, timeZone, locale)}
    </time>
  )
}

/** The same moment by the visitor's own clock; nothing where the two clocks agree. */
export function VisitorTime({
  iso,
  timeZone,
  className,
}: {
  iso: string
  timeZone: string
  className?: string
}) {
  const { t } = useTranslation()
  const locale = useLocale()
  if (sameWallClock(iso, timeZone)) return null
  const time = `${formatMoment(iso, undefined, locale)} ${formatZone(iso, undefined, locale)}`
  return <span className={className}>{t('ui.yourTime', { time })}</span>
}
