import { afterAll, beforeAll, expect, test } from 'vitest'
import { withOrg } from '#platform/database'
import { newId, parseId, type OrgId, type PersonId } from '#platform/ids'
import { removeMember } from './change-members.ts'
import { Browser, identityWorld, ownsOrganisation, signedUp, type IdentityWorld } from './identity-fixture.ts'
import { callerFromPerson } from './authenticate.ts'
import {
  createOrganisation,
  findOrganisationBySlug,
  newOrgId,
  platformOrgId,
  readOrganisation,
} from './public.ts'

let world: IdentityWorld

beforeAll(async () => {
  world = await identityWorld()
})
afterAll(() => world.close())

test('whoever makes an organisation owns it, at once', async () => {
  const ana = await signedUp(world, 'Ana')
  await ana.send('GET', '/v1/me') // remembered as somebody without organisations
  const orgId = await ownsOrganisation(ana, 'Café Süd & Söhne')
  const me = await ana.send('GET', '/v1/me')
  expect(me.body.memberships).toMatchObject([
    { organisation: { id: orgId, slug: 'cafe-sud-sohne', name: 'Café Süd & Söhne' }, role: 'owner' },
  ])
  const read = await ana.send('GET', `/v1/organisations/${orgId}`)
  expect(read.body).toEqual({
    id: orgId,
    slug: 'cafe-sud-sohne',
    name: 'Café Süd & Söhne',
    about: '',
    accentColor: null,
    websiteUrl: null,
    locale: 'en',
    currency: 'EUR',
    country: 'DE',
    rounding: 'half_up',
  })
})

test('a request that is sent twice makes one organisation', async () => {
  const bo = await signedUp(world, 'Bo')
  const wanted = { name: 'Bo Booking', currency: 'EUR', country: 'DE' }
  const once = () => bo.send('POST', '/v1/organisations', wanted, { 'idempotency-key': 'bo-1' })
  const first = await once()
  const second = await once()
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body).toEqual(first.body)
  expect((await bo.send('GET', '/v1/me')).body.memberships).toHaveLength(1)
})

test('a stranger learns nothing about an organisation, not even that it exists', async () => {
  const owner = await signedUp(world, 'Cleo')
  const orgId = await ownsOrganisation(owner)
  const stranger = await signedUp(world, 'Dirk')
  const real = await stranger.send('GET', `/v1/organisations/${orgId}`)
  const made = await stranger.send('GET', `/v1/organisations/org_01jd0000000000000000000000`)
  expect([real.status, made.status]).toEqual([404, 404])
  expect({ ...real.body, instance: '' }).toEqual({ ...made.body, instance: '' })
  expect((await stranger.send('PATCH', `/v1/organisations/${orgId}`, { name: 'Mine' })).status).toBe(404)
  expect((await new Browser(world).send('GET', `/v1/organisations/${orgId}`)).status).toBe(401)
})

test('a short name belongs to one organisation, and an earlier one still leads to it', async () => {
  const eve = await signedUp(world, 'Eve')
  const first = await ownsOrganisation(eve, 'Halle')
  const second = await ownsOrganisation(eve, 'Halle')
  const slugOf = async (orgId: string) =>
    (await eve.send('GET', `/v1/organisations/${orgId}`)).body.slug as string
  expect([await slugOf(first), await slugOf(second)]).toEqual(['halle', 'halle-2'])
  const taken = await eve.send('PATCH', `/v1/organisations/${second}`, { slug: 'halle' })
  expect([taken.status, taken.body.code]).toEqual([409, 'organisations.slug-taken'])
  expect((await eve.send('PATCH', `/v1/organisations/${first}`, { slug: 'halle-nord' })).status).toBe(200)
  // Printed on posters: nobody else gets it.
  expect((await eve.send('PATCH', `/v1/organisations/${second}`, { slug: 'halle' })).status).toBe(409)
  expect((await findOrganisationBySlug(world.platform.db, 'halle'))?.slug).toBe('halle-nord')
  expect((await findOrganisationBySlug(world.platform.db, 'halle-nord'))?.id).toBe(parseId('org', first))
  expect(await findOrganisationBySlug(world.platform.db, 'nobody-has-this')).toBeUndefined()
  expect((await eve.send('PATCH', `/v1/organisations/${first}`, { slug: 'orders' })).status).toBe(422)
})

