import {
  watchAvailability,
  type AvailabilityMessage,
  type EventPage,
  type TicketType,
} from '@tessera/api-client'
import { now } from '@tessera/ui'
import { useCallback, useEffect, useState } from 'react'
import { useRevalidator } from 'react-router'
import { nextSaleStart } from './phase.ts'

type Live = Record<string, Pick<TicketType, 'saleState' | 'availability'>>

/** An interruption shorter than this is nobody's business. */
const PATIENCE_MS = 6000

/**
 * The event's ticket types with what the live stream has said since. `correct` puts in what a refusal told
 * us about one type, before the stream says the same.
 */
export function useLiveTickets(event: EventPage) {
  const [told, setTold] = useState<{ event: EventPage; live: Live }>({ event, live: {} })
  // What was told about an older version of the page says nothing about this one.
  const live = told.event === event ? told.live : {}
  const [interrupted, setInterrupted] = useState(false)

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const onMessage = (message: AvailabilityMessage) =>
      setTold({ event, live: Object.fromEntries(message.ticketTypes.map((type) => [type.id, type])) })
    const onConnection = (connected: boolean) => {
      if (connected) {
        clearTimeout(timer)
        timer = undefined
        setInterrupted(false)
      } else {
        timer ??= setTimeout(() => setInterrupted(true), PATIENCE_MS)
      }
    }
    const stop = watchAvailability(event.id, onMessage, onConnection)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [event])

  const correct = useCallback((ticketTypeId: string, left: number) => {
    const availability = {
      band: left > 0 ? ('last' as const) : ('none' as const),
      left: left > 0 ? left : null,
    }
    const saleState = left > 0 ? ('on_sale' as const) : ('sold_out' as const)
    setTold((before) => ({
      ...before,
      live: { ...before.live, [ticketTypeId]: { saleState, availability } },
    }))
  }, [])

  const ticketTypes = event.ticketTypes.map((type) => {
    const newer = live[type.id]
    return newer ? { ...type, saleState: newer.saleState, availability: newer.availability } : type
  })
  useOpening(nextSaleStart(ticketTypes))
  return { ticketTypes, interrupted, correct }
}

// When sales open, the page asks once more. Each asks at its own moment within a second and a half, so that
// ten thousand waiting pages do not ask in the same instant.
function useOpening(opensAt: string | null): void {
  const { revalidate } = useRevalidator()
  useEffect(() => {
    if (opensAt === null) return undefined
    const wait = new Date(opensAt).getTime() - now()
    if (wait > 86_400_000) return undefined
    const timer = setTimeout(() => void revalidate(), Math.max(1000, wait) + Math.random() * 1500)
    return () => clearTimeout(timer)
  }, [opensAt, revalidate])
}
