import { Problem, shop, type BasketLine, type EventPage, type Hold, type Quote } from '@tessera/api-client'
import { offsetFrom } from '@tessera/ui'
import { redirect, type LoaderFunctionArgs } from 'react-router'
import { addresses } from '../addresses.ts'
import { loadEvent } from '../loaders.ts'
import { browserKey, holds } from '../storage.ts'

export type CheckoutData =
  | { kind: 'empty'; event: EventPage }
  | { kind: 'ended'; event: EventPage; lines: BasketLine[] }
  | { kind: 'held'; event: EventPage; hold: Hold; quote: Quote; offset: number }

/**
 * What checkout begins with: the hold this browser last asked for, as the server sees it now. An order that
 * was already made of it leads to that order instead.
 */
export async function loadCheckout(args: LoaderFunctionArgs): Promise<CheckoutData | Response> {
  const event = await loadEvent(args)
  const record = holds.load(event.id)
  if (!record) return { kind: 'empty', event }
  if (record.orderId) return redirect(addresses.orderReturn(record.orderId))
  const hold = record.id === null ? null : await findHold(event.id, record.id)
  if (!hold || hold.state === 'expired' || hold.state === 'released') {
    return { kind: 'ended', event, lines: record.lines }
  }
  // A hold that is "paying" or "converted" while no order is known here: the order's answer was lost on the
  // way. The form is shown, and sending it again answers with that same order.
  const quote = await shop.quote(event.id, hold.lines)
  return { kind: 'held', event, hold, quote, offset: offsetFrom(hold.serverTime) }
}

async function findHold(eventId: string, holdId: string): Promise<Hold | null> {
  try {
    return await shop.hold(eventId, holdId, browserKey())
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status === 404) return null
    throw thrown
  }
}