test('two who want one short name at the same moment: one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => {
      const orgId = newOrgId()
      const wanted = { name: 'Race', slug: 'race-for-it', currency: 'EUR', country: 'DE' }
      return withOrg(world.platform.db, orgId, (tx) =>
        createOrganisation(world.platform, tx, orgId, wanted),
      ).then(
        () => 'got it',
        (error: { code: string }) => error.code,
      )
    }),
  )
  expect(answers.filter((answer) => answer === 'got it')).toHaveLength(1)
  expect(new Set(answers)).toEqual(new Set(['got it', 'organisations.slug-taken']))
})

test.each([
  ['name', 'with\u0000a zero byte'],
  ['accentColor', 'red; background: url(//evil.example)'],
  ['websiteUrl', 'javascript:alert(1)'],
  ['currency', 'eur'],
  ['country', 'Germany'],
  ['locale', 'xx'],
  ['rounding', 'random'],
  ['id', 'org_01jd0000000000000000000000'],
])('an organisation refuses a %s like %j', async (field, value) => {
  const browser = await signedUp(world, `Field${field}`)
  const orgId = await ownsOrganisation(browser)
  const answer = await browser.send('PATCH', `/v1/organisations/${orgId}`, { [field]: value })
  expect([answer.status, answer.body.code]).toEqual([422, 'request.invalid'])
})

test('a member is added, gets another role, and is gone, each time at once', async () => {
  const owner = await signedUp(world, 'Fay')
  const orgId = await ownsOrganisation(owner)
  const gus = await signedUp(world, 'Gus')
  const url = `/v1/organisations/${orgId}/members`
  expect((await gus.send('GET', url)).status).toBe(404)
  expect((await owner.send('POST', url, { email: 'nobody@example.com', role: 'door' })).body.code).toBe(
    'members.unknown-person',
  )
  expect((await owner.send('POST', url, { email: 'GUS@example.com', role: 'door' })).status).toBe(201)
  expect((await owner.send('POST', url, { email: 'gus@example.com', role: 'owner' })).body.code).toBe(
    'members.already-member',
  )
  const read = () => gus.send('GET', `/v1/organisations/${orgId}`)
  expect((await read()).status).toBe(200)
  const me = await gus.send('GET', '/v1/me')
  expect(me.body.memberships[0].permissions).toEqual(['catalog.read', 'admission.scan', 'admission.read'])
  expect((await gus.send('GET', url)).status).toBe(403)
  expect((await owner.send('PATCH', `${url}/${gus.personId}`, { role: 'manager' })).body.role).toBe('manager')
  expect((await gus.send('GET', url)).body.items).toHaveLength(2)
  expect((await owner.send('DELETE', `${url}/${gus.personId}`)).status).toBe(204)
  expect((await read()).status).toBe(404)
  const facts = await world.platform.asOwner<{ name: string }>(
    `select name from platform.outbox where org_id = $1 order by id`,
    [parseId('org', orgId)],
  )
  expect(facts.map((fact) => fact.name)).toEqual([
    'organisationCreated',
    'memberAdded',
    'memberRoleChanged',
    'memberRemoved',
  ])
})

