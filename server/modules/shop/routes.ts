import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { anyone, type App } from '#platform/http'
import { idOf } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { eventPageAnswer, organiserListAnswer, organiserPageAnswer, quoteAnswer } from './answers.ts'
import type { Printed } from './live-events.ts'
import { shopProblems } from './problems.ts'
import { quoteBasket } from './quote-basket.ts'
import type { Shop } from './shop.ts'

const slug = z.string().min(1).max(100)
const eventParams = z.object({ eventId: idOf('evt') })
const quoteBody = z.strictObject({
  lines: z
    .array(z.strictObject({ ticketTypeId: idOf('tty'), quantity: z.number().int().min(1).max(1000) }))
    .min(1)
    .max(20),
})

/** What the public asks. A CDN may answer for us for a moment, and longer while it asks us again. */
const forAMoment = 'public, max-age=1, stale-while-revalidate=10'
const forAMinute = 'public, max-age=60'

export function shopRoutes(app: App, shop: Shop): void {
  organiserRoutes(app, shop)
  eventRoute(app, shop)
  quoteRoute(app, shop)
  liveRoute(app, shop)
  robotRoutes(app, shop)
  // Streams have no end of their own; a server that stops ends them, or it would wait for ever.
  app.addHook('preClose', (done) => {
    shop.streams.close()
    done()
  })
}

function organiserRoutes(app: App, { organisers }: Shop): void {
  app.get(
    '/v1/organisers',
    {
      schema: {
        summary: 'List organisers with events to come',
        tags: ['Shop'],
        response: { 200: organiserListAnswer },
      },
      config: { access: anyone, limit: 'reads' },
    },
    async (request, reply) => sendPrinted(request, reply, await organisers.list()),
  )
  app.get(
    '/v1/organisers/:slug',
    {
      schema: {
        summary: 'Read an organiser and the events to come',
        tags: ['Shop'],
        params: z.object({ slug }),
        response: { 200: organiserPageAnswer },
      },
      config: { access: anyone, limit: 'reads', problems: [requestProblems.notFound] },
    },
    async (request, reply) => {
      const page = await organisers.page(request.params.slug)
      if (!page) throw requestProblems.notFound()
      return sendPrinted(request, reply, page)
    },
  )
}

function eventRoute(app: App, { organisers, events }: Shop): void {
  app.get(
    '/v1/organisers/:slug/events/:eventSlug',
    {
      schema: {
        summary: 'Read an event with its tickets, full prices and what is left',
        tags: ['Shop'],
        params: z.object({ slug, eventSlug: slug }),
        response: { 200: eventPageAnswer },
      },
      config: { access: anyone, limit: 'reads', problems: [requestProblems.notFound] },
    },
    async (request, reply) => {
      const { slug, eventSlug } = request.params
      // Nearly always the answer is at hand, and nothing is waited for.
      const eventId = organisers.eventIdAtHand(slug, eventSlug)
      const live = eventId && events.atHand(eventId)
      return sendPrinted(request, reply, live ? live.page : await readEvent(slug, eventSlug))
    },
  )

  async function readEvent(slug: string, eventSlug: string): Promise<Printed<unknown>> {
    const eventId = await organisers.eventIdAt(slug, eventSlug)
    const live = eventId && (await events.read(eventId))
    if (!live) throw requestProblems.notFound()
    return live.page
  }
}

/** An answer that was written before; whoever has it already is told so. */
function sendPrinted(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, etag }: Printed<unknown>,
): FastifyReply {
  reply.header('cache-control', forAMoment).header('etag', etag)
  const known = request.headers['if-none-match']
  if (
    known !== undefined &&
    (known === etag || known.split(/\s*,\s*/).some((one) => one === '*' || one.replace(/^W\//, '') === etag))
  ) {
    return reply.status(304).send()
  }
  return reply.header('content-type', 'application/json; charset=utf-8').send(body)
}

function quoteRoute(app: App, { cache }: Shop): void {
  app.post(
    '/v1/events/:eventId/quote',
    {
      schema: {
        summary: 'What a basket costs, with everything',
        tags: ['Shop'],
        params: eventParams,
        body: quoteBody,
        response: { 200: quoteAnswer },
      },
      config: {
        access: anyone,
        limit: 'reads',
        problems: [requestProblems.notFound, shopProblems.unknownTicketType],
      },
    },
    async (request) => {
      const event = await cache.eventForSale(request.params.eventId)
      if (!event) throw requestProblems.notFound()
      return quoteBasket(event, request.body.lines)
    },
  )
}

function liveRoute(app: App, { events, streams }: Shop): void {
  app.get(
    '/v1/events/:eventId/live',
    {
      exposeHeadRoute: false,
      schema: {
        summary: 'Follow what is left of an event (server-sent events)',
        description:
          'Each `availability` event carries what `ticketTypes` of the event say about `saleState` and `availability`: once at the start and after each change, at most four times a second.',
        tags: ['Shop'],
        params: eventParams,
        produces: ['text/event-stream'],
        response: { 200: z.string().describe('text/event-stream') },
      },
      config: {
        access: anyone,
        limit: 'reads',
        problems: [requestProblems.notFound, shopProblems.tooManyStreams],
      },
    },
    async (request, reply) => {
      const { eventId } = request.params
      const leave = streams.admit(request.ip)
      if (!leave) throw shopProblems.tooManyStreams({ retryAfterSeconds: 30 })
      const live = await events.read(eventId).catch((error: unknown) => {
        leave()
        throw error
      })
      if (!live) {
        leave()
        throw requestProblems.notFound()
      }
      reply.hijack()
      // The connection ends with the stream: kept alive, it would hold up a server that stops.
      reply.raw.shouldKeepAlive = false
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        // A proxy that collected or compressed the stream would hold it back.
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      })
      streams.follow(eventId, live.message, reply.raw, leave)
      return reply
    },
  )
}

function robotRoutes(app: App, { sitemap }: Shop): void {
  const config = { access: anyone, limit: 'pages' } as const
  app.get('/sitemap.xml', { config, schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('cache-control', forAMinute)
      .header('content-type', 'application/xml; charset=utf-8')
      .send(await sitemap.sitemap()),
  )
  app.get('/robots.txt', { config, schema: { hide: true } }, (_request, reply) =>
    reply
      .header('cache-control', forAMinute)
      .header('content-type', 'text/plain; charset=utf-8')
      .send(sitemap.robots()),
  )
}
