import { useEffect, useRef, useState } from 'react'
import { now, useNow } from './clock.ts'
import { formatSeconds } from './format.ts'
import { useTranslation } from './i18n.ts'

type Props = {
  /** When it ends, by the server's clock. */
  endsAt: string
  /** What to add to this device's clock to have the server's, in milliseconds (see `offsetFrom`). */
  offset?: number
  onEnd?: () => void
  className?: string
}

/** Seconds at which the time left is spoken: often enough to help, seldom enough to let people type. */
const SPOKEN_AT = [300, 120, 60, 30]

/** Shows the time left, and speaks it at five, two and one minute and at thirty seconds. */
export function Countdown({ endsAt, offset = 0, onEnd, className }: Props) {
  const { t } = useTranslation()
  const time = useNow(1000)
  const left = Math.max(0, Math.ceil((new Date(endsAt).getTime() - (time + offset)) / 1000))
  const announcement = useAnnouncement(left)
  useEnd(endsAt, offset, onEnd)
  return (
    <>
      <span role="timer" aria-live="off" className={`tabular ${className ?? ''}`}>
        {formatSeconds(left)}
      </span>
      <span className="sr-only" aria-live="polite">
        {announcement === null
          ? ''
          : announcement >= 60
            ? t('ui.timeLeft', { count: announcement / 60 })
            : t('ui.secondsLeft', { count: announcement })}
      </span>
    </>
  )
}

function useAnnouncement(left: number): number | null {
  const [spoken, setSpoken] = useState<number | null>(null)
  const before = useRef(left)
  useEffect(() => {
    const passed = SPOKEN_AT.find((mark) => before.current > mark && left <= mark)
    before.current = left
    if (passed !== undefined) setSpoken(passed)
  }, [left])
  return spoken
}

function useEnd(endsAt: string, offset: number, onEnd: (() => void) | undefined): void {
  const latest = useRef(onEnd)
  useEffect(() => {
    latest.current = onEnd
  })
  useEffect(() => {
    const wait = new Date(endsAt).getTime() - (now() + offset)
    // Timers cannot wait longer than 24.8 days; what is further away than a day is not watched by anyone.
    if (wait > 86_400_000) return undefined
    const timer = setTimeout(() => latest.current?.(), Math.max(0, wait))
    return () => clearTimeout(timer)
  }, [endsAt, offset])
}
