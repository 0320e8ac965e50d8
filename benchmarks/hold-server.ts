// The product's own HTTP server with the routes for buying, plus an empty route of the same shape as the yardstick.
import { z } from 'zod'
import { createClock } from '../server/platform/clock.ts'
import { openDatabase, withOrg } from '../server/platform/database.ts'
import { anyone, createHttp } from '../server/platform/http.ts'
import { idAnswer, idOf, newId, publicId, type Id, type OrgId } from '../server/platform/ids.ts'
import { listenForMessages } from '../server/platform/messages.ts'
import { createLimiter, defaultLimits, type Limits } from '../server/platform/rate-limit.ts'
import { createLogger, createMetrics } from '../server/platform/telemetry.ts'
import { readEventForSale } from '../server/modules/catalog/public.ts'
import { createHoldsDesk, createLiveAvailability, holdsRoutes } from '../server/modules/holds/public.ts'

const { URL_OF_DATABASE = '', ORG_ID = '', EVENT_ID = '' } = process.env
const log = createLogger({ level: 'warn', pretty: false })
const metrics = createMetrics()
const db = openDatabase({ url: URL_OF_DATABASE, size: 16, applicationName: 'benchmark server' })
const clock = await createClock(db.pool, { movable: false })
const messages = await listenForMessages(URL_OF_DATABASE, log)
const availability = createLiveAvailability({ db, clock }, messages)
const desk = createHoldsDesk({ db, clock, metrics, stockMoved: availability.moved })
const event = await withOrg(db, ORG_ID as OrgId, (tx) =>
  readEventForSale(tx, ORG_ID as OrgId, EVENT_ID as Id<'evt'>),
)
const limits = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, Infinity])) as Limits
const app = await createHttp({
  log,
  metrics,
  limiter: createLimiter(limits),
  authenticate: async () => undefined,
  trustedProxies: 0,
  publicUrl: 'http://localhost',
})
holdsRoutes(app, {
  db,
  clock,
  desk,
  availability,
  eventForSale: async (id) => (event?.id === id ? event : undefined),
})

const answer = z.object({
  id: idAnswer('hld'),
  state: z.enum(['active', 'paying', 'converted', 'released', 'expired']),
  expiresAt: z.iso.datetime().nullable(),
  serverTime: z.iso.datetime(),
  lines: z.array(z.object({ ticketTypeId: idAnswer('tty'), quantity: z.int() })),
})
app.post(
  '/empty/:eventId',
  {
    schema: {
      params: z.object({ eventId: idOf('evt') }),
      body: z.strictObject({
        id: idOf('hld'),
        browserKey: z.string().regex(/^[A-Za-z0-9_-]{22,64}$/),
        lines: z
          .array(z.strictObject({ ticketTypeId: idOf('tty'), quantity: z.int().min(1).max(1000) }))
          .min(1)
          .max(20),
      }),
      response: { 201: answer },
    },
    config: { access: anyone, limit: 'holds' },
  },
  async (request, reply) => {
    const now = new Date(0).toISOString()
    const lines = request.body.lines.map((line) => ({
      ticketTypeId: publicId('tty', line.ticketTypeId),
      quantity: line.quantity,
    }))
    return reply
      .status(201)
      .send({ id: publicId('hld', request.body.id), state: 'active', expiresAt: now, serverTime: now, lines })
  },
)
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
process.send?.({ port: typeof address === 'object' && address ? address.port : 0, id: newId() })
async function stop(): Promise<void> {
  await app.close()
  await desk.close()
  await messages.close()
  await db.close()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
