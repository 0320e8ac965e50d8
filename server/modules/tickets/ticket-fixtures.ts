import { newId, type OrgId } from '#platform/ids'
import type { EventId, EventOnTicket, OrderForTickets, OrderId, TicketTypeId } from './ticket.ts'

/** What tests of tickets and of the modules above them sell: one event with two kinds of tickets. */
export interface SoldEvent {
  orgId: OrgId
  event: EventOnTicket
  standard: TicketTypeId
  family: TicketTypeId
}

type AsOwner = { asOwner(sql: string, values?: unknown[]): Promise<unknown[]>; clock: { now(): Date } }

/** An organisation with an event whose doors are open now, written past the operations of the modules below. */
export async function anEventWithOpenDoors(
  world: AsOwner,
  changes: Partial<EventOnTicket> = {},
): Promise<SoldEvent> {
  const orgId = newId<OrgId>()
  await world.asOwner(
    `insert into identity.organisation (org_id, slug, name, currency, country) values ($1, $2, 'Nachtlicht', 'EUR', 'DE')`,
    [orgId, `o-${orgId}`],
  )
  return { orgId, ...(await anotherEventOf(world, orgId, changes)) }
}

export async function anotherEventOf(
  world: AsOwner,
  orgId: OrgId,
  changes: Partial<EventOnTicket> = {},
): Promise<Omit<SoldEvent, 'orgId'>> {
  const now = world.clock.now().getTime()
  const hour = 3_600_000
  const event: EventOnTicket = {
    id: newId<EventId>(),
    orgId,
    slug: `night-${newId()}`,
    name: 'Lange Nacht der Synthesizer',
    summary: 'Twelve machines, one room.',
    state: 'published',
    timeZone: 'Europe/Berlin',
    doorsAt: new Date(now),
    startsAt: new Date(now + hour),
    endsAt: new Date(now + 5 * hour),
    venue: {
      name: 'Großes Haus',
      addressLines: ['Rosenstraße 12'],
      city: 'Leipzig',
      postalCode: '04109',
      country: 'DE',
      latitude: 51.34,
      longitude: 12.37,
    },
    organiser: { slug: 'nachtlicht', name: 'Nachtlicht', accentColor: '#0f766e', websiteUrl: null },
    ...changes,
  }
  const [standard, family] = [newId<TicketTypeId>(), newId<TicketTypeId>()]
  await world.asOwner(
    `insert into catalog.event (org_id, id, slug, name, time_zone, doors_at, starts_at, ends_at, currency, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'EUR', now(), now())`,
    [orgId, event.id, event.slug, event.name, event.timeZone, event.doorsAt, event.startsAt, event.endsAt],
  )
  await world.asOwner(
    `insert into catalog.ticket_type (org_id, id, event_id, name, kind, price, min_per_order, max_per_order, admits, position, created_at)
     values ($1, $2, $4, 'Standard', 'paid', 2500, 1, 10, 1, 1, now()), ($1, $3, $4, 'Family', 'paid', 6000, 1, 10, 4, 2, now())`,
    [orgId, standard, family, event.id],
  )
  return { event, standard, family }
}

let orderCount = 0

/** A paid order of so many standard and family tickets. */
export function aPaidOrder(
  sold: Omit<SoldEvent, 'orgId'>,
  pieces: { standard?: number; family?: number; buyer?: string; locale?: string } = { standard: 1 },
): OrderForTickets {
  orderCount += 1
  const lines = [
    { ticketTypeId: sold.standard, name: 'Standard', quantity: pieces.standard ?? 0, admits: 1 },
    { ticketTypeId: sold.family, name: 'Family', quantity: pieces.family ?? 0, admits: 4 },
  ]
  return {
    id: newId<OrderId>(),
    number: `T-${String(orderCount).padStart(6, '0')}`,
    eventId: sold.event.id,
    buyerName: pieces.buyer ?? 'Ana Lima',
    buyerEmail: `buyer${orderCount}@example.org`,
    locale: pieces.locale ?? 'en',
    state: 'paid',
    currency: 'EUR',
    total: 2500,
    guestGeneration: 1,
    lines: lines.filter((line) => line.quantity > 0).map((line, index) => ({ lineNo: index + 1, ...line })),
  }
}

/** Stands for the orders of the module below: what `readOrders` gives, and the rows that tickets point to. */
export function orderShelf() {
  const orders = new Map<OrderId, OrderForTickets>()
  return {
    orders,
    /** Changes what `readOrders` gives. */
    change: (order: OrderForTickets) => void orders.set(order.id, order),
    async add(world: AsOwner, orgId: OrgId, ...more: OrderForTickets[]): Promise<void> {
      for (const order of more) orders.set(order.id, order)
      const columns = [
        orgId,
        more.map((order) => order.id),
        more.map((order) => order.eventId),
        more.map((order) => order.number),
      ]
      await world.asOwner(
        `insert into holds.hold (org_id, id, event_id, browser_hash, lines, state)
         select $1, o.id, o.event_id, 'none', '[]', 'converted' from unnest($2::uuid[], $3::uuid[], $4::text[]) as o (id, event_id, number)
         on conflict do nothing`,
        columns,
      )
      await world.asOwner(
        `insert into orders."order" (org_id, id, event_id, hold_id, number, state, buyer_name, buyer_email, buyer_email_key, browser_hash,
           locale, currency, subtotal, fees, tax, included_tax, total, terms_id, terms_version, refund_policy_id, refund_policy_version,
           accepted_at, accepted_from, paid_at, created_at)
         select $1, o.id, o.event_id, o.id, o.number, 'paid', 'Ana', 'a@example.org', 'a@example.org', 'none', 'en', 'EUR', 0, 0, 0, 0, 0,
           $1, 1, $1, 1, now(), 'test', now(), now() from unnest($2::uuid[], $3::uuid[], $4::text[]) as o (id, event_id, number)
         on conflict do nothing`,
        columns,
      )
    },
    readOrders: (_tx: unknown, _orgId: OrgId, ids: readonly OrderId[]) =>
      Promise.resolve(ids.flatMap((id) => orders.get(id) ?? [])),
  }
}
