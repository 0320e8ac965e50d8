import { startMailSandbox, type MailSandbox } from '@tessera/sandbox-mail'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  issueTickets,
  ticketsIssued,
  ticketsMachines,
  ticketsOfOrders,
  voidTickets,
  type EventOnTicket,
  type OrderForTickets,
} from '#modules/tickets'
import { asPlatform, withOrg } from '#platform/database'
import { within } from '#platform/events'
import { publicId, type OrgId } from '#platform/ids'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { anEventWithOpenDoors, aPaidOrder, orderShelf, type SoldEvent } from '../tickets/ticket-fixtures.ts'
import { answerLinkRequests, requestOrderLinks } from './find-orders-by-mail.ts'
import { notificationsHandlers } from './jobs.ts'
import { claimDue } from './message-store.ts'
import { notificationsMachines, pauses, type Message } from './message.ts'
import type { NotificationsDeps } from './notifications-deps.ts'
import { queuePaymentReturnedMail, queueTicketMail } from './queue-messages.ts'
import { resendTickets } from './resend-tickets.ts'
import { sendDueMessages } from './send-due-messages.ts'
import { createSmtpTransport } from './smtp-transport.ts'

let world: TestPlatform
let sandbox: MailSandbox
let deps: NotificationsDeps
const shelf = orderShelf()
const events = new Map<string, EventOnTicket>()
const orgOf = new Map<string, OrgId>()
const minute = 60_000

beforeAll(async () => {
  sandbox = await startMailSandbox()
  world = await testPlatform({
    through: '0010',
    machines: [...ticketsMachines, ...notificationsMachines],
    reactions: () => [
      within(ticketsIssued, (_world: TestPlatform, tx, orgId, facts) =>
        queueTicketMail(deps, tx, orgId, facts),
      ),
    ],
  })
  deps = {
    ...world,
    mail: createSmtpTransport({ url: `smtp://127.0.0.1:${sandbox.smtpPort}` }),
    mailFrom: 'Tessera <tickets@tessera.example>',
    platformOrgId: '00000000-0000-7000-8000-000000000001' as OrgId,
    readOrders: shelf.readOrders,
    readEvent: (_tx, _orgId, eventId) => Promise.resolve(events.get(eventId)),
    guestLink: (order) =>
      `${world.publicUrl}/orders/${publicId('ord', order.id)}#t=token-of-${order.id.slice(-12)}`,
    emailKey: (email) => email.trim().toLowerCase(),
    findOrdersOf: (key, most) =>
      Promise.resolve(
        [...shelf.orders.values()]
          .filter((order) => order.buyerEmail.toLowerCase() === key)
          .toReversed()
          .slice(0, most)
          .map((order) => ({ id: order.id, orgId: orgOf.get(order.id) as OrgId })),
      ),
  }
})
afterAll(async () => {
  deps.mail.close()
  await world.close()
  await sandbox.close()
})
beforeEach(async () => {
  await sandbox.accept()
  sandbox.clear()
})

async function aBuyer(
  pieces: Parameters<typeof aPaidOrder>[1] = { standard: 1 },
  event: Partial<EventOnTicket> = {},
) {
  const sold = await anEventWithOpenDoors(world, event)
  return { sold, order: await buys(sold, pieces) }
}

async function buys(
  sold: SoldEvent,
  pieces: Parameters<typeof aPaidOrder>[1],
  email?: string,
): Promise<OrderForTickets> {
  const order = { ...aPaidOrder(sold, pieces), ...(email === undefined ? {} : { buyerEmail: email }) }
  await shelf.add(world, sold.orgId, order)
  events.set(sold.event.id, sold.event)
  orgOf.set(order.id, sold.orgId)
  const fact = { orderId: order.id, eventId: order.eventId }
  await withOrg(world.db, sold.orgId, (tx) =>
    issueTickets({ ...world, readOrders: shelf.readOrders }, tx, sold.orgId, [fact]),
  )
  return order
}

type Row = Pick<Message, 'template' | 'state' | 'attempts'> & { last_error: string | null; id: string }

const messagesOf = (order: OrderForTickets) =>
  world.asOwner<Row>(
    'select id, template, state, attempts, last_error from notifications.message where order_id = $1 order by position',
    [order.id],
  )

const mailsTo = (order: OrderForTickets) => sandbox.messages({ to: order.buyerEmail })

