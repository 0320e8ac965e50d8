import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { ticketsIssued } from './events.ts'
import { insertMissing, lockSerials, type WantedTicket } from './ticket-store.ts'
import { isPaid, type EventId, type OrderForTickets, type OrderId, type TicketId } from './ticket.ts'

export type ReadOrders = (
  tx: Tx,
  orgId: OrgId,
  orderIds: readonly OrderId[],
) => Promise<readonly OrderForTickets[]>

export interface IssueDeps extends Pick<Platform, 'clock' | 'events'> {
  readOrders: ReadOrders
}

/**
 * Gives every paid order its tickets, in the transaction in which it became paid: an order is never paid without them.
 * Takes a whole desk's batch with a fixed number of statements, gives serial numbers without gaps per event in the order
 * of the facts, and may be repeated: what is there stays as it is.
 */
export async function issueTickets(
  deps: IssueDeps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly { orderId: OrderId; eventId: EventId }[],
): Promise<void> {
  const orderIds = [...new Set(facts.map((fact) => fact.orderId))]
  if (orderIds.length === 0) return
  const orders = new Map((await deps.readOrders(tx, orgId, orderIds)).map((order) => [order.id, order]))
  const wanted = orderIds.flatMap((orderId) => ticketsWantedBy(orders.get(orderId), orderId))
  if (wanted.length === 0) return
  await lockSerials(tx, orgId, [...new Set(wanted.map((ticket) => ticket.eventId))])
  const issued = await insertMissing(tx, orgId, wanted, deps.clock.now())
  await deps.events.emit(tx, orgId, ticketsIssued, byOrder(issued))
}

function ticketsWantedBy(order: OrderForTickets | undefined, orderId: OrderId): WantedTicket[] {
  // Whoever asks for tickets of an order that is not paid is wrong, and nothing of that transaction may stay.
  if (!order) throw new Error(`order ${orderId} cannot be read, so it gets no tickets`)
  if (!isPaid(order)) throw new Error(`order ${orderId} is ${order.state}, so it gets no tickets`)
  return order.lines.flatMap((line) =>
    Array.from({ length: line.quantity }, (_, index) => ({
      orderId,
      eventId: order.eventId,
      lineNo: line.lineNo,
      seq: index + 1,
      ticketTypeId: line.ticketTypeId,
      typeName: line.name,
      admits: line.admits,
      holderName: order.buyerName,
    })),
  )
}

function byOrder(issued: readonly { id: TicketId; orderId: OrderId; eventId: EventId }[]) {
  const facts = new Map<OrderId, { orderId: OrderId; eventId: EventId; ticketIds: TicketId[] }>()
  for (const { id, orderId, eventId } of issued) {
    const fact = facts.get(orderId)
    if (fact) fact.ticketIds.push(id)
    else facts.set(orderId, { orderId, eventId, ticketIds: [id] })
  }
  return [...facts.values()]
}
