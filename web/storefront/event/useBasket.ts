import type { BasketLine, TicketType } from '@tessera/api-client'
import { useEffect, useState } from 'react'
import { baskets, type Basket } from '../storage.ts'
import { limitsOf } from './phase.ts'

/**
 * The numbers chosen on the event page. They survive a reload, and never stand above what can be had: when
 * less is left, the number is lowered and the type is named in `lowered`.
 */
export function useBasket(eventId: string, ticketTypes: readonly TicketType[]) {
  const [basket, setBasket] = useState<Basket>(() => baskets.load(eventId))
  const [lowered, setLowered] = useState<string[]>([])

  const possible = Object.fromEntries(
    ticketTypes.map((type) => {
      const { min, max } = limitsOf(type)
      const wanted = basket[type.id] ?? 0
      return [type.id, wanted < min ? 0 : Math.min(wanted, max)]
    }),
  )
  const tooMany = ticketTypes
    .filter((type) => (basket[type.id] ?? 0) > (possible[type.id] ?? 0))
    .map(({ id }) => id)
  const tooManyKey = tooMany.join(' ')

  useEffect(() => {
    if (tooManyKey === '') return
    setBasket((before) => ({
      ...before,
      ...Object.fromEntries(tooMany.map((id) => [id, possible[id] ?? 0])),
    }))
    setLowered(tooMany)
    // The key stands for the list, and the list for the numbers that are possible.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [tooManyKey])

  useEffect(() => baskets.save(eventId, basket), [eventId, basket])

  const change = (ticketTypeId: string, quantity: number) => {
    setLowered((before) => before.filter((id) => id !== ticketTypeId))
    setBasket((before) => ({ ...before, [ticketTypeId]: quantity }))
  }
  const lines: BasketLine[] = ticketTypes
    .map((type) => ({ ticketTypeId: type.id, quantity: possible[type.id] ?? 0 }))
    .filter((line) => line.quantity > 0)
  return { quantities: possible, lines, lowered, change }
}
