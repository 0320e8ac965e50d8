import type { Clock } from '#platform/clock'
import type { Tx } from '#platform/database'
import type { Events } from '#platform/events'
import type { OrgId } from '#platform/ids'
import type { Metrics } from '#platform/telemetry'
import type { PaymentId } from '#modules/payments'
import { confirmOrders } from './confirm-orders.ts'
import { endOrders } from './end-orders.ts'
import type { EventId, OrderId } from './order.ts'
import * as store from './order-store.ts'

interface Deps {
  clock: Clock
  events: Events
  metrics: Metrics
}

/** What payments announce about an order; each of these runs in the transaction of the announcement. */
export interface PaymentFact {
  paymentId: string
  orderId: string
  eventId: string
}

export interface PaidFact extends PaymentFact {
  amount: number
  currency: string
}

/** The provider gave us a session: the buyer can pay now. */
export async function orderCanBePaid(
  _deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaymentFact[],
): Promise<void> {
  await store.moveOrders(tx, orgId, ordersOf(facts), 'openSession')
}

/** The buyer did everything, the bank has not: the places stay. */
export async function orderAwaitsFunds(
  _deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaymentFact[],
): Promise<void> {
  await store.moveOrders(tx, orgId, ordersOf(facts), 'awaitFunds')
}

export async function orderWasPaid(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaidFact[],
): Promise<void> {
  for (const [eventId, ofEvent] of Map.groupBy(facts, (fact) => fact.eventId as EventId)) {
    await confirmOrders(
      deps,
      tx,
      orgId,
      eventId,
      ofEvent.map((fact) => ({
        orderId: fact.orderId as OrderId,
        payment: { paymentId: fact.paymentId as PaymentId, amount: fact.amount, currency: fact.currency },
      })),
    )
  }
}

export async function orderPaymentExpired(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaymentFact[],
): Promise<void> {
  await end(deps, tx, orgId, facts, 'expire')
}

export async function orderPaymentFailed(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaymentFact[],
): Promise<void> {
  await end(deps, tx, orgId, facts, 'fail')
}

async function end(
  deps: Deps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly PaymentFact[],
  how: 'expire' | 'fail',
): Promise<void> {
  for (const [eventId, ofEvent] of Map.groupBy(facts, (fact) => fact.eventId as EventId)) {
    await endOrders(deps, tx, orgId, eventId, ordersOf(ofEvent), how)
  }
}

function ordersOf(facts: readonly PaymentFact[]): OrderId[] {
  return facts.map((fact) => fact.orderId as OrderId)
}
