import { ticketsOfOrders, type OrderId } from '#modules/tickets'
import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { bringForward, readMessagesOfOrder } from './message-store.ts'
import type { QueueDeps } from './notifications-deps.ts'
import { notificationsProblems } from './problems.ts'
import { causeOfTickets, messageFor, queueMessages, wakeAfter } from './queue-messages.ts'

/**
 * Sends the tickets of an order again, to the order's own address. One that still waits is brought forward instead, and
 * two clicks at once are one mail. Refuses with request.not-found and notifications.no-tickets-yet.
 */
export async function resendTickets(deps: QueueDeps, orgId: OrgId, orderId: OrderId): Promise<void> {
  await withOrg(deps.db, orgId, async (tx) => {
    const [order] = await deps.readOrders(tx, orgId, [orderId])
    if (!order) throw requestProblems.notFound()
    const tickets = await ticketsOfOrders(tx, orgId, [orderId])
    if (!tickets.some((ticket) => ticket.state === 'valid')) throw notificationsProblems.noTicketsYet()
    if (await bringForward(tx, orgId, orderId, 'tickets', deps.clock.now())) return wakeAfter(deps, tx)
    const earlier = await readMessagesOfOrder(tx, orgId, orderId)
    if (earlier.some((message) => message.template === 'tickets' && message.state === 'sending')) return
    const number = earlier.filter((message) => message.template === 'tickets').length + 1
    await queueMessages(deps, tx, orgId, [
      messageFor(order, 'tickets', `${causeOfTickets(orderId)}:${number}`),
    ])
  })
}
