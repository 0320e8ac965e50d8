import QRCode from 'qrcode'
import { accentOf, type Accent } from './accent.ts'
import { drawText, legible, type Weight } from './ticket-fonts.ts'
import { placeOf, timesOf, wordsIn, type Language } from './ticket-words.ts'
import type { EventOnTicket, OrderForTickets, Ticket } from './ticket.ts'

export interface TicketPage {
  event: EventOnTicket
  order: Pick<OrderForTickets, 'number'>
  ticket: Ticket
  code: string
  /** Which of this order's tickets it is. */
  position: number
  of: number
  language: Language
}

type Document = PDFKit.PDFDocument

// Points of an A4 page (595 x 842).
const page = { width: 595.28, height: 841.89 }
const card = { x: 40, y: 44, width: page.width - 80, radius: 16 }
const inside = { x: card.x + 28, width: card.width - 56 }
// The stub below the line where a paper ticket would be torn: never higher up than this, lower if the details need it.
const stub = { highest: card.y + 480, height: 96 }
const qr = { size: 236, x: card.x + card.width - 28 - 236 }

const ink = '#111827'
const quiet = '#6b7280'
const line = '#d7dbe2'

/** Draws one ticket on the page that is open. */
export function drawTicketPage(doc: Document, ticketPage: TicketPage): void {
  const accent = accentOf(ticketPage.event.organiser.accentColor)
  const top = card.y + drawHead(doc, ticketPage, accent) + 30
  drawCode(doc, ticketPage.code, top)
  const bottom = drawDetails(doc, ticketPage, top)
  const tear = Math.max(stub.highest, bottom + 12, top + qr.size + 24)
  const height = tear + stub.height - card.y
  drawStub(doc, ticketPage, accent, tear)
  doc.roundedRect(card.x, card.y, card.width, height, card.radius).lineWidth(0.8).stroke(line)
  drawNotches(doc, tear)
  drawSmallPrint(doc, ticketPage, card.y + height + 26)
}

/** The organiser's band with the name of the event. Gives its height, which grows with the name. */
function drawHead(doc: Document, { event, position, of, language }: TicketPage, accent: Accent): number {
  const name = { size: 27, weight: 'bold' as Weight, width: inside.width, lines: 3 }
  const nameHeight = drawText(doc, event.name, { ...name, x: inside.x, y: 0, dry: true })
  const height = 54 + nameHeight + 30
  doc.save()
  doc.roundedRect(card.x, card.y, card.width, height + card.radius, card.radius).clip()
  doc.rect(card.x, card.y, card.width, height).fill(accent.fill)
  doc.restore()
  const small = { size: 10.5, color: accent.onFill, y: card.y + 26, weight: 'semibold' as Weight, lines: 1 }
  drawText(doc, event.organiser.name, { ...small, x: inside.x, width: inside.width - 120 })
  drawText(doc, wordsIn(language).ticketOf(position, of), {
    ...small,
    x: inside.x + inside.width - 110,
    width: 110,
    align: 'right',
  })
  drawText(doc, event.name, { ...name, x: inside.x, y: card.y + 54, color: accent.onFill })
  return height
}

/** Gives the height on the page at which the last line ends. */
function drawDetails(doc: Document, { event, ticket, language }: TicketPage, top: number): number {
  const words = wordsIn(language)
  const width = qr.x - inside.x - 24
  const when = timesOf(event, language)
  const place = event.venue ? placeOf(event.venue, language) : undefined
  const fields: [label: string, main: string, rest: string[]][] = [
    [words.when, when.day, [when.times]],
    ...(place ? [[words.where, place.name, place.lines] as [string, string, string[]]] : []),
    [words.ticket, ticket.typeName, [words.admits(ticket.admits)]],
    // A name of nothing but emoji: the kind of ticket says more than a gap.
    [words.holder, legible(doc, ticket.holderName, 'bold') || ticket.typeName, []],
  ]
  let y = top
  for (const [label, main, rest] of fields) {
    y +=
      drawText(doc, label, { x: inside.x, y, width, size: 9.5, color: quiet, weight: 'semibold', lines: 1 }) +
      3
    y += drawText(doc, main, { x: inside.x, y, width, size: 14, color: ink, weight: 'bold', lines: 2 }) + 2
    for (const text of rest.slice(0, 4))
      y +=
        drawText(doc, text, { x: inside.x, y, width, size: 10.5, color: ink, weight: 'regular', lines: 2 }) +
        1
    y += 15
  }
  return y
}

/** The code as shapes and not as a picture: sharp on any printer. Level Q bears a quarter of it being torn or wet. */
function drawCode(doc: Document, code: string, top: number): void {
  const { modules } = QRCode.create([{ data: code, mode: 'alphanumeric' }], { errorCorrectionLevel: 'Q' })
  const margin = 4
  const unit = qr.size / (modules.size + 2 * margin)
  doc.rect(qr.x, top, qr.size, qr.size).fill('#ffffff')
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (!modules.get(row, column)) continue
      let end = column + 1
      while (end < modules.size && modules.get(row, end)) end += 1
      // A hair taller than its row, so that no printer draws white lines between rows.
      doc.rect(
        qr.x + (margin + column) * unit,
        top + (margin + row) * unit,
        (end - column) * unit,
        unit * 1.02,
      )
      column = end
    }
  }
  doc.fill('#000000')
}

function drawStub(
  doc: Document,
  { order, ticket, language }: TicketPage,
  accent: Accent,
  tear: number,
): void {
  const words = wordsIn(language)
  doc
    .moveTo(card.x + 16, tear)
    .lineTo(card.x + card.width - 16, tear)
    .lineWidth(1)
    .dash(1, { space: 5 })
    .lineCap('round')
    .stroke(quiet)
    .undash()
  const columns = [
    {
      label: words.number,
      text: String(ticket.serial).padStart(6, '0'),
      x: inside.x,
      width: inside.width / 2,
    },
    { label: words.order, text: order.number, x: qr.x + 16, width: qr.size - 16 },
  ]
  doc.rect(inside.x, tear + 25, 3, 46).fill(accent.fill)
  for (const { label, text, x, width } of columns) {
    const left = x === inside.x ? x + 14 : x
    drawText(doc, label, {
      x: left,
      y: tear + 24,
      width,
      size: 9.5,
      color: quiet,
      weight: 'semibold',
      lines: 1,
    })
    drawText(doc, text, { x: left, y: tear + 39, width, size: 24, color: ink, weight: 'bold', lines: 1 })
  }
}

/** Half circles bitten out of both edges, where a paper ticket would be torn. */
function drawNotches(doc: Document, tear: number): void {
  for (const x of [card.x, card.x + card.width]) {
    doc.save()
    doc.rect(x === card.x ? x - 1 : x - 12, tear - 12, 13, 24).clip()
    doc.circle(x, tear, 9).lineWidth(0.8).fillAndStroke('#ffffff', line)
    doc.restore()
  }
  for (const x of [card.x, card.x + card.width]) doc.rect(x - 1, tear - 8.4, 2, 16.8).fill('#ffffff')
}

function drawSmallPrint(doc: Document, { event, language }: TicketPage, top: number): void {
  let y = top
  for (const text of wordsIn(language).smallPrint(event.organiser.name)) {
    y +=
      drawText(doc, text, {
        x: inside.x,
        y,
        width: inside.width,
        size: 9,
        color: quiet,
        weight: 'regular',
        lines: 3,
      }) + 4
  }
}
