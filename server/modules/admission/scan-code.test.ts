import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import {
  codeOf,
  issueTickets,
  ticketsMachines,
  ticketsOfOrders,
  voidTickets,
  type EventOnTicket,
  type Ticket,
} from '#modules/tickets'
import { withOrg } from '#platform/database'
import { newId } from '#platform/ids'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import {
  anEventWithOpenDoors,
  anotherEventOf,
  aPaidOrder,
  orderShelf,
  type SoldEvent,
} from '../tickets/ticket-fixtures.ts'
import { countAdmissions } from './count-admissions.ts'
import { createDoor, type AdmissionDeps, type Door } from './door.ts'
import { previewCode, scanCode, type Scan } from './scan-code.ts'
import type { ScanId } from './scan.ts'

let world: TestPlatform
let deps: AdmissionDeps
let door: Door
const events = new Map<string, EventOnTicket>()
const shelf = orderShelf()

beforeAll(async () => {
  world = await testPlatform({ through: '0009', machines: ticketsMachines })
  deps = {
    ...world,
    readEvent: (_tx, orgId, eventId) => {
      const event = events.get(eventId)
      return Promise.resolve(event?.orgId === orgId ? event : undefined)
    },
  }
  door = createDoor(deps)
})
afterAll(() => world.close())

interface Guest {
  sold: SoldEvent
  ticket: Ticket
  code: string
}

async function aGuest(
  options: { sold?: SoldEvent; family?: boolean; event?: Partial<EventOnTicket> } = {},
): Promise<Guest> {
  const sold = options.sold ?? (await anEventWithOpenDoors(world, options.event))
  events.set(sold.event.id, sold.event)
  const order = aPaidOrder(sold, options.family ? { family: 1 } : { standard: 1 })
  await shelf.add(world, sold.orgId, order)
  return withOrg(world.db, sold.orgId, async (tx) => {
    await issueTickets({ ...world, readOrders: shelf.readOrders }, tx, sold.orgId, [
      { orderId: order.id, eventId: order.eventId },
    ])
    const [ticket] = await ticketsOfOrders(tx, sold.orgId, [order.id])
    if (!ticket) throw new Error('no ticket')
    const code = await codeOf(deps, tx, sold.orgId, sold.event, ticket)
    if (code === undefined) throw new Error('no code')
    return { sold, ticket, code }
  })
}

function aScan(guest: Guest, changes: Partial<Scan> = {}): Scan {
  return {
    id: newId<ScanId>(),
    eventId: guest.sold.event.id,
    code: guest.code,
    actor: 'key:door',
    ...changes,
  }
}

const scan = (guest: Guest, changes: Partial<Scan> = {}, at = door) =>
  scanCode(deps, at, guest.sold.orgId, aScan(guest, changes))

async function passages(guest: Guest): Promise<number> {
  const rows = await world.asOwner<{ n: number }>(
    `select count(*)::integer as n from admission.scan where ticket_id = $1 and verdict = 'admitted'`,
    [guest.ticket.id],
  )
  return rows[0]?.n ?? -1
}

