import { inflateSync } from 'node:zlib'
import Pdf from 'pdfkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyTicketCode } from '@tessera/ticket-code'
import { withOrg } from '#platform/database'
import { createHttp, type App } from '#platform/http'
import { publicId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { accentOf } from './accent.ts'
import { voidTickets } from './admit-tickets.ts'
import { ensureEventKey, openPrivateKey } from './event-key.ts'
import { issueTickets } from './issue-tickets.ts'
import { readOrderWithTickets, ticketViews } from './order-documents.ts'
import { ticketsRoutes, type TicketsRoutesDeps } from './routes.ts'
import { anEventWithOpenDoors, aPaidOrder, orderShelf, type SoldEvent } from './ticket-fixtures.ts'
import { legible, registerFonts } from './ticket-fonts.ts'
import { ticketsMachines, type EventOnTicket, type OrderForTickets } from './ticket.ts'

let world: TestPlatform
let deps: TicketsRoutesDeps
let app: App
const shelf = orderShelf()
const events = new Map<string, EventOnTicket>()
const orgOf = new Map<string, SoldEvent['orgId']>()
const token = 'the-token-of-this-guest'

beforeAll(async () => {
  world = await testPlatform({ through: '0008', machines: ticketsMachines })
  deps = {
    ...world,
    readOrders: shelf.readOrders,
    readEvent: (_tx, orgId, eventId) => {
      const event = events.get(eventId)
      return Promise.resolve(event?.orgId === orgId ? event : undefined)
    },
    settleOrder: () => Promise.resolve(),
    orderOfGuest: (orderId, shown) => {
      const orgId = orgOf.get(orderId)
      if (!orgId || shown !== token) throw requestProblems.notFound()
      return Promise.resolve({ id: orderId, orgId })
    },
  }
  app = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter({ ...defaultLimits }),
    authenticate: (request) =>
      Promise.resolve({
        kind: 'key',
        id: 'k',
        actor: 'key:k',
        name: 'door',
        operator: false,
        can: (permission) => request.headers.authorization === permission,
        belongsTo: () => true,
      }),
    trustedProxies: 0,
    publicUrl: world.publicUrl,
  })
  ticketsRoutes(app, deps)
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await world.close()
})

async function aBuyer(
  pieces: Parameters<typeof aPaidOrder>[1] = { standard: 1 },
  event: Partial<EventOnTicket> = {},
) {
  const sold = await anEventWithOpenDoors(world, event)
  const order = aPaidOrder(sold, pieces)
  await shelf.add(world, sold.orgId, order)
  events.set(sold.event.id, sold.event)
  orgOf.set(order.id, sold.orgId)
  await withOrg(world.db, sold.orgId, (tx) =>
    issueTickets(deps, tx, sold.orgId, [{ orderId: order.id, eventId: order.eventId }]),
  )
  return { sold, order }
}

const get = (order: OrderForTickets, path: string, shown = token) =>
  app.inject({ url: `/v1/orders/${publicId('ord', order.id)}/${path}`, headers: { 'tessera-guest': shown } })

/** The runs of glyphs that a PDF draws, four digits for each; 0000 is the box for what a font does not have. */
function contentOf(pdf: Buffer): string[] {
  const runs: string[] = []
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 1)) {
    if (pdf.toString('latin1', at - 3, at) === 'end' || pdf[at + 7] !== 0x78) continue // not compressed
    const stream = inflateSync(pdf.subarray(at + 7, pdf.indexOf('\nendstream', at))).toString('latin1')
    if (!stream.includes(' TJ')) continue
    runs.push(...Array.from(stream.matchAll(/<([0-9a-f]+)>/g), (run) => run[1] ?? ''))
  }
  return runs
}

test('a printed name loses only what our fonts lack, and is never empty-handed about it', () => {
  const doc = new Pdf({ autoFirstPage: false })
  registerFonts(doc)
  const printed = (name: string) => legible(doc, name, 'bold')
  expect(
    ['Zoë 🎉🪩  Müller', 'Łucja 👩🏽‍🚀', 'Σοφία', 'e\u0301lodie', '🪩🎉', '山田', '  '].map(printed),
  ).toEqual(['Zoë Müller', 'Łucja', 'Σοφία', 'élodie', '', '', ''])
})

