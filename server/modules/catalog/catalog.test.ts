import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrganisation, newOrgId } from '#modules/identity'
import { withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { Problem } from '#platform/problem'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import * as catalog from './public.ts'

let world: TestPlatform
let org: OrgId
const day = 86_400_000

beforeAll(async () => {
  world = await testPlatform({ machines: catalog.catalogMachines, through: '0003' })
  org = await anOrganisation('Teatro Verde')
})
afterAll(() => world?.close())

const inOrg = <T>(work: (tx: Tx) => Promise<T>, orgId = org) => withOrg(world.db, orgId, work)
const inDays = (days: number) => new Date(world.clock.now().getTime() + days * day)
const show = () => ({
  name: 'Die Zauberflöte',
  timeZone: 'Europe/Rome',
  startsAt: inDays(30),
  endsAt: inDays(30.1),
})
const standing = { name: 'Standing', kind: 'paid' as const, price: 10_000 }
const read = (id: catalog.EventId, orgId = org) =>
  inOrg((tx) => catalog.readEventForSale(tx, orgId, id), orgId)
const factsAbout = (id: catalog.EventId) =>
  world
    .asOwner<{ name: string }>(
      `select name from platform.outbox where payload->>'eventId' = $1 order by id`,
      [id],
    )
    .then((rows) => rows.map((row) => row.name))

async function refusal(work: Promise<unknown>): Promise<{ code: string; fields: string[] }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw new Error('nothing was refused', { cause: error })
  return { code: error.code, fields: (error.errors ?? []).map((one) => one.field) }
}

async function anOrganisation(name: string): Promise<OrgId> {
  const id = newOrgId()
  await inOrg((tx) => createOrganisation(world, tx, id, { name, currency: 'EUR', country: 'IT' }), id)
  return id
}

async function withRules(orgId: OrgId): Promise<void> {
  await inOrg(async (tx) => {
    await catalog.publishTerms(world, tx, orgId, { text: 'Be kind.', by: 'system' })
    await catalog.publishRefundPolicy(world, tx, orgId, {
      kind: 'until',
      hoursBeforeStart: 48,
      text: 'Until two days before.',
      by: 'system',
    })
  }, orgId)
}

async function aPublishedEvent(orgId: OrgId): Promise<catalog.EventId> {
  return inOrg(async (tx) => {
    const id = await catalog.createEvent(world, tx, orgId, show())
    await catalog.createTicketType(world, tx, orgId, id, standing)
    await catalog.publishEvent(world, tx, orgId, id, [])
    return id
  }, orgId)
}

describe('an organiser who puts on an event', () => {
  it('is told everything that is missing at once, and publishes when nothing is', async () => {
    const id = await inOrg((tx) =>
      catalog.createEvent(world, tx, org, { ...show(), startsAt: inDays(-2), endsAt: inDays(-1) }),
    )
    const publish = () => inOrg((tx) => catalog.publishEvent(world, tx, org, id, []))
    expect(await refusal(publish())).toEqual({
      code: 'catalog.not-ready',
      fields: ['/startsAt', '/termsId', '/refundPolicyId', '/ticketTypes'],
    })
    await withRules(org)
    expect((await refusal(publish())).fields).toEqual(['/startsAt', '/ticketTypes'])
    await inOrg(async (tx) => {
      await catalog.changeEvent(world, tx, org, id, { startsAt: inDays(30), endsAt: inDays(31) })
      await catalog.createTicketType(world, tx, org, id, standing)
    })
    await publish()
    expect(await read(id)).toMatchObject({
      state: 'published',
      slug: 'die-zauberflote',
      organiser: { slug: 'teatro-verde' },
      terms: { version: 1, text: 'Be kind.' },
      refundPolicy: { version: 1, kind: 'until', keepsFees: false },
      ticketTypes: [{ name: 'Standing', facePrice: 10_000, admits: 1 }],
    })
    expect(await factsAbout(id)).toEqual(['eventPublished'])
    expect((await refusal(publish())).code).toBe('state.not-allowed')
  })

  it('is heard by what other modules demand before it goes on sale', async () => {
    const id = await inOrg(async (tx) => {
      const event = await catalog.createEvent(world, tx, org, show())
      await catalog.createTicketType(world, tx, org, event, standing)
      return event
    })
    const noPlaces = async () =>
      catalog.catalogProblems.notReady({ field: '/ticketTypes/0', detail: 'no places' })
    expect(await refusal(inOrg((tx) => catalog.publishEvent(world, tx, org, id, [noPlaces])))).toEqual({
      code: 'catalog.not-ready',
      fields: ['/ticketTypes/0'],
    })
    expect((await read(id))?.state).toBe('draft')
    await inOrg((tx) => catalog.publishEvent(world, tx, org, id, [async () => undefined]))
    expect((await read(id))?.state).toBe('published')
  })

  it('gets a short name for each event, and a refusal for one that is taken', async () => {
    const other = await anOrganisation('Slugs')
    const make = (wanted: { name?: string; slug?: string }) =>
      inOrg((tx) => catalog.createEvent(world, tx, other, { ...show(), ...wanted }), other)
    const slugs = []
    for (const name of ['Été à Nîmes!', 'Été à Nîmes!', '東京', 'Checkout'])
      slugs.push((await read(await make({ name }), other))?.slug)
    expect(slugs).toEqual([
      'ete-a-nimes',
      `ete-a-nimes-${inDays(30).toISOString().slice(0, 10)}`,
      'event',
      expect.stringMatching(/^event-/),
    ])
    expect(await refusal(make({ slug: 'event' }))).toEqual({ code: 'catalog.slug-taken', fields: ['/slug'] })
  })

  it('learns by field what is wrong with times, prices and limits', async () => {
    const make = (wrong: object) =>
      inOrg((tx) => catalog.createEvent(world, tx, org, { ...show(), ...wrong }))
    expect((await refusal(make({ doorsAt: inDays(31) }))).fields).toEqual(['/doorsAt'])
    expect((await refusal(make({ endsAt: inDays(29) }))).fields).toEqual(['/endsAt'])
    const id = await make({})
    const offer = (wrong: object) =>
      inOrg((tx) => catalog.createTicketType(world, tx, org, id, { ...standing, ...wrong }))
    expect((await refusal(offer({ kind: 'free' }))).fields).toEqual(['/price'])
    expect((await refusal(offer({ price: 0 }))).fields).toEqual(['/price'])
    expect((await refusal(offer({ minPerOrder: 5, maxPerOrder: 4 }))).fields).toEqual(['/maxPerOrder'])
    expect((await refusal(offer({ saleStartsAt: inDays(3), saleEndsAt: inDays(2) }))).fields).toEqual([
      '/saleEndsAt',
    ])
    expect((await refusal(offer({ saleStartsAt: inDays(40) }))).fields).toEqual(['/saleStartsAt'])
  })
})