describe('a guest at the door', () => {
  test('is let in once, and the second time the door says when and where the first one went in', async () => {
    const guest = await aGuest()
    const first = await scan(guest, { gate: 'North' })
    expect(first).toMatchObject({ verdict: 'admitted', reason: null, message: 'Welcome.', previous: null })
    expect(first.ticket).toMatchObject({
      serial: 1,
      typeName: 'Standard',
      holderName: 'Ana Lima',
      admitted: 1,
    })
    const second = await scan(guest, { gate: 'South' })
    expect(second).toMatchObject({
      verdict: 'refused',
      reason: 'already_admitted',
      previous: { gate: 'North' },
    })
    expect(second.message).toMatch(/^Already in: .*, North\.$/)
    expect(second.previous?.at.getTime()).toBeCloseTo(world.clock.now().getTime(), -4)
  })

  test('with a ticket for four brings three friends, one after the other, and not a fourth', async () => {
    const guest = await aGuest({ family: true })
    const verdicts = []
    for (let person = 1; person <= 5; person += 1) verdicts.push(await scan(guest))
    expect(verdicts.map((v) => v.verdict)).toEqual([
      'admitted',
      'admitted',
      'admitted',
      'admitted',
      'refused',
    ])
    expect(verdicts[2]?.message).toBe('Welcome, number 3 of 4. 1 more may come in.')
    expect(verdicts[4]?.message).toMatch(/^All 4 of this ticket are in: /)
  })

  test('who holds a code that was passed on, voided, refunded, forged or is of another night, hears which', async () => {
    const transferred = await aGuest()
    await world.asOwner('update tickets.ticket set generation = 2 where id = $1', [transferred.ticket.id])
    expect(await scan(transferred)).toMatchObject({ verdict: 'refused', reason: 'transferred' })

    const voided = await aGuest()
    await withOrg(world.db, voided.sold.orgId, (tx) => voidTickets(tx, voided.sold.orgId, [voided.ticket.id]))
    expect(await scan(voided)).toMatchObject({ verdict: 'refused', reason: 'void' })

    const refunded = await aGuest()
    await world.asOwner(`update tickets.ticket set state = 'refunded' where id = $1`, [refunded.ticket.id])
    expect(await scan(refunded)).toMatchObject({ verdict: 'refused', reason: 'refunded' })

    const guest = await aGuest()
    const forged = guest.code.slice(0, -3) + (guest.code.endsWith('000') ? '111' : '000')
    expect(await scan(guest, { code: forged })).toMatchObject({ reason: 'bad_signature', ticket: null })
    expect(await scan(guest, { code: 'https://example.org/menu' })).toMatchObject({
      reason: 'unknown_code',
      ticket: null,
    })

    const other = {
      orgId: guest.sold.orgId,
      ...(await anotherEventOf(world, guest.sold.orgId, { name: 'Matinee' })),
    }
    const otherGuest = await aGuest({ sold: other })
    expect(await scan(guest, { code: otherGuest.code })).toMatchObject({
      reason: 'wrong_event',
      message: 'This ticket is for “Matinee”.',
    })
    const sent = aScan(guest, { code: otherGuest.code })
    const answer = await scanCode(deps, door, guest.sold.orgId, sent)
    expect(await scanCode(deps, door, guest.sold.orgId, sent)).toEqual(answer)
    const stranger = await aGuest()
    expect(await scan(guest, { code: stranger.code })).toMatchObject({
      reason: 'wrong_event',
      message: 'This ticket is for another event.',
    })
    expect(await passages(guest)).toBe(0)
  })

  test('comes too early, too late, or to a night that was cancelled', async () => {
    const now = world.clock.now().getTime()
    const hour = 3_600_000
    const times = (doors: number, end: number) => ({
      doorsAt: new Date(now + doors * hour),
      startsAt: new Date(now + doors * hour),
      endsAt: new Date(now + end * hour),
    })
    expect(await scan(await aGuest({ event: times(3, 6) }))).toMatchObject({ reason: 'not_yet_valid' })
    expect(await scan(await aGuest({ event: times(-9, -3) }))).toMatchObject({ reason: 'expired' })
    expect(await scan(await aGuest({ event: { state: 'cancelled' } }))).toMatchObject({
      reason: 'void',
      message: 'This event was cancelled.',
    })
  })

  test('whose night was moved is let in by the new times, whatever the code was made for', async () => {
    const now = world.clock.now().getTime()
    const day = 86_400_000
    const guest = await aGuest({
      event: { doorsAt: null, startsAt: new Date(now + 7 * day), endsAt: new Date(now + 8 * day) },
    })
    events.set(guest.sold.event.id, {
      ...guest.sold.event,
      startsAt: new Date(now),
      endsAt: new Date(now + day),
    })
    expect(await scan(guest)).toMatchObject({ verdict: 'admitted' })
  })

  test('who was scanned in time by a door without a network is let in when the door is back', async () => {
    const now = world.clock.now().getTime()
    const hour = 3_600_000
    const guest = await aGuest({
      event: { doorsAt: null, startsAt: new Date(now - 9 * hour), endsAt: new Date(now - 4 * hour) },
    })
    const scannedAt = new Date(now - 6 * hour)
    expect(await scan(guest, { scannedAt })).toMatchObject({ verdict: 'admitted' })
    expect(await scan(guest)).toMatchObject({ reason: 'expired' })
  })
})

