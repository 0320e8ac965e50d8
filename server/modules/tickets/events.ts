import { z } from 'zod'
import { defineEvent } from '#platform/events'
import type { EventId, OrderId, TicketId } from './ticket.ts'

export interface TicketsIssued {
  orderId: OrderId
  eventId: EventId
  ticketIds: TicketId[]
}

const uuid = z.uuid()

/** An order has its tickets. Once per order; again only for tickets that an operator's re-run had to add. */
export const ticketsIssued = defineEvent<TicketsIssued>(
  'ticketsIssued',
  1,
  z.object({ orderId: uuid, eventId: uuid, ticketIds: z.array(uuid) }) as unknown as z.ZodType<TicketsIssued>,
)
