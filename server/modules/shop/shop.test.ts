import { Agent, request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrganisation, newOrgId } from '#modules/identity'
import * as catalog from '#modules/catalog'
import {
  createLiveAvailability,
  createPool,
  holdsMachines,
  setDraws,
  type LiveAvailability,
} from '#modules/holds'
import { withOrg, type Tx } from '#platform/database'
import { createHttp, type App } from '#platform/http'
import { newId, publicId, type Id, type OrgId } from '#platform/ids'
import { listenForMessages, type Messages } from '#platform/messages'
import { createLimiter, defaultLimits, type Limits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import type { EventPage, OrganiserPage, Quote } from './answers.ts'
import { createShop, shopRoutes, type Shop } from './public.ts'

let world: TestPlatform
let messages: Messages
let availability: LiveAvailability
let shop: Shop
let app: App
let address: string
const hour = 3_600_000
const unlimited = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, Infinity])) as Limits

beforeAll(async () => {
  world = await testPlatform({ machines: [...catalog.catalogMachines, ...holdsMachines], through: '0004' })
  messages = await listenForMessages(world.url, world.log)
  availability = createLiveAvailability(world, messages)
  shop = createShop({ ...world, messages, availability, streams: { perAddress: 3, inAll: 100 } })
  app = await serve(shop)
  address = await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  // `fetch` opens spare connections that it never uses; nobody waits for an answer on them.
  app?.server.closeAllConnections()
  await app?.close()
  shop?.close()
  await messages?.close()
  await world?.close()
})

async function serve(what: Shop): Promise<App> {
  const http = await createHttp({
    log: world.log,
    metrics: world.metrics,
    limiter: createLimiter(unlimited),
    authenticate: async () => undefined,
    trustedProxies: 0,
    publicUrl: world.publicUrl,
  })
  shopRoutes(http, what)
  return http
}

interface Show {
  orgId: OrgId
  eventId: catalog.EventId
  typeId: catalog.TicketTypeId
  poolId: Id<'pol'>
  path: string
  page: string
}

let shows = 0

/** An organiser of its own with one event of one ticket type. */
async function aShow(
  wanted: { capacity?: number; publish?: boolean; price?: number; name?: string; type?: object } = {},
): Promise<Show> {
  shows += 1
  const orgId = newOrgId()
  const starts = world.clock.now().getTime() + 30 * 24 * hour
  return withOrg(world.db, orgId, async (tx) => {
    const { slug } = await createOrganisation(world, tx, orgId, {
      name: `Club ${shows}`,
      currency: 'EUR',
      country: 'DE',
    })
    await catalog.publishTerms(world, tx, orgId, { text: 'Be kind.', by: 'system' })
    await catalog.publishRefundPolicy(world, tx, orgId, { kind: 'none', text: 'No refunds.', by: 'system' })
    const venue = await catalog.createVenue(world, tx, orgId, {
      name: 'Arena',
      city: 'Berlin',
      country: 'DE',
    })
    const eventId = await catalog.createEvent(world, tx, orgId, {
      name: wanted.name ?? 'Open Air',
      slug: 'open-air',
      timeZone: 'Europe/Berlin',
      startsAt: new Date(starts),
      endsAt: new Date(starts + 3 * hour),
      venueId: venue.id,
    })
    const price = wanted.price ?? 4500
    const type = await catalog.createTicketType(world, tx, orgId, eventId, {
      name: 'Floor',
      kind: price === 0 ? 'free' : 'paid',
      price,
      ...wanted.type,
    })
    const poolId = await createPool(tx, orgId, { eventId, name: 'hall', capacity: wanted.capacity ?? 100 })
    await setDraws(tx, orgId, eventId, type.id, [poolId])
    if (wanted.publish !== false) await catalog.publishEvent(world, tx, orgId, eventId, [])
    return {
      orgId,
      eventId,
      typeId: type.id,
      poolId,
      path: `/v1/organisers/${slug}/events/open-air`,
      page: `/${slug}/open-air`,
    }
  })
}

const inOrg = <T>(orgId: OrgId, work: (tx: Tx) => Promise<T>) => withOrg(world.db, orgId, work)

async function sell(show: Show, sold: number): Promise<void> {
  await world.asOwner('update holds.pool set sold = $1 where id = $2', [sold, show.poolId])
  availability.stale(show.eventId)
}

