import { sha256 } from '#platform/crypto'
import type { Clock } from '#platform/clock'
import { saleWindowOf, type EventForSale } from '#modules/catalog'
import type { HoldsDesk, Placed } from './desk.ts'
import type { HoldId, HoldLine } from './hold.ts'
import { holdsProblems } from './problems.ts'

interface Deps {
  clock: Clock
  desk: HoldsDesk
}

export interface PlaceHold {
  id: HoldId
  browserKey: string
  lines: readonly HoldLine[]
}

/**
 * Sets places aside for one buyer, for `holdTime` milliseconds. The id is made by the client and is the request's
 * idempotency key: the same id and lines answer the same hold, whatever happened to the first answer.
 * Refuses with holds.unknown-ticket-type, holds.not-on-sale, holds.limit, holds.sold-out, holds.id-taken, server.busy.
 */
export async function placeHold(
  { clock, desk }: Deps,
  event: EventForSale,
  request: PlaceHold,
): Promise<Placed> {
  checkLines(event, request.lines, clock.now())
  return desk.ask(event.id, {
    orgId: event.orgId,
    eventId: event.id,
    id: request.id,
    browserHash: browserHashOf(request.browserKey),
    lines: request.lines,
  })
}

/** The browser's secret is never stored. */
export function browserHashOf(browserKey: string): string {
  return sha256(browserKey).slice(0, 32)
}

/** What can be said without looking at the stock: known types, each once, on sale now, within the limits of one order. */
export function checkLines(event: EventForSale, lines: readonly HoldLine[], now: Date): void {
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const type = event.ticketTypes.find((one) => one.id === line.ticketTypeId)
    if (!type) throw holdsProblems.unknownTicketType({ field: `/lines/${index}/ticketTypeId` })
    if (seen.has(line.ticketTypeId))
      throw holdsProblems.limit({
        field: `/lines/${index}/ticketTypeId`,
        detail: 'Each ticket type may stand in one line only.',
      })
    seen.add(line.ticketTypeId)
    const window = event.state === 'published' && event.endsAt > now ? saleWindowOf(type, now) : 'ended'
    if (window !== 'on_sale')
      throw holdsProblems.notOnSale({ field: `/lines/${index}/ticketTypeId`, extras: { saleState: window } })
    if (line.quantity < type.minPerOrder || line.quantity > type.maxPerOrder) {
      throw holdsProblems.limit({
        field: `/lines/${index}/quantity`,
        detail: `Between ${type.minPerOrder} and ${type.maxPerOrder} tickets of this type can be in one order.`,
        extras: { minPerOrder: type.minPerOrder, maxPerOrder: type.maxPerOrder },
      })
    }
  }
}
