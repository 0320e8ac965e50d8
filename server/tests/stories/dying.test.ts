import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, describe, expect, it, beforeAll } from 'vitest'
import { newId, publicId, type Id } from '#platform/ids'
import { MortalServer } from '../crash/mortal-server.ts'
import type { SellingEvent } from '../event-fixture.ts'
import { demandPromisesKept } from '../promises-kept.ts'
import { World, type Answer, type Buyer } from '../world.ts'

/** Where the server is killed, and what is lost there if anything is. Each is between two steps that belong together. */
const places: [string, string][] = [
  ['holds.placed', 'the places are held, and nobody was told'],
  ['orders.before-place-commit', 'the order is written but not kept'],
  ['orders.placed', 'the order is kept, and nobody was told'],
  ['orders.payment-intended', 'a payment is intended, and nobody was asked'],
  ['payments.session-intended', 'the request is written down, and not sent'],
  ['payments.session-made', 'the provider made a session, and we did not write it down'],
  ['payments.session-recorded', 'the session is written down, and the buyer was not told'],
  ['payments.webhook-stored', 'a webhook is stored, and was not answered'],
  ['payments.inbox-claimed', 'a webhook is being worked off'],
  ['payments.session-read', 'the provider said how it stands, and we did not write it down'],
  ['payments.before-settle-commit', 'everything about the sale is written but not kept'],
  ['payments.settled', 'the sale is kept, and nothing followed yet'],
  ['payments.inbox-settled', 'the sale is kept, and the webhook is not ticked off'],
  ['platform.outbox-dispatched', 'the facts are handed on, and nobody worked yet'],
  ['notifications.mail-sent', 'the mail is out, and not ticked off'],
]

/** Places that only the money that goes back passes. */
const placesOfReturns: [string, string][] = [
  ['payments.return-intended', 'the money is to go back, and the provider was not asked'],
  ['payments.return-asked', 'the provider sends the money back, and we did not write it down'],
  ['payments.before-return-commit', 'that the money went back is written but not kept'],
]

