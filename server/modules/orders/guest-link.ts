import { z } from 'zod'
import type { Keys } from '#platform/crypto'
import { withOrg, type Database } from '#platform/database'
import { publicId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { findTenant, readOrders } from './order-store.ts'
import type { Order, OrderId } from './order.ts'

/** How a guest's token travels with a request: in a header, so that no address and no log holds it. */
export const guestHeader = z.object({ 'tessera-guest': z.string().min(20).max(100) })

/**
 * What lets a guest see an order: a keyed hash over the order and its generation. Nothing of it is stored; raising the
 * generation makes older links dead.
 */
export function guestToken(keys: Keys, orderId: OrderId, generation: number): string {
  return Buffer.from(keys.mac(purpose, textOf(orderId, generation)), 'hex').toString('base64url')
}

const purpose = 'guest-link'
const textOf = (orderId: OrderId, generation: number) => `${orderId} ${generation}`

/** Also true for links that were made under an earlier master key: a rotation must not lock buyers out. */
function opens(keys: Keys, order: Pick<Order, 'id' | 'guestGeneration'>, token: string): boolean {
  const mac = Buffer.from(token, 'base64url').toString('hex')
  return keys.isMac(purpose, textOf(order.id, order.guestGeneration), mac)
}

/** The link in a mail. The token is in the fragment, which browsers send to nobody. */
export function guestLink(
  deps: { keys: Keys; publicUrl: string },
  order: Pick<Order, 'id' | 'guestGeneration'>,
): string {
  return `${deps.publicUrl}/orders/${publicId('ord', order.id)}#t=${guestToken(deps.keys, order.id, order.guestGeneration)}`
}

/** The order of whoever holds its token. A wrong token and an unknown order answer the same: request.not-found. */
export async function orderOfGuest(
  deps: { db: Database; keys: Keys },
  orderId: OrderId,
  token: string,
): Promise<Order> {
  const orgId = await findTenant(deps.db, orderId)
  const order = orgId && (await withOrg(deps.db, orgId, (tx) => readOrders(tx, orgId, [orderId])))[0]
  if (!order || !opens(deps.keys, order, token)) throw requestProblems.notFound()
  return order
}