describe('once people can buy', () => {
  it('prices, times and texts can change, but not what links, orders and tickets stand on', async () => {
    const id = await aPublishedEvent(org)
    const change = (what: object) => inOrg((tx) => catalog.changeEvent(world, tx, org, id, what))
    await change({ summary: 'Now with an encore', startsAt: inDays(29) })
    expect(await refusal(change({ slug: 'other', currency: 'CHF' }))).toEqual({
      code: 'catalog.frozen',
      fields: ['/slug', '/currency'],
    })
    const type = (await read(id))?.ticketTypes[0]
    if (!type) throw new Error('no ticket type')
    const changeType = (what: object) =>
      inOrg((tx) => catalog.changeTicketType(world, tx, org, id, type.id, what))
    expect(await changeType({ price: 12_000 })).toMatchObject({ facePrice: 12_000, name: 'Standing' })
    expect((await refusal(changeType({ kind: 'free', price: 0 }))).fields).toEqual(['/kind'])
    expect((await refusal(changeType({ admits: 2 }))).fields).toEqual(['/admits'])
    expect(await factsAbout(id)).toEqual(['eventPublished', 'eventChanged', 'eventChanged'])
  })

  it('a cancelled event stays as it is, and the audit knows who cancelled it and why', async () => {
    const id = await aPublishedEvent(org)
    const cancel = () =>
      inOrg((tx) => catalog.cancelEvent(world, tx, org, id, { actor: 'person:eva', reason: 'storm' }))
    await cancel()
    expect((await refusal(cancel())).code).toBe('state.not-allowed')
    expect((await refusal(inOrg((tx) => catalog.changeEvent(world, tx, org, id, { name: 'X' })))).code).toBe(
      'state.not-allowed',
    )
    expect((await refusal(inOrg((tx) => catalog.createTicketType(world, tx, org, id, standing)))).code).toBe(
      'state.not-allowed',
    )
    expect(await factsAbout(id)).toEqual(['eventPublished', 'eventCancelled'])
    const audit = await world.asOwner(
      `select from_state, to_state, event, actor, reason from platform.transition where entity_id = $1 order by seq`,
      [id],
    )
    expect(audit).toEqual([
      { from_state: 'draft', to_state: 'published', event: 'publish', actor: 'system', reason: null },
      {
        from_state: 'published',
        to_state: 'cancelled',
        event: 'cancel',
        actor: 'person:eva',
        reason: 'storm',
      },
    ])
  })

  it('two who publish at the same moment publish once', async () => {
    const id = await inOrg(async (tx) => {
      const event = await catalog.createEvent(world, tx, org, show())
      await catalog.createTicketType(world, tx, org, event, standing)
      return event
    })
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, () => inOrg((tx) => catalog.publishEvent(world, tx, org, id, []))),
    )
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    expect(await factsAbout(id)).toEqual(['eventPublished'])
  })

  it('what buyers accepted can be read for ever, and events that follow the newest version move on to the next', async () => {
    const other = await anOrganisation('Versions')
    await withRules(other)
    const follows = await aPublishedEvent(other)
    const stays = await aPublishedEvent(other)
    const special = await inOrg(
      (tx) => catalog.publishTerms(world, tx, other, { text: 'Wear boots.', by: 'system' }),
      other,
    )
    const first = await world.asOwner<{ id: catalog.TermsId }>(
      'select id from catalog.terms_version where org_id = $1 and version = 1',
      [other],
    )
    await inOrg((tx) => catalog.changeEvent(world, tx, other, stays, { termsId: first[0]?.id }), other)
    await inOrg((tx) => catalog.publishTerms(world, tx, other, { text: 'Wear hats.', by: 'system' }), other)
    expect(special.version).toBe(2)
    expect((await read(follows, other))?.terms).toMatchObject({ version: 3, text: 'Wear hats.' })
    expect((await read(stays, other))?.terms).toMatchObject({ version: 1, text: 'Be kind.' })
    for (const change of [
      `update catalog.terms_version set text = 'x'`,
      'delete from catalog.refund_policy_version',
    ])
      await expect(world.asOwner(change)).rejects.toThrow(/append-only/)
  })
})

