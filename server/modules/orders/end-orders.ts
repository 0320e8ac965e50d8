import type { Clock } from '#platform/clock'
import { actAs, withOrg, type Database, type Tx } from '#platform/database'
import type { Events } from '#platform/events'
import type { OrgId } from '#platform/ids'
import { giveBackHolds, readHolds, stateAt } from '#modules/holds'
import { endPayment, type EndPaymentDeps } from '#modules/payments'
import { orderEnded } from './events.ts'
import type { EventId, Order, OrderEvent, OrderId, OrderNotice } from './order.ts'
import { currentPayment } from './pay-order.ts'
import * as store from './order-store.ts'
import { ordersProblems } from './problems.ts'

interface Deps {
  clock: Clock
  events: Events
}

/**
 * Ends orders that were not paid, and frees their places: those whose payment the provider called dead (within the
 * transaction of that fact), and those that nobody began to pay. All are of one event.
 */
export async function endOrders(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  orderIds: readonly OrderId[],
  how: 'expire' | 'fail' | 'cancel',
): Promise<OrderId[]> {
  const before = await store.readOrders(tx, orgId, orderIds)
  await giveBackHolds(
    tx,
    orgId,
    eventId,
    before.map((order) => order.holdId),
    deps.clock.now(),
  )
  const orders = await store.lockOrders(tx, orgId, orderIds)
  const ended: OrderId[] = []
  for (const [event, which] of Map.groupBy(orders, (order): OrderEvent =>
    how === 'expire' && order.cancelAskedAt ? 'cancel' : how,
  )) {
    const notice: OrderNotice = event === 'fail' ? 'payment-declined' : 'hold-ended'
    const moved = await store.moveOrders(
      tx,
      orgId,
      which.map((order) => order.id),
      event,
      event === 'cancel' ? {} : { notice },
    )
    ended.push(...moved)
    const state = event === 'expire' ? ('expired' as const) : ('cancelled' as const)
    await deps.events.emit(
      tx,
      orgId,
      orderEnded,
      moved.map((orderId) => ({ orderId, eventId, state })),
    )
  }
  return ended
}

/**
 * The buyer changes their mind before paying. A session that is open at the provider is ended there first; if it turns
 * out to be paid, the order is paid and stays. Refuses with orders.not-cancellable.
 */
export async function cancelOrder(
  deps: Deps & EndPaymentDeps & { db: Database },
  order: Order,
): Promise<void> {
  const { orgId, id } = order
  if (order.state === 'pending') {
    const ended = await withOrg(deps.db, orgId, async (tx) => {
      await actAs(tx, 'buyer')
      return endPending(deps, tx, order, 'cancel')
    })
    if (ended) return
  } else if (order.state === 'awaiting_session' || order.state === 'awaiting_payment') {
    await withOrg(deps.db, orgId, (tx) => store.askToCancel(tx, orgId, id, deps.clock.now()))
    const payment = await currentPayment(deps.db, orgId, order)
    if (payment) await endPayment(deps, orgId, payment.id)
    return
  }
  throw ordersProblems.notCancellable({ extras: { state: order.state } })
}

/**
 * Ends an order that nobody began to pay. The order is locked first, so that a payment that starts in the same moment
 * either comes before (and then nothing is ended here) or finds the order over.
 */
async function endPending(
  deps: Deps,
  tx: Tx,
  { orgId, eventId, id }: Pick<Order, 'orgId' | 'eventId' | 'id'>,
  how: 'expire' | 'cancel',
): Promise<boolean> {
  const [order] = await store.lockOrders(tx, orgId, [id])
  if (order?.state !== 'pending') return false
  return (await endOrders(deps, tx, orgId, eventId, [id], how)).length === 1
}

/** Ends the orders that nobody began to pay and whose hold is over. Job `orders.expire-abandoned`. Returns how many. */
export async function expireAbandonedOrders(deps: Deps & { db: Database }): Promise<number> {
  const now = deps.clock.now()
  let expired = 0
  for (const { orgId, id } of await store.ordersWithoutHold(deps.db, now, 500)) {
    expired += await withOrg(deps.db, orgId, async (tx) => {
      const [order] = await store.readOrders(tx, orgId, [id])
      const [hold] = order ? await readHolds(tx, orgId, [order.holdId]) : []
      if (!order || !hold || stateAt(hold, now) === 'active' || hold.state === 'paying') return 0
      return (await endPending(deps, tx, order, 'expire')) ? 1 : 0
    })
  }
  return expired
}

/**
 * After an event was cancelled: ends everything that was not paid yet, at the provider first where somebody may be paying.
 * Who pays all the same gets the money back (confirmOrders). Job `orders.end-orders-of-cancelled-event`; safe to repeat.
 */
export async function endOrdersOfEvent(
  deps: Deps & EndPaymentDeps & { db: Database },
  orgId: OrgId,
  { eventId }: { eventId: string },
): Promise<void> {
  const orders = await withOrg(deps.db, orgId, (tx) => store.unfinishedOrders(tx, orgId, eventId as EventId))
  for (const order of orders) {
    if (order.state === 'pending') {
      await withOrg(deps.db, orgId, (tx) => endPending(deps, tx, order, 'cancel'))
      continue
    }
    await withOrg(deps.db, orgId, (tx) => store.askToCancel(tx, orgId, order.id, deps.clock.now()))
    const payment = await currentPayment(deps.db, orgId, order)
    if (payment) await endPayment(deps, orgId, payment.id)
  }
}
