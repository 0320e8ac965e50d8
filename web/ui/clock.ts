import { useEffect, useState } from 'react'

/** The time on this device, in milliseconds. The one place in the screens that reads the clock. */
export function now(): number {
  return Date.now()
}

/**
 * How far this device's clock is behind the server's, in milliseconds, judged by a time the server has just
 * sent. Added to `now()` it gives the server's time, so that a wrong clock does not shorten anyone's hold.
 */
export function offsetFrom(serverTime: string): number {
  return new Date(serverTime).getTime() - now()
}

/** The time, read again every `everyMs`; stands still while `everyMs` is null. */
export function useNow(everyMs: number | null): number {
  const [time, setTime] = useState(now)
  useEffect(() => {
    if (everyMs === null) return undefined
    const timer = setInterval(() => setTime(now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return time
}
