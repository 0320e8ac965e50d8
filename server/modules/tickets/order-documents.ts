import { withOrg, type Tx } from '#platform/database'
import { publicId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { calendarFile } from './calendar-file.ts'
import type { ReadOrders } from './issue-tickets.ts'
import { ticketsProblems } from './problems.ts'
import { codesOf } from './ticket-codes.ts'
import { printTickets } from './ticket-pdf.ts'
import { readTicketsOfOrders } from './ticket-store.ts'
import { languageOf } from './ticket-words.ts'
import type { EventId, EventOnTicket, OrderForTickets, OrderId, Ticket, TicketId } from './ticket.ts'

export interface DocumentDeps extends Pick<Platform, 'db' | 'clock' | 'keys' | 'publicUrl'> {
  readOrders: ReadOrders
  readEvent(tx: Tx, orgId: OrgId, eventId: EventId): Promise<EventOnTicket | undefined>
}

/** An order with all that its tickets show, read at one moment. */
export interface OrderWithTickets {
  order: OrderForTickets
  event: EventOnTicket
  tickets: Ticket[]
  /** Of the valid ones. */
  codes: Map<TicketId, string>
}

/** Refuses with tickets.order-not-found. */
export async function readOrderWithTickets(
  deps: DocumentDeps,
  orgId: OrgId,
  orderId: OrderId,
): Promise<OrderWithTickets> {
  return withOrg(deps.db, orgId, async (tx) => {
    const [order] = await deps.readOrders(tx, orgId, [orderId])
    const event = order && (await deps.readEvent(tx, orgId, order.eventId))
    if (!order || !event) throw ticketsProblems.orderNotFound()
    const tickets = await readTicketsOfOrders(tx, orgId, [orderId])
    return { order, event, tickets, codes: await codesOf(deps, tx, orgId, event, tickets) }
  })
}

export interface OrderFile {
  name: string
  content: Buffer
}

/** The valid tickets of an order as one PDF, a page each. Refuses with tickets.order-not-found and tickets.none-to-show. */
export async function printOrder(deps: DocumentDeps, orgId: OrgId, orderId: OrderId): Promise<OrderFile> {
  return ticketsFile(await readOrderWithTickets(deps, orgId, orderId))
}

/** The same for an order that was read already. Refuses with tickets.none-to-show. */
export async function ticketsFile({ order, event, tickets, codes }: OrderWithTickets): Promise<OrderFile> {
  if (codes.size === 0) throw ticketsProblems.noneToShow()
  const content = await printTickets({ event, order, tickets, codes, language: languageOf(order.locale) })
  return { name: `tickets-${order.number}.pdf`, content }
}

/** Refuses with tickets.order-not-found. */
export async function calendarOfOrder(
  deps: DocumentDeps,
  orgId: OrgId,
  orderId: OrderId,
): Promise<OrderFile> {
  return withOrg(deps.db, orgId, async (tx) => {
    const [order] = await deps.readOrders(tx, orgId, [orderId])
    const event = order && (await deps.readEvent(tx, orgId, order.eventId))
    if (!order || !event) throw ticketsProblems.orderNotFound()
    return calendarEntry(deps, order, event)
  })
}

export function calendarEntry(
  deps: Pick<DocumentDeps, 'publicUrl' | 'clock'>,
  order: OrderForTickets,
  event: EventOnTicket,
): OrderFile {
  const text = calendarFile(event, order, { publicUrl: deps.publicUrl, now: deps.clock.now() })
  return { name: `${event.slug}.ics`, content: Buffer.from(text, 'utf8') }
}

/** A ticket as its buyer sees it. */
export interface TicketView {
  id: string
  serial: number
  ticketTypeName: string
  holderName: string
  state: Ticket['state']
  /** What the QR code shows; empty for a ticket that is not valid. */
  code: string
  admits: number
  admitted: number
}

/** The tickets of an order for its buyer, with codes made now. */
export async function ticketViews(deps: DocumentDeps, orgId: OrgId, orderId: OrderId): Promise<TicketView[]> {
  const { tickets, codes } = await readOrderWithTickets(deps, orgId, orderId)
  return tickets.map((ticket) => ({
    id: publicId('tkt', ticket.id),
    serial: ticket.serial,
    ticketTypeName: ticket.typeName,
    holderName: ticket.holderName,
    state: ticket.state,
    code: codes.get(ticket.id) ?? '',
    admits: ticket.admits,
    admitted: ticket.admitted,
  }))
}
