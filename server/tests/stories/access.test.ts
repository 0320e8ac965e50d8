import { expect } from 'vitest'
import { newId, publicId, type Id } from '#platform/ids'
import { stories } from '../world.ts'

stories('who may see and do what', (story) => {
  story('only who holds an order’s link sees it; to everybody else it does not exist', async (world) => {
    const show = await world.sells()
    const [ana, ben] = [world.buyer('Ana'), world.buyer('Ben')]
    await ana.buys(show)
    await ben.buys(show)
    const asked: [string, string][] = [
      ['GET', ''],
      ['POST', '/payment'],
      ['POST', '/payment/check'],
      ['POST', '/cancel'],
      ['POST', '/resend'],
      ['GET', '/tickets.pdf'],
      ['GET', '/calendar.ics'],
    ]
    for (const [method, path] of asked) {
      for (const token of [ben.guestToken, `${ana.guestToken.slice(0, -2)}xx`, 'x'.repeat(43)]) {
        const answer = await ben.send(method, `/v1/orders/${ana.orderId}${path}`, undefined, {
          'tessera-guest': token,
        })
        expect([method, path, answer.status]).toEqual([method, path, 404])
      }
      const unknown = await ben.send(method, `/v1/orders/${publicId('ord', newId<Id<'ord'>>())}${path}`)
      expect(unknown).toMatchObject({ status: 404, body: { code: 'request.not-found' } })
    }
    expect((await ana.send('GET', `/v1/orders/${ana.orderId}/tickets.pdf`)).status).toBe(200)
    expect((await ana.send('POST', `/v1/orders/${ana.orderId}/resend`)).status).toBe(202)
    await world.settles()
    expect(world.mailsTo(ana.email)).toHaveLength(2)
  })

  story('nobody can look at, order or give up what another browser holds', async (world) => {
    const show = await world.sells()
    const [ana, ben] = [world.buyer('Ana'), world.buyer('Ben')]
    const hold = await ana.holds(show, 1)
    const path = `/v1/events/${publicId('evt', show.event.id)}/holds/${hold.holdId}`
    expect((await ben.send('GET', path)).status).toBe(404)
    expect((await ben.send('DELETE', path)).status).toBe(404)
    const order = await ben.send('POST', `/v1/events/${publicId('evt', show.event.id)}/orders`, {
      holdId: hold.holdId,
      buyer: { name: 'Ben', email: ben.email },
      accept: { termsVersion: 1, refundPolicyVersion: 1 },
      expectedTotal: { amount: 4500, currency: 'EUR' },
    })
    expect(order).toMatchObject({ status: 409, body: { code: 'orders.hold-ended' } })
    expect((await ana.send('GET', path)).body.state).toBe('active')
    // Nor through another event.
    const other = await world.sells()
    const elsewhere = `/v1/events/${publicId('evt', other.event.id)}/holds/${hold.holdId}`
    expect((await ana.send('GET', elsewhere)).status).toBe(404)
  })

  story('the door may scan and not read orders; each role does what its table says', async (world) => {
    const show = await world.sells({ startsInMinutes: 60 })
    const ana = world.buyer('Ana')
    await ana.buys(show)
    const { code } = (await ana.order()).tickets[0]
    const may: Record<string, [orders: number, scan: number, price: number]> = {
      door: [403, 200, 403],
      box_office: [200, 200, 403],
      finance: [200, 403, 403],
      manager: [200, 200, 200],
      owner: [200, 200, 200],
    }
    for (const [role, expected] of Object.entries(may)) {
      const person = await world.steward(show, role)
      const orders = await person.send('GET', `${person.path}/orders`)
      const scan = await person.send('POST', `${person.path}/scans/preview`, { code })
      const price = await person.send(
        'PATCH',
        `${person.path}/ticket-types/${publicId('tty', show.types['standard'] as Id<'tty'>)}`,
        { description: `by ${role}` },
      )
      expect([role, orders.status, scan.status, price.status]).toEqual([role, ...expected])
    }
  })

  story('to staff of another organisation nothing of this one exists', async (world) => {
    const [ours, theirs] = [await world.sells({ startsInMinutes: 60 }), await world.sells()]
    const ana = world.buyer('Ana')
    await ana.buys(ours)
    const { code } = (await ana.order()).tickets[0]
    const stranger = await world.steward(theirs, 'owner')
    const insider = await world.steward(ours, 'owner')
    const event = publicId('evt', ours.event.id)
    const paths = [
      `${insider.path}/orders`,
      insider.path,
      `${insider.path}/pools`,
      `${insider.path}/admission-counts`,
      `${insider.home}/terms`,
      `${insider.home}/events`,
    ]
    for (const path of paths) {
      expect([path, (await insider.send('GET', path)).status]).toEqual([path, 200])
      expect([path, (await stranger.send('GET', path)).status]).toEqual([path, 404])
    }
    // Our event under their own name is not theirs either.
    expect((await stranger.send('GET', `${stranger.home}/events/${event}`)).status).toBe(404)
    expect((await stranger.send('GET', `${stranger.home}/events/${event}/orders`)).body.items ?? []).toEqual(
      [],
    )
    const smuggled = await stranger.send('POST', `${stranger.home}/events/${event}/scans`, {
      id: publicId('scn', newId<Id<'scn'>>()),
      code,
    })
    expect([404, 200]).toContain(smuggled.status)
    if (smuggled.status === 200) expect(smuggled.body.verdict).toBe('refused')
    const mine = await stranger.scans(code)
    expect(mine.body).toMatchObject({ verdict: 'refused', reason: 'wrong_event' })
    expect((await insider.scans(code)).body.verdict).toBe('admitted')
    // And without signing in there is nothing at all.
    const nobody = await fetch(`${world.url}${insider.path}/orders`)
    expect(nobody.status).toBe(401)
  })

  story('asking for one’s orders by mail tells nobody whether there are any', async (world) => {
    const show = await world.sells()
    const ana = world.buyer('Ana')
    await ana.buys(show)
    const known = await ana.send('POST', '/v1/order-links', { email: ana.email.toUpperCase() })
    const unknown = await ana.send('POST', '/v1/order-links', { email: 'nobody@example.com' })
    expect([known.status, known.body]).toEqual([202, {}])
    expect([unknown.status, unknown.body]).toEqual([202, {}])
    await world.settles()
    expect(world.mailsTo('nobody@example.com')).toEqual([])
    const mail = world.mailsTo(ana.email).at(-1)
    expect(world.mailsTo(ana.email)).toHaveLength(2)
    expect(mail?.text).toContain(`/orders/${ana.orderId}#t=${ana.guestToken}`)
  })
})
