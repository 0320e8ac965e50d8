import type { Clock } from '#platform/clock'
import { withOrg, type Database } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import { startPayment } from '#modules/holds'
import {
  createPayments,
  openSession,
  readPayments,
  type OpenSessionDeps,
  type Payment,
} from '#modules/payments'
import type { EventForSale } from '#modules/catalog'
import { paymentWindow, type Order } from './order.ts'
import * as store from './order-store.ts'
import { ordersProblems } from './problems.ts'

type Deps = OpenSessionDeps & { db: Database; clock: Clock }

/**
 * Starts the payment of an order, or finds the one that is under way: two tabs get one session. The hold stops running
 * out here. The intention is on disk before the provider is asked. Refuses with orders.hold-ended, orders.not-payable.
 */
export async function payOrder(deps: Deps, order: Order, event: EventForSale): Promise<void> {
  const payment = await withOrg(deps.db, order.orgId, (tx) => prepare(deps, tx, order, event))
  killPoint('orders.payment-intended')
  if (payment.state === 'created') await openSession(deps, order.orgId, payment.id)
}

async function prepare(
  deps: Deps,
  tx: Parameters<Parameters<typeof withOrg>[2]>[0],
  { orgId, id }: Order,
  event: EventForSale,
): Promise<Pick<Payment, 'id' | 'state'>> {
  const now = deps.clock.now()
  if (event.state !== 'published') throw ordersProblems.eventCancelled()
  const [order] = await store.lockOrders(tx, orgId, [id])
  if (!order) throw ordersProblems.notPayable()
  if (order.state === 'awaiting_session' || order.state === 'awaiting_payment') {
    const open = (await readPayments(tx, orgId, [id])).at(-1)
    if (open && (open.state === 'created' || open.state === 'open')) return open
  }
  if (order.state !== 'pending') throw ordersProblems.notPayable({ extras: { state: order.state } })
  const [held] = await startPayment(tx, orgId, [order.holdId], now)
  if (!held) throw ordersProblems.holdEnded()
  await store.moveOrders(tx, orgId, [id], 'startPayment')
  const [payment] = await createPayments(deps, tx, orgId, [
    {
      orderId: id,
      eventId: order.eventId,
      amount: order.total,
      currency: order.currency,
      description: `${event.name}, ${order.number}`,
      lines: order.lines.map((line) => ({
        name: `${event.name}: ${line.name}`,
        quantity: line.quantity,
        unitAmount: line.unitPrice,
      })),
      buyerEmail: order.buyerEmail,
      locale: order.locale,
      windowEndsAt: new Date(now.getTime() + paymentWindow),
    },
  ])
  if (!payment) throw ordersProblems.notPayable()
  return payment
}

/** The payment that speaks for an order: the newest. */
export async function currentPayment(
  db: Database,
  orgId: OrgId,
  order: Pick<Order, 'id'>,
): Promise<Payment | undefined> {
  return withOrg(db, orgId, async (tx) => (await readPayments(tx, orgId, [order.id])).at(-1))
}
