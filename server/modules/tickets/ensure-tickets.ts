import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { issueTickets, type IssueDeps } from './issue-tickets.ts'
import { ticketsProblems } from './problems.ts'
import { readTicketsOfOrders } from './ticket-store.ts'
import { isPaid, type OrderId, type Ticket } from './ticket.ts'

export interface EnsureDeps extends IssueDeps, Pick<Platform, 'db'> {
  /** Asks the payment provider what became of the order's payments, and writes the answer down. */
  settleOrder(orgId: OrgId, orderId: OrderId): Promise<void>
}

/**
 * What an operator runs for a buyer who says "I paid and have no tickets": asks the provider first, then issues what is
 * missing. Safe to repeat. Refuses with tickets.order-not-found and tickets.order-not-paid.
 */
export async function ensureTickets(
  deps: EnsureDeps,
  orgId: OrgId,
  orderId: OrderId,
): Promise<{ issued: number; tickets: Ticket[] }> {
  await deps.settleOrder(orgId, orderId)
  return withOrg(deps.db, orgId, async (tx) => {
    const [order] = await deps.readOrders(tx, orgId, [orderId])
    if (!order) throw ticketsProblems.orderNotFound()
    if (!isPaid(order)) throw ticketsProblems.orderNotPaid({ extras: { state: order.state } })
    const before = await readTicketsOfOrders(tx, orgId, [orderId])
    await issueTickets(deps, tx, orgId, [{ orderId, eventId: order.eventId }])
    const tickets = await readTicketsOfOrders(tx, orgId, [orderId])
    return { issued: tickets.length - before.length, tickets }
  })
}
