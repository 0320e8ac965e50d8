import { setImmediate } from 'node:timers/promises'
import Pdf from 'pdfkit'
import { drawTicketPage } from './ticket-page.ts'
import { registerFonts } from './ticket-fonts.ts'
import type { Language } from './ticket-words.ts'
import type { EventOnTicket, OrderForTickets, Ticket, TicketId } from './ticket.ts'

export interface PrintedOrder {
  event: EventOnTicket
  order: Pick<OrderForTickets, 'number'>
  /** Those that are valid, by serial number. */
  tickets: readonly Ticket[]
  codes: ReadonlyMap<TicketId, string>
  language: Language
}

/** One A4 page for each ticket that has a code. Printed from scratch every time; kept nowhere. */
export async function printTickets(printed: PrintedOrder): Promise<Buffer> {
  const { event, order, tickets, codes, language } = printed
  const pages = tickets.flatMap((ticket) => {
    const code = codes.get(ticket.id)
    return code === undefined ? [] : [{ ticket, code }]
  })
  const doc = new Pdf({
    size: 'A4',
    margin: 0,
    autoFirstPage: false,
    lang: language,
    displayTitle: true,
    pdfVersion: '1.7',
    info: {
      Title: `${event.name} – ${order.number}`,
      Author: event.organiser.name,
      Creator: 'Tessera',
      ...(pages[0] ? { CreationDate: pages[0].ticket.issuedAt } : {}),
    },
  })
  const parts: Buffer[] = []
  const whole = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (part: Buffer) => parts.push(part))
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
  registerFonts(doc)
  for (const [index, { ticket, code }] of pages.entries()) {
    // Others are served between pages: an order of a hundred tickets must not hold up a sale.
    if (index > 0) await setImmediate()
    doc.addPage()
    drawTicketPage(doc, { event, order, ticket, code, position: index + 1, of: pages.length, language })
  }
  doc.end()
  return whole
}