async function paymentReturned(sold: SoldEvent, order: OrderForTickets, paymentId: string): Promise<void> {
  await withOrg(world.db, sold.orgId, (tx) =>
    queuePaymentReturnedMail(deps, tx, sold.orgId, [{ orderId: order.id, paymentId }]),
  )
}

describe('a buyer who has paid', () => {
  test('gets one mail with the tickets, the calendar entry and the link, in the name of the organiser', async () => {
    const { order } = await aBuyer({ standard: 2, family: 1 })
    await sendDueMessages(deps)
    const [mail, ...more] = mailsTo(order)
    expect(more).toEqual([])
    expect(mail).toMatchObject({ subject: 'Your tickets: Lange Nacht der Synthesizer' })
    expect(mail?.attachments.map((file) => file.filename)).toEqual([
      `tickets-${order.number}.pdf`,
      expect.stringMatching(/\.ics$/),
    ])
    for (const body of [mail?.html, mail?.text]) {
      expect(body).toContain(deps.guestLink(order))
      expect(body).toContain('2 × Standard')
      expect(body).toContain('Großes Haus')
    }
    expect(JSON.stringify(mail)).toContain('tickets@tessera.example')
    expect(JSON.stringify(mail)).toContain('"Nachtlicht"')
    expect(await messagesOf(order)).toMatchObject([{ state: 'sent', attempts: 1 }])
  })

  test('gets it in German when the order was made in German', async () => {
    const { order } = await aBuyer({ standard: 1, locale: 'de' })
    await sendDueMessages(deps)
    expect(mailsTo(order)).toMatchObject([{ subject: 'Ihre Tickets: Lange Nacht der Synthesizer' }])
    expect(mailsTo(order)[0]?.html).toContain('Hier ist Ihr Ticket')
  })

  test('gets one mail although the fact was announced twice, and by the job that the sale itself set off', async () => {
    const { sold, order } = await aBuyer()
    const tickets = await withOrg(world.db, sold.orgId, (tx) => ticketsOfOrders(tx, sold.orgId, [order.id]))
    const fact = { orderId: order.id, eventId: order.eventId, ticketIds: tickets.map((ticket) => ticket.id) }
    await withOrg(world.db, sold.orgId, (tx) => queueTicketMail(deps, tx, sold.orgId, [fact, fact]))
    await eventually(async () => {
      await world.settles(notificationsHandlers(deps))
      return mailsTo(order).length > 0
    })
    await world.settles(notificationsHandlers(deps))
    expect(mailsTo(order)).toHaveLength(1)
  })

  test('has neither codes nor links nor tokens in the database because of it', async () => {
    const { order } = await aBuyer()
    await sendDueMessages(deps)
    const rows = await world.asOwner<{ row: string }>(
      `select m::text as row from notifications.message m union all select payload::text from platform.outbox union all select payload::text from graphile_worker._private_jobs`,
    )
    const everything = rows.map((row) => row.row).join('\n')
    expect(everything).toContain(order.id)
    expect(everything).not.toMatch(/TS1:|#t=|token-of/)
  })

  test('whose tickets were voided before the mail left gets none', async () => {
    const { sold, order } = await aBuyer()
    await withOrg(world.db, sold.orgId, async (tx) => {
      const tickets = await ticketsOfOrders(tx, sold.orgId, [order.id])
      await voidTickets(
        tx,
        sold.orgId,
        tickets.map((ticket) => ticket.id),
      )
    })
    await sendDueMessages(deps)
    expect(mailsTo(order)).toEqual([])
    expect(await messagesOf(order)).toMatchObject([{ state: 'dropped' }])
  })
})

describe('when the mail server cannot be reached', () => {
  test('sales go on, attempts are spread out by our clock, and every mail arrives once it is back', async () => {
    await sandbox.refuse({ code: 'down' })
    const { sold, order } = await aBuyer()
    const others = await Promise.all(Array.from({ length: 14 }, () => buys(sold, { standard: 1 })))
    await sendDueMessages(deps)
    const [first] = await messagesOf(order)
    expect(first).toMatchObject({ state: 'queued', attempts: 1 })
    await world.clock.advance(2 * minute)
    await sandbox.accept()
    await sendDueMessages(deps)
    for (const buyer of [order, ...others]) expect(mailsTo(buyer)).toHaveLength(1)
  })

  test('after the last pause the mail is given up, and an alert is raised', async () => {
    const { order } = await aBuyer()
    await sandbox.refuse({ code: 451 })
    for (const [index, pause] of pauses.entries()) {
      await sendDueMessages(deps)
      expect(await messagesOf(order)).toMatchObject([{ state: 'queued', attempts: index + 1 }])
      await world.clock.advance(pause - minute / 2)
      await sendDueMessages(deps)
      expect(await messagesOf(order)).toMatchObject([{ attempts: index + 1 }])
      await world.clock.advance(minute)
    }
    await sendDueMessages(deps)
    const [message] = await messagesOf(order)
    expect(message).toMatchObject({ state: 'failed', attempts: pauses.length + 1 })
    expect(message?.last_error).toContain('451')
    const alerts = await world.asOwner<{ payload: unknown }>(
      `select payload from platform.outbox where name = 'mailFailed' and payload->>'orderId' = $1`,
      [order.id],
    )
    expect(alerts.map((alert) => alert.payload)).toEqual([
      { messageId: message?.id, orderId: order.id, template: 'tickets', state: 'failed' },
    ])
  })

  test('a mailbox that does not exist is not tried again, and the row does not say whose it is', async () => {
    const { order } = await aBuyer()
    await sandbox.refuse({ code: 550, to: order.buyerEmail })
    await sendDueMessages(deps)
    const [message] = await messagesOf(order)
    expect(message).toMatchObject({ state: 'bounced', attempts: 1 })
    expect(message?.last_error).toContain('550')
    expect(message?.last_error).not.toContain(order.buyerEmail)
  })
})

describe('a sender that dies between sending and writing it down', () => {
  test('leaves a mail that is sent again under the same Message-ID, so that it can be recognised', async () => {
    const { order } = await aBuyer()
    await dyingSender()
    await sendDueMessages(deps)
    expect(mailsTo(order)).toHaveLength(1)
    await world.clock.advance(6 * minute)
    await sendDueMessages(deps)
    const mails = mailsTo(order)
    expect(mails).toHaveLength(2)
    const [message] = await messagesOf(order)
    expect(message).toMatchObject({ state: 'sent', attempts: 2 })
    expect(new Set(mails.map((mail) => mail.messageId))).toEqual(
      new Set([`<${publicId('msg', message?.id as never)}@localhost>`]),
    )
  })

  /** Sends, and is gone before it can say so. */
  async function dyingSender(): Promise<void> {
    let dead = () => {}
    const died = new Promise<void>((resolve) => {
      dead = resolve
    })
    const mail = {
      ...deps.mail,
      send: (outgoing: Parameters<typeof deps.mail.send>[0]) =>
        deps.mail.send(outgoing).then(() => (dead(), new Promise<never>(() => {}))),
    }
    void sendDueMessages({ ...deps, mail })
    await died
  }
})

test('twenty senders at once send each mail once', async () => {
  const { sold, order } = await aBuyer()
  const buyers = [
    order,
    ...(await Promise.all(Array.from({ length: 11 }, () => buys(sold, { standard: 1 })))),
  ]
  await Promise.all(Array.from({ length: 20 }, () => sendDueMessages(deps)))
  for (const buyer of buyers) expect(mailsTo(buyer)).toHaveLength(1)
})

test('the mails of one order leave in their order: money never speaks before the tickets', async () => {
  const { sold, order } = await aBuyer()
  await sandbox.refuse({ code: 451, for: 1, to: order.buyerEmail })
  await paymentReturned(sold, order, 'pay-1')
  await sendDueMessages(deps)
  await sendDueMessages(deps)
  // The tickets were refused for now, so the other mail waits behind them.
  expect(await messagesOf(order)).toMatchObject([
    { template: 'tickets', state: 'queued' },
    { template: 'payment-returned', state: 'queued', attempts: 0 },
  ])
  await world.clock.advance(2 * minute)
  await sendDueMessages(deps)
  await sendDueMessages(deps)
  expect(mailsTo(order).map((mail) => mail.subject.split(':')[0])).toEqual([
    'Your tickets',
    'Your payment is on its way back',
  ])
})

test('a message of another order does not wait', async () => {
  const { sold, order } = await aBuyer()
  await buys(sold, { standard: 1 })
  const claimed = await asPlatform(world.db, (tx) => claimDue(tx, world.clock.now(), 100))
  expect(claimed.filter((message) => message.orgId === sold.orgId)).toHaveLength(2)
  expect(claimed.map((message) => message.orderId)).toContain(order.id)
  await world.clock.advance(6 * minute)
  await sendDueMessages(deps)
})

describe('a buyer whose payment goes back', () => {
  test('because it came too late, is told why, how much and when, once', async () => {
    const { sold, order } = await aBuyer()
    await sendDueMessages(deps)
    shelf.change({ ...order, state: 'expired', total: 123_450 })
    await paymentReturned(sold, order, 'pay-7')
    await paymentReturned(sold, order, 'pay-7')
    await sendDueMessages(deps)
    const [mail, ...more] = mailsTo(order).slice(1)
    expect(more).toEqual([])
    expect(mail?.text).toContain('€1,234.50')
    expect(mail?.text).toContain('You have no tickets from this order')
  })

  test('because it was the second one, is told that the tickets stay', async () => {
    const { sold, order } = await aBuyer()
    await paymentReturned(sold, order, 'pay-8')
    await sendDueMessages(deps)
    await sendDueMessages(deps)
    expect(mailsTo(order).at(-1)?.text).toContain('Your tickets stay valid')
  })
})

describe('asking for the tickets again', () => {
  test('sends a new mail, and two clicks at once are one', async () => {
    const { sold, order } = await aBuyer()
    await sendDueMessages(deps)
    await Promise.all([1, 2, 3].map(() => resendTickets(deps, sold.orgId, order.id)))
    await sendDueMessages(deps)
    expect(mailsTo(order)).toHaveLength(2)
    await resendTickets(deps, sold.orgId, order.id)
    await sendDueMessages(deps)
    expect(mailsTo(order)).toHaveLength(3)
    expect(new Set(mailsTo(order).map((mail) => mail.messageId)).size).toBe(3)
  })

  test('brings a waiting one forward', async () => {
    const { sold, order } = await aBuyer()
    await sandbox.refuse({ code: 451, for: 1, to: order.buyerEmail })
    await sendDueMessages(deps)
    await resendTickets(deps, sold.orgId, order.id)
    await sendDueMessages(deps)
    expect(mailsTo(order)).toHaveLength(1)
    expect(await messagesOf(order)).toHaveLength(1)
  })

  test('is refused when there are none', async () => {
    const sold = await anEventWithOpenDoors(world)
    const order = aPaidOrder(sold)
    await shelf.add(world, sold.orgId, order)
    await expect(resendTickets(deps, sold.orgId, order.id)).rejects.toMatchObject({
      code: 'notifications.no-tickets-yet',
    })
  })
})

describe('somebody who looks for orders by mail address', () => {
  test('gets one mail with the links of that address, across organisers, however it was typed', async () => {
    const [one, other] = [
      await anEventWithOpenDoors(world),
      await anEventWithOpenDoors(world, { name: 'Sommerfest' }),
    ]
    const orders = [
      await buys(one, { standard: 1 }, 'Ana.Lima@example.org'),
      await buys(other, { standard: 1 }, 'ana.lima@example.org'),
    ]
    await sendDueMessages(deps)
    sandbox.clear()
    for (const typed of ['ana.lima@example.org', ' ANA.LIMA@example.org', 'ana.lima@example.org'])
      await requestOrderLinks(deps, typed)
    await Promise.all([answerLinkRequests(deps), answerLinkRequests(deps)])
    await sendDueMessages(deps)
    const mails = sandbox.messages().filter((mail) => mail.subject === 'Your orders')
    expect(mails).toHaveLength(1)
    for (const order of orders) expect(mails[0]?.text).toContain(deps.guestLink(order))
    expect(mails[0]?.text).toContain('Sommerfest')
  })

  test('without orders gets nothing, and the address is not kept', async () => {
    await requestOrderLinks(deps, 'stranger@example.org')
    await answerLinkRequests(deps)
    await sendDueMessages(deps)
    expect(sandbox.messages()).toEqual([])
    const rows = await world.asOwner<{ row: string }>(
      'select r::text as row from notifications.link_request r union all select m::text from notifications.message m',
    )
    expect(rows.map((row) => row.row).join('\n')).not.toContain('stranger@')
  })
})

/** A wake-up travels by a commit of its own; it is waited for, not slept for. */
async function eventually(happened: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) if (await happened()) return
  throw new Error('it never happened')
}
