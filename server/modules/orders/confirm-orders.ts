import type { Clock } from '#platform/clock'
import type { Tx } from '#platform/database'
import type { Events } from '#platform/events'
import type { OrgId } from '#platform/ids'
import type { Metrics } from '#platform/telemetry'
import { convertHolds, takeAgain, type HoldId } from '#modules/holds'
import { post, transfers } from '#modules/ledger'
import { returnPayment, type PaymentId } from '#modules/payments'
import { stateOfEvent } from '#modules/catalog'
import { endOrders } from './end-orders.ts'
import { orderPaid, orderPaymentReturned } from './events.ts'
import { can } from '#platform/state-machine'
import { orderMachine, type EventId, type Order, type OrderId } from './order.ts'
import * as store from './order-store.ts'

interface Deps {
  clock: Clock
  events: Events
  metrics: Metrics
}

export interface ToConfirm {
  orderId: OrderId
  /** What was paid with; null when there was nothing to pay. */
  payment: { paymentId: PaymentId; amount: number; currency: string } | null
}

/**
 * The confirm desk's work for one event, in the caller's transaction and set-based: places become sold, orders paid, the
 * books written, tickets issued (they listen to orderPaid). Called at the end of every payment's way and for free orders.
 *
 * A payment that cannot be given anything for (the places went to somebody else, or the order was paid before) goes back,
 * whole, in this same transaction. Returns the orders that are paid by this call. `written`: the orders, where this very
 * transaction wrote them, so that nobody else can know them yet.
 */
export async function confirmOrders(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  asked: readonly ToConfirm[],
  written?: readonly Order[],
): Promise<Map<OrderId, Order>> {
  const now = deps.clock.now()
  const ids = [...new Set(asked.map((one) => one.orderId))]
  if ((await stateOfEvent(tx, orgId, eventId)) === 'cancelled')
    return endCancelled(deps, tx, orgId, eventId, ids, asked)
  // Pools are locked in here, before orders; every operation that needs both does it in this order.
  const holdIds = written?.map((order) => order.holdId) ?? (await store.holdsOf(tx, orgId, ids))
  const converted = await convertHolds(tx, orgId, eventId, holdIds, now)
  const orders = written ?? (await store.lockOrders(tx, orgId, ids))
  const entitled = new Set<HoldId>(converted.map((hold) => hold.id))
  const late = orders.filter(
    (order) => !entitled.has(order.holdId) && can(orderMachine, order.state, 'confirm') && order.total > 0,
  )
  if (late.length > 0) {
    const served = await takeAgain(
      tx,
      orgId,
      eventId,
      late.map((o) => ({ holdId: o.holdId, browserHash: o.browserHash, lines: o.lines })),
      now,
    )
    for (const holdId of served) entitled.add(holdId)
  }
  const moved = new Set(
    await store.moveOrders(
      tx,
      orgId,
      orders.filter((o) => entitled.has(o.holdId)).map((o) => o.id),
      'confirm',
      // An order that had ended and is paid after all has nothing to explain any more.
      { paidAt: now, notice: null },
    ),
  )
  const paid = new Map(
    orders.filter((o) => moved.has(o.id)).map((o) => [o.id, { ...o, state: 'paid' as const, paidAt: now }]),
  )
  await settleMoney(deps, tx, orgId, eventId, asked, paid)
  await deps.events.emit(
    tx,
    orgId,
    orderPaid,
    [...paid.keys()].map((orderId) => ({ orderId, eventId })),
  )
  deps.metrics.count('orders_paid', {}, paid.size)
  return paid
}

/** Nothing of a cancelled event is sold any more: whoever paid in the meantime gets it back, whole, and the order ends. */
async function endCancelled(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  ids: readonly OrderId[],
  asked: readonly ToConfirm[],
): Promise<Map<OrderId, Order>> {
  await endOrders(deps, tx, orgId, eventId, ids, 'cancel')
  await settleMoney(deps, tx, orgId, eventId, asked, new Map(), 'event-cancelled')
  return new Map()
}

/** The first payment of an order that was just paid is a sale; every other one goes back. */
async function settleMoney(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  asked: readonly ToConfirm[],
  paid: ReadonlyMap<OrderId, Order>,
  otherwise = 'nothing-to-give',
): Promise<void> {
  const sold = new Set<OrderId>()
  const postings = []
  const returned = []
  for (const { orderId, payment } of asked) {
    if (!payment) continue
    const order = paid.get(orderId)
    if (order && !sold.has(orderId)) {
      sold.add(orderId)
      postings.push(
        transfers.primarySale({
          paymentId: payment.paymentId,
          currency: order.currency,
          amount: payment.amount,
          split: totalSplit(order),
        }),
      )
    } else {
      const reason = order ? 'paid-twice' : otherwise
      returned.push({ orderId, eventId, paymentId: payment.paymentId, reason })
    }
  }
  await post(tx, orgId, postings, deps.clock.now())
  for (const fact of returned) await returnPayment(deps, tx, orgId, fact.paymentId, fact.reason)
  await store.setNotice(
    tx,
    orgId,
    returned.filter((fact) => !paid.has(fact.orderId)).map((fact) => fact.orderId),
    'payment-returned',
  )
  await deps.events.emit(tx, orgId, orderPaymentReturned, returned)
}

/** Who gets what of an order: the sum of its lines' splits. */
export function totalSplit(order: Pick<Order, 'lines'>): Order['lines'][number]['split'] {
  const tax = new Map<string, number>()
  let organiser = 0
  let platformFee = 0
  for (const { split } of order.lines) {
    organiser += split.organiser
    platformFee += split.platformFee
    for (const one of split.tax) tax.set(one.jurisdiction, (tax.get(one.jurisdiction) ?? 0) + one.amount)
  }
  return { organiser, platformFee, tax: [...tax].map(([jurisdiction, amount]) => ({ jurisdiction, amount })) }
}
