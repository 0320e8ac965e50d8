import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOrganisation, newOrgId } from '#modules/identity'
import { actAs, withOrg, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { Problem } from '#platform/problem'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import * as catalog from './public.ts'

let world: TestPlatform
let org: OrgId
const day = 86_400_000

beforeAll(async () => {
  world = await testPlatform({ machines: catalog.catalogMachines, through: '0003' })
  org = newOrgId()
  await inOrg((tx) => createOrganisation(world, tx, org, { name: 'Teatro Verde', currency: 'EUR', country: 'IT' }))
})
afterAll(() => world?.close())

const inOrg = <T>(work: (tx: Tx) => Promise<T>, orgId = org) => withOrg(world.db, orgId, work)
const inDays = (days: number) => new Date(world.clock.now().getTime() + days * day)
const show = () => ({ name: 'Die Zauberflöte', timeZone: 'Europe/Rome', startsAt: inDays(30), endsAt: inDays(30.1) })
const standing = { name: 'Standing', kind: 'paid' as const, price: 4500 }

async function refusal(work: Promise<unknown>): Promise<{ code: string; fields: string[] }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw new Error('nothing was refused', { cause: error })
  return { code: error.code, fields: (error.errors ?? []).map((one) => one.field) }
}

async function anotherOrganisation(name: string): Promise<OrgId> {
  const id = newOrgId()
  await inOrg((tx) => createOrganisation(world, tx, id, { name, currency: 'EUR', country: 'IT' }), id)
  return id
}

async function withRules(orgId: OrgId): Promise<void> {
  await inOrg(async (tx) => {
    await catalog.publishTerms(world, tx, orgId, { text: 'Be kind.', by: 'system' })
    await catalog.publishRefundPolicy(world, tx, orgId, { kind: 'until', hoursBeforeStart: 48, text: 'Until two days before.', by: 'system' })
  }, orgId)
}

describe('an organiser who puts on an event', () => {
  it('publishes it once nothing is missing, and is told everything that is missing at once', async () => {
    const id = await inOrg((tx) => catalog.createEvent(world, tx, org, { ...show(), startsAt: inDays(-2), endsAt: inDays(-1) }))
    const publish = () => inOrg((tx) => catalog.publishEvent(world, tx, org, id, []))
    expect(await refusal(publish())).toEqual({
      code: 'catalog.not-ready',
      fields: ['/startsAt', '/termsId', '/refundPolicyId', '/ticketTypes'],
    })
    await inOrg((tx) => catalog.changeEvent(world, tx, org, id, { startsAt: inDays(30), endsAt: inDays(31) }))
    await withRules(org)
    expect((await refusal(publish())).code).toBe('catalog.not-ready') // its end was past when the rules came, but its start no longer
  })

  it('is heard by checks of other modules before it goes on sale', async () => {
    const id = await inOrg(async (tx) => {
      const event = await catalog.createEvent(world, tx, org, show())
      await catalog.createTicketType(world, tx, org, event, standing)
      return event
    })
    const noPlaces = async () => catalog.catalogProblems.notReady({ field: '/ticketTypes/0', detail: 'no places' })
    expect(await refusal(inOrg((tx) => catalog.publishEvent(world, tx, org, id, [noPlaces])))).toEqual({
      code: 'catalog.not-ready',
      fields: ['/ticketTypes/0'],
    })
    await inOrg((tx) => catalog.publishEvent(world, tx, org, id, [async () => undefined]))
    const event = await inOrg((tx) => catalog.readEventForSale(tx, org, id))
    expect(event).toMatchObject({
      state: 'published',
      slug: 'die-zauberflote-' + inDays(30).toISOString().slice(0, 10),
      organiser: { slug: 'teatro-verde' },
      terms: { version: 1, text: 'Be kind.' },
      refundPolicy: { version: 1, kind: 'until', keepsFees: false },
      ticketTypes: [{ name: 'Standing', facePrice: 4500, admits: 1, closesAt: event?.endsAt }],
    })
    expect(event?.refundPolicy?.until?.getTime()).toBe((event?.startsAt.getTime() ?? 0) - 2 * day)
  })
})