async function eventually<T>(look: () => Promise<T>, right: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look()
    if (right(seen)) return seen
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
const read = async (show: Show) => (await get(show.path)).json<EventPage>()

describe('a fan who looks at an event', () => {
  it('sees the full price, how it is made up, and what is accepted by buying', async () => {
    const show = await aShow()
    await inOrg(show.orgId, async (tx) => {
      await catalog.setFees(world, tx, show.orgId, { party: 'platform', currency: 'EUR' }, [
        { label: 'Service', fixed: 100, ppm: 0, bearing: 'passed_on' },
      ])
      await catalog.setTaxRates(world, tx, show.orgId, [
        { name: 'MwSt', jurisdiction: 'DE', ppm: 70_000, inclusive: true, appliesToFees: true },
      ])
    })
    const page = await eventually(
      () => read(show),
      (seen) => seen.priceFrom?.amount === 4600,
    )
    const eur = (amount: number) => ({ amount, currency: 'EUR' })
    expect(page).toMatchObject({
      slug: 'open-air',
      state: 'published',
      testMode: true,
      venue: { name: 'Arena', city: 'Berlin' },
      terms: { version: 1, text: 'Be kind.' },
      refundPolicy: { kind: 'none', until: null },
      ticketTypes: [
        {
          price: eur(4600),
          breakdown: { face: eur(4500), fees: eur(100), tax: eur(301), taxIncluded: true },
          saleState: 'on_sale',
          availability: { band: 'many', left: null },
        },
      ],
    })
  })

  it('is told a number only when it helps, and never more', async () => {
    const show = await aShow({ capacity: 100 })
    const seen = async (sold: number, band: string) => {
      await sell(show, sold)
      const page = await eventually(
        () => read(show),
        (one) => one.ticketTypes[0]?.availability.band === band,
      )
      return [page.ticketTypes[0]?.availability.left, page.ticketTypes[0]?.saleState]
    }
    expect(await seen(89, 'many')).toEqual([null, 'on_sale'])
    expect(await seen(90, 'few')).toEqual([null, 'on_sale'])
    expect(await seen(95, 'last')).toEqual([5, 'on_sale'])
    expect(await seen(100, 'none')).toEqual([null, 'sold_out'])
    expect((await get(show.path)).body).not.toMatch(/"(capacity|sold|held)"/)
  })

  it('finds a draft no more than what does not exist, word for word', async () => {
    const draft = await aShow({ publish: false })
    const unknown = draft.path.replace('open-air', 'no-such')
    const strip = (text: string) => text.replace(/"instance":"[^"]+"/, '')
    for (const [hidden, absent] of [
      [draft.path, unknown],
      [
        `/v1/events/${publicId('evt', draft.eventId)}/live`,
        `/v1/events/${publicId('evt', newId<catalog.EventId>())}/live`,
      ],
    ] as const) {
      const [one, other] = [await get(hidden), await get(absent)]
      expect(one.statusCode).toBe(404)
      expect(strip(one.body)).toBe(strip(other.body))
    }
    expect((await shop.renderPage(draft.page)).status).toBe(404)
    expect((await get('/sitemap.xml')).body).not.toContain(draft.page)
    await inOrg(draft.orgId, (tx) => catalog.publishEvent(world, tx, draft.orgId, draft.eventId, []))
    await eventually(
      () => get(draft.path),
      (answer) => answer.statusCode === 200,
    )
  })

  it('hears of a change by the organiser within moments, and of a cancellation too', async () => {
    const show = await aShow()
    expect((await read(show)).name).toBe('Open Air')
    await inOrg(show.orgId, (tx) =>
      catalog.changeEvent(world, tx, show.orgId, show.eventId, { name: 'Open Air 2' }),
    )
    await eventually(
      () => read(show),
      (page) => page.name === 'Open Air 2',
    )
    await inOrg(show.orgId, (tx) =>
      catalog.cancelEvent(world, tx, show.orgId, show.eventId, { actor: 'system' }),
    )
    const page = await eventually(
      () => read(show),
      (seen) => seen.state === 'cancelled',
    )
    expect(page.ticketTypes[0]?.saleState).toBe('ended')
  })

  it('loads nothing twice: who has the page already is told so', async () => {
    const show = await aShow()
    const first = await get(show.path)
    expect(first.headers['cache-control']).toMatch(/^public, max-age=/)
    const etag = String(first.headers['etag'])
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await get(show.path, { 'if-none-match': known })
      expect([again.statusCode, again.body]).toEqual([304, ''])
    }
    expect((await get(show.path, { 'if-none-match': '"other"' })).statusCode).toBe(200)
    await sell(show, 99)
    await eventually(
      () => get(show.path, { 'if-none-match': etag }),
      (answer) => answer.statusCode === 200,
    )
  })

  it('finds all events of an organiser, and the organisers', async () => {
    const show = await aShow({ price: 0 })
    const slug = show.page.split('/')[1] ?? ''
    const page = (await get(`/v1/organisers/${slug}`)).json<OrganiserPage>()
    expect(page.events).toMatchObject([
      {
        slug: 'open-air',
        priceFrom: { amount: 0, currency: 'EUR' },
        availability: { band: 'many' },
        venue: { city: 'Berlin' },
      },
    ])
    await world.clock.advance(6_000)
    const list = (await get('/v1/organisers')).json<{ items: { slug: string }[] }>()
    expect(list.items.map((one) => one.slug)).toContain(slug)
    expect((await get('/v1/organisers/platform')).statusCode).toBe(404)
  })

  it('is told what a basket costs, to the cent, and by field what is wrong with it', async () => {
    const show = await aShow()
    const url = `/v1/events/${publicId('evt', show.eventId)}/quote`
    const ask = (lines: unknown) => app.inject({ method: 'POST', url, payload: { lines } as object })
    const ticketTypeId = publicId('tty', show.typeId)
    const quote = (await ask([{ ticketTypeId, quantity: 3 }])).json<Quote>()
    expect(quote).toMatchObject({
      subtotal: { amount: 13_500 },
      total: { amount: 13_500, currency: 'EUR' },
      lines: [{ quantity: 3, unitPrice: { amount: 4500 } }],
    })
    const strange = await ask([
      { ticketTypeId, quantity: 1 },
      { ticketTypeId: publicId('tty', newId<catalog.TicketTypeId>()), quantity: 1 },
    ])
    expect(strange.json()).toMatchObject({
      code: 'shop.unknown-ticket-type',
      errors: [{ field: '/lines/1/ticketTypeId' }],
    })
  })
})

