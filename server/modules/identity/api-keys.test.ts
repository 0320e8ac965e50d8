import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseId } from '#platform/ids'
import { grantOperator, withdrawOperator } from './public.ts'
import { Browser, identityWorld, ownsOrganisation, signedUp, type IdentityWorld } from './identity-fixture.ts'

let world: IdentityWorld

beforeAll(async () => {
  world = await identityWorld()
})
afterAll(() => world.close())

async function keyFor(browser: Browser, orgId: string, scopes: string[], headers = {}) {
  return browser.send('POST', `/v1/organisations/${orgId}/api-keys`, { name: 'Website', scopes }, headers)
}

const bearer = (secret: string) => ({
  authorization: `Bearer ${secret}`,
  origin: undefined,
  cookie: undefined,
})

test('a key opens what its scopes name, in its organisation, and nothing else', async () => {
  const ana = await signedUp(world, 'Ana')
  const orgId = await ownsOrganisation(ana)
  const other = await ownsOrganisation(ana)
  const made = await keyFor(ana, orgId, ['catalog.read'])
  expect(made.status).toBe(201)
  const { secret, hint } = made.body
  expect(secret).toMatch(/^tsk_[\w-]{43}$/)
  expect(secret.endsWith(hint)).toBe(true)
  const program = new Browser(world)
  expect((await program.send('GET', `/v1/organisations/${orgId}`, undefined, bearer(secret))).status).toBe(
    200,
  )
  expect(
    (await program.send('PATCH', `/v1/organisations/${orgId}`, { name: 'X' }, bearer(secret))).status,
  ).toBe(403)
  expect((await program.send('GET', `/v1/organisations/${other}`, undefined, bearer(secret))).status).toBe(
    404,
  )
  expect((await program.send('GET', '/v1/me', undefined, bearer(secret))).status).toBe(403)
  expect(
    (await program.send('GET', `/v1/organisations/${orgId}`, undefined, bearer(`${secret.slice(0, -1)}_`)))
      .status,
  ).toBe(401)
})

test('a request with a key ignores cookies: a bad key is not saved by a good session', async () => {
  const bo = await signedUp(world, 'Bo')
  const orgId = await ownsOrganisation(bo)
  for (const authorization of [`Bearer tsk_${'x'.repeat(43)}`, 'Bearer nonsense', 'Basic eDp5']) {
    expect((await bo.send('GET', `/v1/organisations/${orgId}`, undefined, { authorization })).status).toBe(
      401,
    )
  }
  const { secret } = (await keyFor(bo, orgId, ['catalog.read'])).body
  // The session is an owner's, the key's scope is not.
  const both = await bo.send(
    'PATCH',
    `/v1/organisations/${orgId}`,
    { name: 'X' },
    { authorization: `Bearer ${secret}` },
  )
  expect(both.status).toBe(403)
})

test('a key is shown once: not in lists, not by repeating, not in the database', async () => {
  const cleo = await signedUp(world, 'Cleo')
  const orgId = await ownsOrganisation(cleo)
  const first = await keyFor(cleo, orgId, ['orders.read'], { 'idempotency-key': 'k1' })
  const again = await keyFor(cleo, orgId, ['orders.read'], { 'idempotency-key': 'k1' })
  expect([first.status, again.status, again.body.code]).toEqual([201, 409, 'idempotency.answer-was-secret'])
  const list = await cleo.send('GET', `/v1/organisations/${orgId}/api-keys`)
  expect(list.body.items).toHaveLength(1)
  const { secret } = first.body as { secret: string }
  expect(JSON.stringify(list.body)).not.toContain(secret)
  const [dump] = await world.platform.asOwner<{ all: string }>(`
    select concat((select json_agg(k) from identity.api_key k), (select json_agg(d) from platform.directory d),
                  (select json_agg(i) from platform.idempotency_key i), (select json_agg(o) from platform.outbox o)) as all`)
  expect(dump?.all).toContain(first.body.hint)
  expect(dump?.all).not.toContain(secret)
  expect(dump?.all).not.toContain(secret.slice(4))
})

test('a revoked key stops at once', async () => {
  const dan = await signedUp(world, 'Dan')
  const orgId = await ownsOrganisation(dan)
  const { id, secret } = (await keyFor(dan, orgId, ['catalog.read'])).body
  const program = new Browser(world)
  const read = () => program.send('GET', `/v1/organisations/${orgId}`, undefined, bearer(secret))
  expect((await read()).status).toBe(200)
  const revoked = await dan.send('DELETE', `/v1/organisations/${orgId}/api-keys/${id}`)
  expect([revoked.status, typeof revoked.body.revokedAt]).toEqual([200, 'string'])
  expect((await read()).status).toBe(401)
  expect((await dan.send('DELETE', `/v1/organisations/${orgId}/api-keys/${id}`)).status).toBe(200)
  const [key] = (await dan.send('GET', `/v1/organisations/${orgId}/api-keys`)).body.items
  expect(key.lastUsedAt).not.toBeNull()
})

test('a key that may make keys cannot make one that may do more', async () => {
  const eve = await signedUp(world, 'Eve')
  const orgId = await ownsOrganisation(eve)
  const { secret } = (await keyFor(eve, orgId, ['keys.manage', 'members.manage'])).body
  const program = new Browser(world)
  const make = (scopes: string[]) =>
    program.send('POST', `/v1/organisations/${orgId}/api-keys`, { name: 'Child', scopes }, bearer(secret))
  expect((await make(['keys.manage', 'money.read'])).body.code).toBe('keys.scope-too-wide')
  expect((await make(['keys.manage'])).status).toBe(201)
  expect((await make(['no.such'])).status).toBe(422)
  const member = { email: 'eve@example.com', role: 'owner' }
  const add = await program.send('POST', `/v1/organisations/${orgId}/members`, member, bearer(secret))
  expect(add.body.code).toBe('members.role-too-high')
})

test('an operator is made and unmade from the command line only', async () => {
  const fay = await signedUp(world, 'Fay')
  const { db } = world.platform
  expect(await grantOperator(db, 'nobody@example.com', 'cli')).toBeUndefined()
  expect(await grantOperator(db, 'FAY@example.com', 'cli')).toMatchObject({ name: 'Fay' })
  expect((await fay.send('GET', '/v1/me')).body.person.operator).toBe(true)
  expect(await withdrawOperator(db, 'fay@example.com')).toMatchObject({ changed: true })
  expect(await withdrawOperator(db, 'fay@example.com')).toMatchObject({ changed: false })
})

test('who is removed takes no key along', async () => {
  const dana = await signedUp(world, 'Dana')
  const orgId = await ownsOrganisation(dana)
  const erik = await signedUp(world, 'Erik')
  await dana.send('POST', `/v1/organisations/${orgId}/members`, {
    email: 'erik@example.com',
    role: 'owner',
  })
  await keyFor(erik, orgId, ['orders.read'])
  await keyFor(dana, orgId, ['orders.read'])
  const removed = await dana.send('DELETE', `/v1/organisations/${orgId}/members/${erik.personId}`)
  expect(removed.status).toBe(204)
  const rows = await world.platform.asOwner<{ living: boolean }>(
    `select revoked_at is null as living from identity.api_key where org_id = $1 order by id`,
    [parseId('org', orgId)],
  )
  expect(rows).toEqual([{ living: false }, { living: true }])
})