describe('fifty doors scan one ticket at once', () => {
  const doors = Array.from({ length: 50 }, (_, index) => `gate ${index + 1}`)

  test('without the guard, many of them let somebody in', async () => {
    const guest = await aGuest()
    // Every door reads before any door writes.
    let waiting = doors.length
    let open = () => {}
    const allHaveRead = new Promise<void>((resolve) => {
      open = resolve
    })
    const admitted = await Promise.all(
      doors.map(async () => {
        const [seen] = await withOrg(world.db, guest.sold.orgId, (tx) =>
          ticketsOfOrders(tx, guest.sold.orgId, [guest.ticket.orderId]),
        )
        waiting -= 1
        if (waiting === 0) open()
        await allHaveRead
        if (!seen || seen.admitted >= seen.admits) return false
        await withOrg(world.db, guest.sold.orgId, (tx) =>
          sql`update tickets.ticket set admitted = ${seen.admitted + 1} where org_id = ${guest.sold.orgId} and id = ${seen.id}`.execute(
            tx,
          ),
        )
        return true
      }),
    )
    expect(admitted.filter(Boolean).length).toBeGreaterThan(1)
  })

  test('with it, exactly one does, and the other 49 name that gate', async () => {
    const guest = await aGuest()
    const verdicts = await Promise.all(doors.map((gate) => scan(guest, { gate })))
    const admitted = verdicts.flatMap((verdict, index) =>
      verdict.verdict === 'admitted' ? [doors[index]] : [],
    )
    expect(admitted).toHaveLength(1)
    const refused = verdicts.filter((verdict) => verdict.verdict === 'refused')
    expect(refused).toHaveLength(49)
    expect(new Set(refused.map((v) => `${v.reason} ${v.previous?.gate}`))).toEqual(
      new Set([`already_admitted ${admitted[0]}`]),
    )
    expect(await passages(guest)).toBe(1)
  })

  test('a ticket for four lets exactly four in', async () => {
    const guest = await aGuest({ family: true })
    const verdicts = await Promise.all(doors.map((gate) => scan(guest, { gate })))
    expect(verdicts.filter((verdict) => verdict.verdict === 'admitted')).toHaveLength(4)
    expect(await passages(guest)).toBe(4)
  })
})

describe('a scanner that is not sure whether it was heard', () => {
  test('sends the scan again, gets the same answer, and nobody is counted twice', async () => {
    const guest = await aGuest({ family: true })
    const sent = aScan(guest, { gate: 'North', scannedAt: world.clock.now() })
    const first = await scanCode(deps, door, guest.sold.orgId, sent)
    await scan(guest)
    const again = await scanCode(deps, door, guest.sold.orgId, sent)
    expect(again).toEqual(first)
    expect(await passages(guest)).toBe(2)
  })

  test('gets a refusal again just as it was', async () => {
    const guest = await aGuest()
    await scan(guest, { gate: 'North' })
    const sent = aScan(guest, { gate: 'South' })
    const first = await scanCode(deps, door, guest.sold.orgId, sent)
    expect(await scanCode(deps, door, guest.sold.orgId, sent)).toEqual(first)
  })

  test('ten copies that arrive at once admit one person', async () => {
    const guest = await aGuest({ family: true })
    const sent = aScan(guest)
    const verdicts = await Promise.all(doorsOf(10).map(() => scanCode(deps, door, guest.sold.orgId, sent)))
    expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict))).size).toBe(1)
    expect(verdicts[0]).toMatchObject({ verdict: 'admitted', ticket: { admitted: 1 } })
    expect(await passages(guest)).toBe(1)
  })

  test('does no harm to those who stand in the same line at that moment', async () => {
    const first = await aGuest()
    const sent = aScan(first)
    const answer = await scanCode(deps, door, first.sold.orgId, sent)
    const neighbours = await Promise.all(doorsOf(12).map(() => aGuest({ sold: first.sold })))
    const [again, ...others] = await Promise.all([
      scanCode(deps, door, first.sold.orgId, sent),
      ...neighbours.map((guest) => scan(guest)),
      scanCode(deps, door, first.sold.orgId, sent),
    ])
    expect([again, others.pop()]).toEqual([answer, answer])
    expect(others.map((verdict) => verdict.verdict)).toEqual(neighbours.map(() => 'admitted'))
    for (const guest of neighbours) expect(await passages(guest)).toBe(1)
  })

  test('may not use the id of one scan for another, and nothing of the second stays', async () => {
    const [guest, other] = [await aGuest(), await aGuest()]
    const sent = aScan(guest)
    await scanCode(deps, door, guest.sold.orgId, sent)
    const sameOrg = await aGuest({ sold: guest.sold })
    await expect(
      scanCode(deps, door, guest.sold.orgId, { ...sent, code: sameOrg.code }),
    ).rejects.toMatchObject({
      code: 'admission.scan-id-taken',
    })
    expect(await passages(sameOrg)).toBe(0)
    expect(await scan(sameOrg)).toMatchObject({ verdict: 'admitted' })
    // Another organisation's ids are its own.
    expect(await scan(other, { id: sent.id })).toMatchObject({ verdict: 'admitted' })
  })
})