describe('a fan who keeps the page open', () => {
  const follow = (show: Show) => fetch(`${address}/v1/events/${publicId('evt', show.eventId)}/live`)

  async function* messagesOf(
    answer: Response,
  ): AsyncGenerator<{ band: string; left: number | null; saleState: string }> {
    let text = ''
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
        text = text.slice(end + 2)
        if (data === undefined) continue
        const [type] = (
          JSON.parse(data) as {
            ticketTypes: { saleState: string; availability: { band: string; left: number | null } }[]
          }
        ).ticketTypes
        if (type) yield { ...type.availability, saleState: type.saleState }
      }
    }
  }

  it('sees at once what is left, and then each change', async () => {
    const show = await aShow({ capacity: 10 })
    const answer = await follow(show)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    const stream = messagesOf(answer)
    expect((await stream.next()).value).toEqual({ band: 'many', left: null, saleState: 'on_sale' })
    await sell(show, 8)
    expect((await stream.next()).value).toEqual({ band: 'last', left: 2, saleState: 'on_sale' })
    await sell(show, 10)
    expect((await stream.next()).value).toEqual({ band: 'none', left: null, saleState: 'sold_out' })
    await stream.return(undefined)
    await answer.body?.cancel().catch(() => undefined)
    await eventually(
      async () => shop.streams.count(),
      (open) => open === 0,
    )
  })

  it('cannot be pushed out by one address that opens stream after stream', async () => {
    const show = await aShow()
    const open = await Promise.all([follow(show), follow(show), follow(show)])
    const refused = await follow(show)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('30')
    for (const one of open) await one.body?.cancel()
    await eventually(
      async () => shop.streams.count(),
      (count) => count === 0,
    )
    const again = await follow(show)
    expect(again.status).toBe(200)
    await again.body?.cancel()
  })
})

describe('a server that stops', () => {
  it('ends its streams, so that browsers go elsewhere and nobody waits', async () => {
    const show = await aShow()
    const other = createShop({ ...world, messages, availability })
    const stopping = await serve(other)
    const url = await stopping.listen({ port: 0, host: '127.0.0.1' })
    const stream = await new Promise<IncomingMessage>((resolve) => {
      request(
        `${url}/v1/events/${publicId('evt', show.eventId)}/live`,
        { agent: new Agent({ keepAlive: true }) },
        resolve,
      ).end()
    })
    const ended = new Promise((resolve) => stream.on('end', resolve).resume())
    await stopping.close()
    await ended
    expect(other.streams.count()).toBe(0)
    other.close()
  }, 5_000)
})

