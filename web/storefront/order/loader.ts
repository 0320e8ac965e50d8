import { Problem, shop, type Order } from '@tessera/api-client'
import { redirect, type LoaderFunctionArgs } from 'react-router'
import { addresses } from '../addresses.ts'
import { orders } from '../storage.ts'
import { outcomeOf } from './outcome.ts'

export type OrderData =
  | { kind: 'locked' }
  | {
      kind: 'order'
      order: Order
      token: string
      /** When it was saved, if it comes from this device. */ savedAt: number | null
    }

/** With a copy on this device, a slow network is not waited for: the line at the door does not wait either. */
const PATIENCE_MS = 3000

/**
 * An order with its tickets: from the server, or from this device when there is no network or a bad one.
 * An order that still is to be paid leads to its waiting page.
 */
export async function loadOrder({ params }: LoaderFunctionArgs): Promise<OrderData | Response> {
  const orderId = params['orderId'] ?? ''
  const record = orders.load(orderId)
  if (!record) return { kind: 'locked' }
  const { token, order: copy, savedAt = null } = record
  const usable = copy && copy.tickets.length > 0 ? copy : null
  const request = shop.order(orderId, token)
  try {
    const order = usable ? await Promise.race([request, patience()]) : await request
    if (order === null) {
      request.then((late) => orders.save(late, token)).catch(() => undefined)
      return { kind: 'order', order: usable as Order, token, savedAt }
    }
    orders.save(order, token)
    const outcome = outcomeOf(order)
    if (outcome !== 'paid') return redirect(addresses.orderReturn(orderId))
    return { kind: 'order', order, token, savedAt: null }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    if (usable && (thrown.offline || thrown.status >= 500 || thrown.status === 429)) {
      return { kind: 'order', order: usable, token, savedAt }
    }
    if (thrown.status === 401 || thrown.status === 403 || thrown.status === 404) return { kind: 'locked' }
    throw thrown
  }
}

function patience(): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MS)
  })
}
