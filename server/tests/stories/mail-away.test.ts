import { expect } from 'vitest'
import { stories } from '../world.ts'

stories('when mail does not get through', (story) => {
  story(
    'the mail server is down for an hour: sales go on, and every mail arrives afterwards, once',
    async (world) => {
      const show = await world.sells()
      await world.mail.refuse({ code: 'down' })
      const buyers = ['Ana', 'Ben', 'Cleo'].map((name) => world.buyer(name))
      for (const buyer of buyers) {
        await buyer.buys(show)
        const order = await buyer.order()
        // Nobody needs the mail to get in: the tickets are on the order's page.
        expect(order).toMatchObject({ state: 'paid' })
        expect(order.tickets[0].code).not.toBe('')
      }
      for (const minutes of [2, 6, 31, 21]) {
        await world.passes({ minutes })
        await world.ticks()
      }
      expect(buyers.flatMap((buyer) => world.mailsTo(buyer.email))).toEqual([])
      await world.mail.accept()
      await world.passes({ hours: 2 })
      await world.ticks()
      await world.settles()
      for (const buyer of buyers) {
        const mails = world.mailsTo(buyer.email)
        expect(mails).toHaveLength(1)
        expect(mails[0]?.attachments.map((one) => one.contentType)).toContain('application/pdf')
      }
    },
  )

  story('a mail that is refused for now is sent again under the same id', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await world.mail.refuse({ code: 451, for: 2, to: ana.email })
    await ana.buys(show)
    expect(world.mailsTo(ana.email)).toEqual([])
    for (const minutes of [2, 6]) {
      await world.passes({ minutes })
      await world.ticks()
    }
    expect(world.mailsTo(ana.email)).toHaveLength(1)
    const [message] = await world.asOwner<{ attempts: number; state: string }>(
      'select attempts, state from notifications.message where recipient = $1',
      [ana.email],
    )
    expect(message).toEqual({ attempts: 3, state: 'sent' })
  })

  story('a mailbox that does not exist is not tried for ever, and somebody is told', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await world.mail.refuse({ code: 550, to: ana.email })
    await ana.buys(show)
    expect((await ana.order()).state).toBe('paid')
    const messages = await world.asOwner<{ state: string; attempts: number; order_id: string }>(
      'select state, attempts, order_id from notifications.message where recipient = $1',
      [ana.email],
    )
    expect(messages.map(({ state, attempts }) => [state, attempts])).toEqual([['bounced', 1]])
    expect(await world.alerts()).toMatchObject([
      { rule: 'notifications.mail-failed', data: { orderId: messages[0]?.order_id, state: 'bounced' } },
    ])
    world.expected.add('a mail was not sent').add('notifications.mail-failed')
  })
})
