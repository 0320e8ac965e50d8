import type { Clock } from '#platform/clock'
import { withOrg, type Database, type Tx } from '#platform/database'
import type { Events } from '#platform/events'
import type { OrgId } from '#platform/ids'
import {
  createEvent,
  createTicketType,
  createVenue,
  publishEvent,
  publishRefundPolicy,
  publishTerms,
  setFees,
  setTaxRates,
} from '#modules/catalog'
import { createPool, everyTypeHasPlaces, setDraws } from '#modules/holds'

const hour = 3_600_000
const day = 24 * hour

interface DemoType {
  name: string
  description: string
  price: number
  pools: string[]
  admits?: number
  max?: number
  /** Hours from now. */
  from?: number
  until?: number
}

interface DemoEvent {
  name: string
  summary: string
  description: string
  venue: 'planetarium' | 'boathouse' | 'hall'
  /** Milliseconds from now until it starts. */
  starts: number
  length: number
  doorsBefore: number
  pools: Record<string, number>
  types: DemoType[]
}

const venues = {
  planetarium: {
    name: 'Planetarium am Park',
    addressLines: ['Sternwartenweg 4'],
    city: 'Hamburg',
    postalCode: '22303',
    country: 'DE',
    latitude: 53.5973,
    longitude: 10.0089,
  },
  boathouse: {
    name: 'Altes Bootshaus',
    addressLines: ['Uferstraße 11'],
    city: 'Hamburg',
    postalCode: '22081',
    country: 'DE',
    latitude: 53.5753,
    longitude: 10.0292,
  },
  hall: {
    name: 'Halle 14',
    addressLines: ['Speicherweg 14'],
    city: 'Hamburg',
    postalCode: '20457',
    country: 'DE',
    latitude: 53.5446,
    longitude: 9.9972,
  },
}

/** Something for every case: on sale tonight, nearly sold out, free, a family ticket, a sale that has not begun. */
const events: DemoEvent[] = [
  {
    name: 'Night of Synthesizers',
    summary: 'Twelve machines, one dome, no laptops.',
    description:
      'Four musicians play instruments that fill a wall, under the stars of the planetarium. The dome shows what the oscillators do.\n\nDoors are open now: this is the event to try the whole way with, from the ticket to the door.',
    venue: 'planetarium',
    starts: 2 * hour,
    length: 5 * hour,
    doorsBefore: 3 * hour,
    pools: { Dome: 240, Balcony: 24 },
    types: [
      { name: 'Standard', description: 'A seat under the dome.', price: 2900, pools: ['Dome'] },
      {
        name: 'Balcony',
        description: 'The best view, and a drink.',
        price: 5400,
        pools: ['Dome', 'Balcony'],
        max: 4,
      },
      {
        name: 'Reduced',
        description: 'For pupils, students and whoever needs it.',
        price: 1500,
        pools: ['Dome'],
      },
    ],
  },
  {
    name: 'Open Rehearsal',
    summary: 'The city orchestra works, you listen. Free, with a ticket.',
    description:
      'Ninety minutes of honest work on Brahms: stops, arguments and the moment in which it suddenly flies.\n\nThe ticket is free, and there are only a few seats, so please give it back if you cannot come.',
    venue: 'hall',
    starts: 9 * day,
    length: 2 * hour,
    doorsBefore: hour / 2,
    pools: { Seats: 60 },
    types: [{ name: 'Seat', description: '', price: 0, pools: ['Seats'], max: 2 }],
  },
  {
    name: 'Harbour Swing',
    summary: 'Dancing by the water, with a band of nine.',
    description:
      'A floor of oak, a band of nine, and the doors to the terrace open when it is warm. The first hour is a lesson, for those who want one.\n\nA family ticket lets in two adults and two children.',
    venue: 'boathouse',
    starts: 23 * day,
    length: 5 * hour,
    doorsBefore: hour,
    pools: { Floor: 180, Lesson: 5 },
    types: [
      { name: 'Evening', description: 'From nine.', price: 1800, pools: ['Floor'] },
      {
        name: 'Evening with lesson',
        description: 'From eight, with the lesson.',
        price: 2600,
        pools: ['Floor', 'Lesson'],
      },
      {
        name: 'Family',
        description: 'Two adults, two children.',
        price: 4800,
        pools: ['Floor'],
        admits: 4,
        max: 2,
      },
    ],
  },
  {
    name: 'Winter Festival',
    summary: 'Three days of music in an old warehouse.',
    description:
      'Twenty acts on two stages, good soup, and a room in which to be quiet.\n\nEarly birds are gone; regular tickets go on sale in two days.',
    venue: 'hall',
    starts: 75 * day,
    length: 60 * hour,
    doorsBefore: hour,
    pools: { Festival: 2000 },
    types: [
      {
        name: 'Early bird',
        description: 'All three days.',
        price: 6900,
        pools: ['Festival'],
        from: -800,
        until: -1,
      },
      { name: 'Regular', description: 'All three days.', price: 8900, pools: ['Festival'], from: 48 },
    ],
  },
]

