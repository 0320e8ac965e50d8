import { priceUnit, type EventForSale, type PricedUnit, type TicketType, type Venue } from '#modules/catalog'
import { publicId } from '#platform/ids'
import type { EventPage, LiveMessage } from './answers.ts'
import type { LiveType } from './availability.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

/** The event as the public sees it, with what is left now. Prices contain everything from here on. */
export function eventPageOf(event: EventForSale, live: readonly LiveType[], testMode: boolean): EventPage {
  const { terms, refundPolicy } = event
  if (event.state === 'draft' || !terms || !refundPolicy)
    throw new Error('only an event with its rules can be shown')
  const money = (amount: number) => ({ amount, currency: event.currency })
  const { id, slug, name, about, accentColor, websiteUrl } = event.organiser
  return {
    id: publicId('evt', event.id),
    slug: event.slug,
    name: event.name,
    summary: event.summary,
    description: event.description,
    imageUrl: event.imageUrl,
    state: event.state,
    timeZone: event.timeZone,
    doorsAt: iso(event.doorsAt),
    startsAt: event.startsAt.toISOString(),
    endsAt: event.endsAt.toISOString(),
    currency: event.currency,
    testMode,
    organiser: { id: publicId('org', id), slug, name, about, accentColor, websiteUrl },
    venue: event.venue && shapeVenue(event.venue),
    ticketTypes: event.ticketTypes.map((type, index) => shapeType(event, type, live[index])),
    priceFrom: lowestPrice(event, live, money),
    terms: { version: terms.version, text: terms.text },
    refundPolicy: {
      version: refundPolicy.version,
      kind: refundPolicy.kind,
      until: iso(refundPolicy.until),
      keepsFees: refundPolicy.keepsFees,
      text: refundPolicy.text,
    },
  }
}

function shapeVenue({
  name,
  addressLines,
  city,
  postalCode,
  country,
  latitude,
  longitude,
}: Venue): EventPage['venue'] {
  return { name, addressLines, city, postalCode, country, latitude, longitude }
}

function shapeType(
  event: EventForSale,
  type: TicketType,
  live: LiveType | undefined,
): EventPage['ticketTypes'][number] {
  const unit = priceUnit(event, type.facePrice)
  return {
    id: publicId('tty', type.id),
    name: type.name,
    description: type.description,
    kind: type.kind,
    price: { amount: unit.total, currency: event.currency },
    breakdown: breakdownOf(unit, event.currency),
    saleState: live?.saleState ?? 'sold_out',
    saleStartsAt: iso(type.saleStartsAt),
    saleEndsAt: iso(type.saleEndsAt),
    minPerOrder: type.minPerOrder,
    maxPerOrder: type.maxPerOrder,
    availability: { band: live?.band ?? 'none', left: live?.left ?? null },
  }
}

/** Where some taxes are inside the price and others on top, those on top are named, so that the parts add up to the price. */
function breakdownOf(unit: PricedUnit, currency: string): EventPage['ticketTypes'][number]['breakdown'] {
  const taxIncluded = unit.tax > 0 && unit.includedTax === unit.tax
  const tax = taxIncluded ? unit.tax : unit.tax - unit.includedTax
  const money = (amount: number) => ({ amount, currency })
  return { face: money(unit.face), fees: money(unit.fees), tax: money(tax), taxIncluded }
}

/** Of what can be bought, now or later; of all where nothing can. */
export function lowestPrice<Money>(
  event: EventForSale,
  live: readonly LiveType[],
  money: (amount: number) => Money,
): Money | null {
  const open = event.ticketTypes.filter((_, index) => {
    const state = live[index]?.saleState
    return state === 'on_sale' || state === 'not_yet'
  })
  const prices = (open.length > 0 ? open : event.ticketTypes).map(
    (type) => priceUnit(event, type.facePrice).total,
  )
  return prices.length === 0 ? null : money(Math.min(...prices))
}

/** What the live stream says. */
export function liveMessageOf(live: readonly LiveType[]): LiveMessage {
  return {
    ticketTypes: live.map(({ ticketTypeId, saleState, band, left }) => ({
      id: publicId('tty', ticketTypeId),
      saleState,
      availability: { band, left },
    })),
  }
}