describe('the page that search engines and messengers read', () => {
  it('says what, when, where and for how much, in its head', async () => {
    const show = await aShow()
    const { status, head, firstData } = await shop.renderPage(show.page)
    expect(status).toBe(200)
    expect(head).toContain(`<title>Open Air · Club ${shows}</title>`)
    expect(head).toContain(`<link rel="canonical" href="http://localhost:4000${show.page}">`)
    expect(head).toContain('<meta property="og:title"')
    const data = JSON.parse(
      /<script type="application\/ld\+json">(.*)<\/script>/.exec(head)?.[1] ?? '',
    ) as Record<string, unknown>
    expect(data).toMatchObject({
      '@type': 'Event',
      eventStatus: 'https://schema.org/EventScheduled',
      location: { name: 'Arena', address: { addressLocality: 'Berlin', addressCountry: 'DE' } },
      offers: [{ price: '45.00', priceCurrency: 'EUR', availability: 'https://schema.org/InStock' }],
    })
    expect(data['startDate']).toMatch(/T\d\d:\d\d:\d\d\+0[12]:00$/)
    expect(JSON.parse(firstData)).toEqual({
      kind: 'event',
      event: await read(show),
      config: { testMode: true },
    })
    expect(await shop.renderPage(`${show.page}/checkout`)).toEqual({ status, head, firstData })
  })

  it('cannot be broken out of by what an organiser typed', async () => {
    const show = await aShow({ name: `</script><script>alert("x")</script><!-- ' & "` })
    const { head, firstData } = await shop.renderPage(show.page)
    expect(firstData).not.toContain('<')
    expect(head.match(/<script/g)).toHaveLength(1)
    expect(head).toContain('&lt;/script&gt;&lt;script&gt;alert(&quot;x&quot;)')
    expect((JSON.parse(firstData) as { event: EventPage }).event.name).toContain('</script>')
  })

  it('lists organisers and events for robots, and keeps them out of what belongs to one person', async () => {
    const show = await aShow()
    await world.clock.advance(61_000)
    const map = await get('/sitemap.xml')
    expect(map.headers['content-type']).toBe('application/xml; charset=utf-8')
    expect(map.body).toContain(`<loc>http://localhost:4000${show.page}</loc>`)
    const robots = await get('/robots.txt')
    expect(robots.body).toContain('Disallow: /orders/')
    expect(robots.body).toContain('Sitemap: http://localhost:4000/sitemap.xml')
    for (const path of ['/orders/ord_1', '/orders/ord_1/return', '/find-order'])
      expect(await shop.renderPage(path)).toMatchObject({
        status: 200,
        head: expect.stringContaining('noindex') as string,
      })
  })

  it('answers every path with a page', async () => {
    for (const path of [
      '/',
      '//',
      '/%00',
      '/a/b/c/d',
      '/..',
      `/${'x'.repeat(5000)}`,
      '/%',
      '/\u0000',
      '/🎟',
      '/no-such',
      '/no/such',
      "/'; drop",
    ])
      expect([200, 404]).toContain((await shop.renderPage(path)).status)
  })
})

describe('hostile requests', () => {
  const hostile = [
    '',
    ' ',
    '%00',
    '%',
    'a'.repeat(150),
    "' or 1=1 --",
    '..%2f..',
    '%F0%9F%8E%9F',
    'evt_',
    'null',
    '-1',
    '1e309',
  ]
  it.each(hostile)('%j in an address is never our fault', async (text) => {
    const part = text.startsWith('%') || text.includes('%2f') ? text : encodeURIComponent(text)
    for (const url of [
      `/v1/organisers/${part}`,
      `/v1/organisers/${part}/events/${part}`,
      `/v1/organisers/club-1/events/${part}`,
      `/v1/events/${part}/live`,
    ]) {
      const answer = await get(url)
      expect([url, answer.statusCode < 500]).toEqual([url, true])
    }
  })

  it('no body makes a quote fail on our side', async () => {
    const show = await aShow()
    const url = `/v1/events/${publicId('evt', show.eventId)}/quote`
    const ticketTypeId = publicId('tty', show.typeId)
    const bodies: unknown[] = [
      null,
      [],
      {},
      { lines: null },
      { lines: [] },
      { lines: [null] },
      { lines: 'x' },
      { lines: Array.from({ length: 21 }, () => ({ ticketTypeId, quantity: 1 })) },
      ...[0, -1, 1.5, 1e308, 2 ** 53, '1', null, true, [], {}].map((quantity) => ({
        lines: [{ ticketTypeId, quantity }],
      })),
      ...[
        '',
        'tty_',
        'tty_00000000000000000000000000',
        'tty_zzzzzzzzzzzzzzzzzzzzzzzzzz',
        '\u0000',
        '\ud800',
        7,
        null,
      ].map((id) => ({ lines: [{ ticketTypeId: id, quantity: 1 }] })),
      { lines: [{ ticketTypeId, quantity: 1 }], extra: 1 },
      { lines: [{ ticketTypeId, quantity: 1, __proto__: { admin: true }, price: 0 }] },
    ]
    for (const payload of bodies) {
      const answer = await app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      })
      expect([JSON.stringify(payload), answer.statusCode]).toEqual([
        JSON.stringify(payload),
        expect.toBeOneOf([400, 422]),
      ])
    }
  })
})