function doorsOf(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index)
}

test('a preview says what a scan would say, and changes nothing', async () => {
  const guest = await aGuest()
  const look = () =>
    previewCode(deps, door, guest.sold.orgId, { eventId: guest.sold.event.id, code: guest.code })
  expect(await look()).toMatchObject({ verdict: 'admitted', ticket: { admitted: 0 } })
  expect(await look()).toMatchObject({ verdict: 'admitted', ticket: { admitted: 0 } })
  await scan(guest)
  expect(await look()).toMatchObject({
    verdict: 'refused',
    reason: 'already_admitted',
    ticket: { admitted: 1 },
  })
  const rows = await world.asOwner('select from admission.scan where event_id = $1', [guest.sold.event.id])
  expect(rows).toHaveLength(1)
})

test('an organiser sees how many are in, by type and by gate, and voided tickets are no longer expected', async () => {
  const guest = await aGuest()
  const { sold } = guest
  const [family, voided] = [await aGuest({ sold, family: true }), await aGuest({ sold })]
  await withOrg(world.db, sold.orgId, (tx) => voidTickets(tx, sold.orgId, [voided.ticket.id]))
  await scan(guest, { gate: 'North' })
  await scan(family, { gate: 'North' })
  await scan(family)
  expect(await countAdmissions(deps, sold.orgId, sold.event.id)).toEqual({
    admitted: 3,
    expected: 5,
    byTicketType: [
      { ticketTypeId: sold.family, ticketTypeName: 'Family', admitted: 2, expected: 4 },
      { ticketTypeId: sold.standard, ticketTypeName: 'Standard', admitted: 1, expected: 1 },
    ],
    byGate: [
      { gate: 'North', admitted: 2 },
      { gate: null, admitted: 1 },
    ],
  })
})

test('a door sees its own count move at once', async () => {
  const guest = await aGuest({ family: true })
  const { orgId, event } = guest.sold
  expect(await door.counts(orgId, event.id)).toEqual({ admitted: 0, expected: 4 })
  await scan(guest)
  expect(await door.counts(orgId, event.id)).toEqual({ admitted: 1, expected: 4 })
})

test('nothing that opens a door is in the database: neither codes nor the private key', async () => {
  const guest = await aGuest()
  await scan(guest)
  await scan(guest, { code: `${guest.code.slice(0, -3)}000` })
  const rows = await world.asOwner<{ row: string }>(
    `select s::text as row from admission.scan s union all select t::text from tickets.ticket t union all select k::text from tickets.event_key k`,
  )
  const everything = rows.map((row) => row.row).join('\n')
  expect(everything).toContain(guest.ticket.id)
  expect(everything).not.toContain(guest.code.slice(4, 40))
  const [key] = await world.asOwner<{ private_key: string }>(
    'select private_key from tickets.event_key where event_id = $1',
    [guest.sold.event.id],
  )
  expect(key?.private_key).toMatch(/^t1\./)
})

test('an event of somebody else is no event', async () => {
  const [guest, other] = [await aGuest(), await aGuest()]
  await expect(scanCode(deps, door, other.sold.orgId, aScan(guest))).rejects.toMatchObject({
    code: 'admission.event-not-found',
  })
})