describe('a buyer', () => {
  test('sees each ticket with a code that the event’s public key confirms', async () => {
    const { sold, order } = await aBuyer({ standard: 1, family: 1 })
    const views = await ticketViews(deps, sold.orgId, order.id)
    expect(views.map((view) => [view.serial, view.ticketTypeName, view.admits])).toEqual([
      [1, 'Standard', 1],
      [2, 'Family', 4],
    ])
    const { publicKey } = await withOrg(world.db, sold.orgId, (tx) =>
      ensureEventKey(deps, tx, sold.orgId, sold.event.id),
    )
    for (const view of views) {
      const checked = verifyTicketCode(view.code, new Uint8Array(publicKey))
      expect(checked.ok && publicId('tkt', checked.claims.ticketId as never)).toBe(view.id)
    }
  })

  test('sees no code of a ticket that was voided', async () => {
    const { sold, order } = await aBuyer()
    const { tickets } = await readOrderWithTickets(deps, sold.orgId, order.id)
    await withOrg(world.db, sold.orgId, (tx) =>
      voidTickets(
        tx,
        sold.orgId,
        tickets.map((ticket) => ticket.id),
      ),
    )
    expect(await ticketViews(deps, sold.orgId, order.id)).toMatchObject([{ state: 'void', code: '' }])
    expect((await get(order, 'tickets.pdf')).json()).toMatchObject({
      code: 'tickets.none-to-show',
      status: 409,
    })
  })

  test('prints all tickets of the order, one on each page', async () => {
    const { order } = await aBuyer(
      { standard: 2, family: 1, buyer: 'Σοφία Łukasiewicz' },
      { name: 'Ночь музыки '.repeat(12).trim() },
    )
    const answer = await get(order, 'tickets.pdf')
    expect(answer.headers['content-type']).toBe('application/pdf')
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="tickets-${order.number}.pdf"`)
    expect(answer.headers['cache-control']).toBe('no-store')
    const text = answer.rawPayload.toString('latin1')
    expect(text.slice(0, 5)).toBe('%PDF-')
    expect(text.match(/\/Type \/Page\b(?!s)/g)).toHaveLength(3)
  })

  test.each(['Zoë 🎉🪩  Müller', 'Łucja 👩🏽‍🚀', '🪩🎉', '山田'])(
    'finds no empty boxes on the ticket of “%s”, whose name our fonts cannot write in full',
    async (buyer) => {
      const { order } = await aBuyer({ standard: 1, buyer }, { name: 'Lange Nacht 🎶', summary: '' })
      const drawn = contentOf((await get(order, 'tickets.pdf')).rawPayload)
      expect(drawn.flatMap((glyphs) => glyphs.match(/.{4}/g) ?? [])).not.toContain('0000')
      expect(drawn.length).toBeGreaterThan(20)
    },
  )

  test('puts the event into a calendar, at its instant, without anything that opens an order or a door', async () => {
    const { sold, order } = await aBuyer({ standard: 1, locale: 'de' })
    const answer = await get(order, 'calendar.ics')
    expect(answer.headers['content-type']).toBe('text/calendar; charset=utf-8')
    const lines = answer.body.replaceAll('\r\n ', '').split('\r\n')
    const stamp = (time: Date) => time.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    expect(lines).toEqual(
      expect.arrayContaining([
        `UID:${publicId('evt', sold.event.id)}@localhost`,
        `DTSTART:${stamp(sold.event.startsAt)}`,
        `DTEND:${stamp(sold.event.endsAt)}`,
        'SUMMARY:Lange Nacht der Synthesizer',
        'STATUS:CONFIRMED',
      ]),
    )
    // Strict readers refuse a file whose last line is not ended.
    expect(answer.body).toMatch(/\r\nEND:VCALENDAR\r\n$/)
    expect(answer.body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(answer.body).not.toMatch(/TS1:|#t=/)
  })

  test('with the wrong link gets nothing', async () => {
    const { order } = await aBuyer()
    for (const path of ['tickets.pdf', 'calendar.ics']) {
      expect((await get(order, path, 'not-the-token-of-this-guest')).json()).toMatchObject({
        code: 'request.not-found',
      })
    }
  })
})

describe('staff', () => {
  const staff = (url: string, permission: string) =>
    app.inject({ url, headers: { authorization: permission } })

  test('reads the tickets of an event page by page', async () => {
    const { sold } = await aBuyer({ standard: 5 })
    const base = `/v1/organisations/${publicId('org', sold.orgId)}/events/${publicId('evt', sold.event.id)}/tickets`
    const first = (await staff(`${base}?limit=3`, 'orders.read')).json()
    const second = (await staff(`${base}?limit=3&cursor=${first.nextCursor}`, 'orders.read')).json()
    const serials = [...first.items, ...second.items].map((ticket: { serial: number }) => ticket.serial)
    expect([serials, second.nextCursor]).toEqual([[1, 2, 3, 4, 5], null])
    expect((await staff(base, 'admission.scan')).statusCode).toBe(403)
  })

  test('gives a door the event’s public key, always the same one, and never the private one', async () => {
    const { sold } = await aBuyer()
    const url = `/v1/organisations/${publicId('org', sold.orgId)}/events/${publicId('evt', sold.event.id)}/public-key`
    const answers = await Promise.all([1, 2, 3, 4].map(() => staff(url, 'admission.read')))
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1)
    const stored = await withOrg(world.db, sold.orgId, (tx) =>
      ensureEventKey(deps, tx, sold.orgId, sold.event.id),
    )
    expect(answers[0]?.json()).toMatchObject({
      algorithm: 'Ed25519',
      publicKey: stored.publicKey.toString('base64url'),
    })
    expect(answers[0]?.body).not.toContain(openPrivateKey(deps, sold.orgId, stored).toString('base64url'))
  })
})

describe('the key of an event', () => {
  test('is made once, however many need it first', async () => {
    const sold = await anEventWithOpenDoors(world)
    const keys = await Promise.all(
      Array.from({ length: 8 }, () =>
        withOrg(world.db, sold.orgId, (tx) => ensureEventKey(deps, tx, sold.orgId, sold.event.id)),
      ),
    )
    expect(new Set(keys.map((key) => key.publicKey.toString('hex'))).size).toBe(1)
  })

  test('cannot be replaced, nor moved to another event', async () => {
    const [one, other] = [await anEventWithOpenDoors(world), await anEventWithOpenDoors(world)]
    const key = await withOrg(world.db, one.orgId, (tx) => ensureEventKey(deps, tx, one.orgId, one.event.id))
    await expect(
      world.asOwner(`update tickets.event_key set public_key = public_key where event_id = $1`, [
        one.event.id,
      ]),
    ).rejects.toThrow('append-only')
    expect(() => openPrivateKey(deps, other.orgId, { ...key, eventId: other.event.id })).toThrow()
  })
})

test('text on an organiser’s colour can be read, whatever the colour', () => {
  expect([accentOf('#facc15').onFill, accentOf('#0f766e').onFill, accentOf('#ffffff').onFill]).toEqual([
    '#111827',
    '#ffffff',
    '#111827',
  ])
  expect(accentOf('red; background: url(x)').fill).toBe('#1e293b')
})
