import { priceBasket, type BasketLine, type EventForSale } from '#modules/catalog'
import { publicId } from '#platform/ids'
import type { Quote } from './answers.ts'
import { shopProblems } from './problems.ts'

/**
 * What a basket would cost now, with everything. It promises no places and keeps no price: an order says what it expects
 * to pay. Refuses with shop.unknown-ticket-type.
 */
export function quoteBasket(event: EventForSale, lines: readonly BasketLine[]): Quote {
  const known = new Set(event.ticketTypes.map((type) => type.id))
  const strange = lines.findIndex((line) => !known.has(line.ticketTypeId))
  if (strange >= 0) throw shopProblems.unknownTicketType({ field: `/lines/${strange}/ticketTypeId` })
  const basket = priceBasket(event, lines)
  const money = (amount: number) => ({ amount, currency: basket.currency })
  return {
    currency: basket.currency,
    lines: basket.lines.map((line) => ({
      ticketTypeId: publicId('tty', line.ticketTypeId),
      name: line.name,
      quantity: line.quantity,
      unitPrice: money(line.unitPrice),
      total: money(line.total),
      parts: line.parts.map(({ kind, label, amount, included }) => ({
        kind,
        label,
        amount: money(amount),
        included,
      })),
    })),
    subtotal: money(basket.subtotal),
    fees: money(basket.fees),
    tax: money(basket.tax),
    total: money(basket.total),
  }
}