test('a manager makes no owner, unmakes none, and gives nobody more than they have', async () => {
  const owner = await signedUp(world, 'Hal')
  const orgId = await ownsOrganisation(owner)
  const manager = await signedUp(world, 'Iris')
  const other = await signedUp(world, 'Jan')
  const url = `/v1/organisations/${orgId}/members`
  await owner.send('POST', url, { email: 'iris@example.com', role: 'manager' })
  expect((await manager.send('POST', url, { email: 'jan@example.com', role: 'owner' })).body.code).toBe(
    'members.role-too-high',
  )
  expect((await manager.send('POST', url, { email: 'jan@example.com', role: 'finance' })).status).toBe(201)
  expect((await manager.send('PATCH', `${url}/${other.personId}`, { role: 'owner' })).body.code).toBe(
    'members.role-too-high',
  )
  expect((await manager.send('PATCH', `${url}/${manager.personId}`, { role: 'owner' })).body.code).toBe(
    'members.role-too-high',
  )
  expect((await manager.send('DELETE', `${url}/${owner.personId}`)).body.code).toBe('members.role-too-high')
  expect((await other.send('GET', url)).status).toBe(403)
})

test('an organisation never loses its last owner, not even when two owners remove each other at once', async () => {
  const first = await signedUp(world, 'Kai')
  const orgId = await ownsOrganisation(first)
  const url = `/v1/organisations/${orgId}/members`
  expect((await first.send('DELETE', `${url}/${first.personId}`)).body.code).toBe('members.last-owner')
  expect((await first.send('PATCH', `${url}/${first.personId}`, { role: 'door' })).body.code).toBe(
    'members.last-owner',
  )
  const second = await signedUp(world, 'Lou')
  await first.send('POST', url, { email: 'lou@example.com', role: 'owner' })
  const id = parseId('org', orgId) as OrgId
  const people = [first, second].map((one) => parseId('per', one.personId) as PersonId)
  const owner = callerFromPerson({
    id: newId<PersonId>(),
    name: 'x',
    email: 'x@example.com',
    operator: false,
    memberships: [{ orgId: id, role: 'owner' }],
  })
  const [one, two] = people
  let finish!: () => void
  const looked = new Promise<void>((resolve) => {
    finish = resolve
  })
  // The first has removed its owner and has not committed yet; the second comes right then.
  const slow = withOrg(world.platform.db, id, async (tx) => {
    await removeMember(world.platform, tx, id, one as PersonId, owner)
    await looked
  })
  await someoneIs('idle in transaction')
  const quick = withOrg(world.platform.db, id, (tx) =>
    removeMember(world.platform, tx, id, two as PersonId, owner),
  )
  quick.catch(() => undefined)
  await Promise.race([quick.catch(() => undefined), someoneIs('waiting for a lock')])
  finish()
  const outcomes = await Promise.allSettled([slow, quick])
  expect(outcomes.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(
    await world.platform.asOwner('select 1 from identity.membership where org_id = $1', [id]),
  ).toHaveLength(1)
})

test('the platform is an organisation of its own', async () => {
  const { db } = world.platform
  expect(await withOrg(db, platformOrgId, (tx) => readOrganisation(tx, platformOrgId))).toMatchObject({
    slug: 'platform',
  })
})

test('work for one organisation sees no member and no key of another', async () => {
  const mia = await signedUp(world, 'Mia')
  await ownsOrganisation(mia)
  const other = newOrgId()
  await withOrg(world.platform.db, other, async (tx) => {
    expect(
      await tx
        .selectFrom('identity.membership' as never)
        .selectAll()
        .execute(),
    ).toEqual([])
    expect(
      await tx
        .selectFrom('identity.organisation' as never)
        .selectAll()
        .execute(),
    ).toEqual([])
    expect(
      await tx
        .selectFrom('identity.apiKey' as never)
        .selectAll()
        .execute(),
    ).toEqual([])
  })
})

/** Until the database says so of a connection of this test's database. */
async function someoneIs(what: 'idle in transaction' | 'waiting for a lock'): Promise<void> {
  const condition =
    what === 'waiting for a lock' ? `wait_event_type = 'Lock'` : `state = 'idle in transaction'`
  for (;;) {
    const rows = await world.platform.asOwner(
      `select 1 from pg_stat_activity where datname = current_database() and ${condition}`,
    )
    if (rows.length > 0) return
  }
}