describe('the server dies in the middle', () => {
  let world: World
  let server: MortalServer

  beforeAll(async () => {
    world = await World.open()
    server = new MortalServer(world)
    await server.start()
  })
  afterAll(async () => {
    await server.ends()
    await world.close()
  })

  /** As a browser does: a request that found nobody is sent again, the same, once the server is back. */
  async function insists(ask: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      try {
        return await ask()
      } catch {
        await server.revives(true)
      }
    }
    throw new Error('nobody answers')
  }

  /** Lets the server do by itself what is left to do, minute by minute, and starts it again when it dies of it. */
  async function timeGoesOn(isSo: () => Promise<boolean>): Promise<void> {
    for (let minute = 0; minute < 40; minute += 1) {
      await world.stripe.deliverDue()
      if (await isSo()) return
      await server.revives()
      await world.passes({ minutes: 1 })
      await server.ticks()
    }
    throw new Error('it did not come to an end within 40 minutes')
  }

  async function reserves(ana: Buyer, show: SellingEvent): Promise<void> {
    const holdId = publicId('hld', newId<Id<'hld'>>())
    expect((await insists(() => ana.holds(show, 2, holdId))).status).toBeLessThan(300)
    expect((await insists(() => ana.orders(show, holdId))).status).toBeLessThan(300)
  }

  const isPaid = (ana: Buyer) => async () => {
    const order = (await insists(() => ana.send('GET', `/v1/orders/${ana.orderId}`))).body
    return order.state === 'paid' && world.mailsTo(ana.email).length > 0
  }

  async function demandOneDeath(): Promise<void> {
    // What nobody asked for comes with the next minute. A story that did not reach its place would prove nothing.
    if (server.deaths.length === 0) await server.ticks()
    await expect.poll(() => server.deaths, { timeout: 5000 }).toEqual(['SIGKILL'])
    await server.revives()
  }

  /** What is left over is done by a server of another process; then everything has to be as if nobody had died. */
  async function demandThatNobodyNoticed(): Promise<void> {
    await world.comesToRest()
    await demandPromisesKept(world)
  }

  /** A living server that knows what time it is. */
  async function begins(): Promise<void> {
    world.begins()
    await server.revives()
    await server.ticks()
    await server.revives()
    server.deaths.length = 0
  }

  for (const [place, meaning] of places) {
    it(`${meaning}: the buyer still has the tickets, once (${place})`, { timeout: 60_000 }, async () => {
      await begins()
      if (place === 'holds.placed') {
        // One of them is armed from outside, as a person would do it.
        await server.ends()
        server.deaths.length = 0
        await server.start(place)
      } else server.arms(place)
      const show = await world.sells()
      const ana = world.buyer('Ana')
      await reserves(ana, show)
      await insists(() => ana.startsPayment())
      await timeGoesOn(async () => {
        const { state } = (await insists(() => ana.send('GET', `/v1/orders/${ana.orderId}`))).body
        return state === 'awaiting_payment'
      })
      await ana.paysOnPage()
      await insists(() => ana.check())
      await timeGoesOn(isPaid(ana))
      await demandOneDeath()
      const order = (await insists(() => ana.send('GET', `/v1/orders/${ana.orderId}`))).body
      expect(order.tickets.map((ticket: { serial: number }) => ticket.serial)).toEqual([1, 2])
      await demandThatNobodyNoticed()
      const mails = world.mailsTo(ana.email)
      expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(1)
      // A process that dies may do so while its mail is under way; then there are two copies with one id.
      if (place === 'notifications.mail-sent') expect(mails).toHaveLength(2)
    })
  }

  for (const [place, meaning] of placesOfReturns) {
    it(`${meaning}: it goes back once (${place})`, { timeout: 60_000 }, async () => {
      await begins()
      const show = await world.sells({ pools: { hall: 2 } })
      const ana = world.buyer('Ana')
      await reserves(ana, show)
      await insists(() => ana.startsPayment())
      world.expected.add('payments.payment-stuck')
      world.providerIsAway()
      await world.passes({ minutes: 16 })
      await ana.paysOnPage()
      await world.passes({ minutes: 21 })
      await server.ticks()
      world.stripe.faults.disarm()
      await reserves(world.buyer('Ben'), show)
      server.arms(place)
      const refunds = () =>
        world.asOwner<{ state: string }>('select state from payments.payment_return where org_id = $1', [
          show.orgId,
        ])
      await timeGoesOn(async () => (await refunds())[0]?.state === 'succeeded')
      await demandOneDeath()
      expect(await refunds()).toEqual([{ state: 'succeeded' }])
      expect((await insists(() => ana.send('GET', `/v1/orders/${ana.orderId}`))).body).toMatchObject({
        notice: { code: 'payment-returned' },
        tickets: [],
      })
      await demandThatNobodyNoticed()
    })
  }

  it(
    'asked to end under load, it answers everything that it did, and does nothing that it does not answer',
    { timeout: 60_000 },
    async () => {
      await begins()
      const show = await world.sells({ pools: { hall: 10_000 } })
      const agent = new Agent({ keepAlive: true, maxSockets: 32 })
      const answered: string[] = []
      const refused: (number | string)[] = []
      const cut: (number | string)[] = []
      const inTheWay = new pg.Client({ connectionString: world.ownerUrl })
      await inTheWay.connect()
      let stopping: Promise<unknown> | undefined
      const ends = async () => {
        // The desk has to wait for a lock, so that there certainly are requests under way when it is asked to end.
        await inTheWay.query('begin')
        await inTheWay.query('select from holds.pool where org_id = $1 for update', [show.orgId])
        const ended = server.ends()
        await sleep(1500)
        await inTheWay.query('commit')
        return ended
      }
      const clerk = async () => {
        for (let turn = 0; turn < 5000; turn += 1) {
          const id = newId<Id<'hld'>>()
          const begunBefore = stopping === undefined
          const outcome = await holdOver(agent, world.url, show, id)
          if (outcome === 201) answered.push(id)
          else if (begunBefore && outcome !== 503) cut.push(outcome)
          else refused.push(outcome)
          if (outcome === 'ECONNREFUSED') return
          if (answered.length > 300) stopping ??= ends()
        }
      }
      await Promise.all(Array.from({ length: 32 }, clerk))
      expect(await stopping).toBe(0)
      await inTheWay.end()
      expect(cut).toEqual([])
      agent.destroy()
      const kept = await world.asOwner<{ id: string }>('select id from holds.hold where org_id = $1', [
        show.orgId,
      ])
      expect(new Set(kept.map((row) => row.id))).toEqual(new Set(answered))
      expect(answered.length).toBeGreaterThan(300)
      // Whoever came too late was told so, or found the door closed; nobody was cut off in the middle of an answer.
      expect(refused.filter((one) => ![503, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(one))).toEqual([])
      await demandThatNobodyNoticed()
    },
  )
})

/** Places a hold over a kept connection; gives the status, or why there was none. An answer that breaks off is `cut`. */
function holdOver(agent: Agent, base: string, show: SellingEvent, id: Id<'hld'>): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>()
  const body = JSON.stringify({
    id: publicId('hld', id),
    browserKey: `browser-key-${newId()}`,
    lines: [{ ticketTypeId: publicId('tty', show.types['standard'] as Id<'tty'>), quantity: 1 }],
  })
  const sent = request(
    `${base}/v1/events/${publicId('evt', show.event.id)}/holds`,
    {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    },
    (response) => {
      response.on('error', () => resolve('cut'))
      response.on('end', () => resolve(response.complete ? (response.statusCode ?? 'cut') : 'cut'))
      response.resume()
    },
  )
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'cut'))
  sent.end(body)
  return promise
}