const terms = `Your ticket lets you in once, at the date that stands on it. Please have it at hand at the door, on your phone or on paper.

If the event is cancelled you get your money back, without asking for it. If it is moved to another day, your ticket stays valid, or you get your money back.

We use your name and mail address to send you the ticket and to tell you what you need to know about the event, and for nothing else.`

const refunds =
  'You get your money back up to 48 hours before the event begins. The service fee is kept, because our payment provider keeps its own.'

interface Deps {
  db: Database
  clock: Clock
  events: Events
}

/** Fills an organisation with a few attractive events on sale, by the same operations as an organiser's own. */
export async function fillDemoOrganisation(deps: Deps, orgId: OrgId): Promise<void> {
  await withOrg(deps.db, orgId, async (tx) => {
    await setTaxRates(deps, tx, orgId, [
      {
        name: 'VAT',
        jurisdiction: 'DE',
        ppm: 70_000,
        inclusive: true,
        appliesToFees: true,
      },
    ])
    await setFees(deps, tx, orgId, { party: 'platform', currency: 'EUR' }, [
      { label: 'Service fee', fixed: 50, ppm: 25_000, bearing: 'passed_on' },
    ])
    await publishTerms(deps, tx, orgId, { text: terms, by: 'demo' })
    await publishRefundPolicy(deps, tx, orgId, {
      kind: 'until',
      hoursBeforeStart: 48,
      keepsFees: true,
      text: refunds,
      by: 'demo',
    })
    for (const event of events) await publishDemoEvent(deps, tx, orgId, event)
  })
}

async function publishDemoEvent(deps: Deps, tx: Tx, orgId: OrgId, event: DemoEvent): Promise<void> {
  const now = deps.clock.now().getTime()
  // On the quarter of an hour, as events begin.
  const startsAt = new Date(Math.round((now + event.starts) / (hour / 4)) * (hour / 4))
  const { id: venueId } = await createVenue(deps, tx, orgId, venues[event.venue])
  const eventId = await createEvent(deps, tx, orgId, {
    name: event.name,
    summary: event.summary,
    description: event.description,
    venueId,
    timeZone: 'Europe/Berlin',
    doorsAt: new Date(startsAt.getTime() - event.doorsBefore),
    startsAt,
    endsAt: new Date(startsAt.getTime() + event.length),
    currency: 'EUR',
  })
  const pools = new Map<string, Awaited<ReturnType<typeof createPool>>>()
  for (const [name, capacity] of Object.entries(event.pools)) {
    pools.set(name, await createPool(tx, orgId, { eventId, name, capacity }))
  }
  for (const [position, type] of event.types.entries()) {
    const { id: typeId } = await createTicketType(deps, tx, orgId, eventId, {
      name: type.name,
      description: type.description,
      kind: type.price === 0 ? 'free' : 'paid',
      price: type.price,
      saleStartsAt: type.from === undefined ? null : new Date(now + type.from * hour),
      saleEndsAt: type.until === undefined ? null : new Date(now + type.until * hour),
      minPerOrder: 1,
      maxPerOrder: type.max ?? 8,
      admits: type.admits ?? 1,
      position,
    })
    const draws = type.pools.map((name) => pools.get(name)).filter((id) => id !== undefined)
    await setDraws(tx, orgId, eventId, typeId, draws)
  }
  await publishEvent(deps, tx, orgId, eventId, [everyTypeHasPlaces])
}