describe('whose money it is', () => {
  const service = { label: 'Service fee', fixed: 100, ppm: 40_000, bearing: 'passed_on' as const }
  const pays = async (id: catalog.EventId, orgId: OrgId) => {
    const event = await read(id, orgId)
    const type = event?.ticketTypes[0]
    if (!event || !type) throw new Error('nothing to buy')
    return catalog.priceBasket(event, [{ ticketTypeId: type.id, quantity: 1 }])
  }

  it('an event follows the fees of its organisation until it has its own, even if those are none', async () => {
    const other = await anOrganisation('Fees')
    await withRules(other)
    const id = await aPublishedEvent(other)
    const set = (work: (tx: Tx) => Promise<void>) => inOrg(work, other)
    await set((tx) =>
      catalog.setFees(world, tx, other, { party: 'platform', currency: null }, [{ ...service, fixed: 0 }]),
    )
    expect((await pays(id, other)).total).toBe(10_400)
    await set((tx) => catalog.setFees(world, tx, other, { party: 'platform', currency: 'EUR' }, [service]))
    await set((tx) =>
      catalog.setTaxRates(world, tx, other, [
        { name: 'IVA', jurisdiction: 'IT', ppm: 80_000, inclusive: false, appliesToFees: false },
      ]),
    )
    const basket = await pays(id, other)
    expect(basket).toMatchObject({ subtotal: 10_000, fees: 500, tax: 800, total: 11_300 })
    await set((tx) => catalog.setEventFees(world, tx, other, id, 'platform', []))
    expect((await pays(id, other)).fees).toBe(0)
    await set((tx) => catalog.setEventFees(world, tx, other, id, 'platform', null))
    expect((await pays(id, other)).fees).toBe(500)
    expect(
      await refusal(
        set((tx) => catalog.setFees(world, tx, other, { party: 'organiser', currency: null }, [service])),
      ),
    ).toEqual({
      code: 'request.invalid',
      fields: ['/rules/0/fixed'],
    })
  })

  it('nobody is rid of an event’s own fees by changing its currency', async () => {
    const id = await inOrg((tx) => catalog.createEvent(world, tx, org, show()))
    await inOrg((tx) => catalog.setEventFees(world, tx, org, id, 'platform', [service]))
    const change = inOrg((tx) => catalog.changeEvent(world, tx, org, id, { currency: 'CHF' }))
    expect(await refusal(change)).toEqual({ code: 'catalog.frozen', fields: ['/currency'] })
  })
})

describe('between organisations', () => {
  it('one cannot read, change or refer to what belongs to another', async () => {
    const other = await anOrganisation('Curious')
    const id = await aPublishedEvent(org)
    expect(
      await inOrg((tx) => catalog.readEventForSale(tx, org, id), other).catch((error: Problem) => error.code),
    ).toBeUndefined()
    expect(
      (await refusal(inOrg((tx) => catalog.changeEvent(world, tx, other, id, { name: 'Mine' }), other))).code,
    ).toBe('request.not-found')
    const { id: venueId } = await inOrg((tx) =>
      catalog.createVenue(world, tx, org, { name: 'Arena', city: 'Verona', country: 'IT' }),
    )
    expect(
      (await refusal(inOrg((tx) => catalog.createEvent(world, tx, other, { ...show(), venueId }), other)))
        .fields,
    ).toEqual(['/venueId'])
  })

  it('the database itself refuses a state that the machine does not lead to', async () => {
    const id = await aPublishedEvent(org)
    await expect(
      world.asOwner(`update catalog.event set state = 'draft', published_at = null where id = $1`, [id]),
    ).rejects.toThrow(/cannot go from published to draft/)
  })
})
