import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  Browser,
  goodPassword,
  identityWorld,
  sessionSecret,
  signedUp,
  type IdentityWorld,
} from './identity-fixture.ts'

let world: IdentityWorld

beforeAll(async () => {
  world = await identityWorld()
})
afterAll(() => world.close())

test('a person signs up, is known, signs out, and is known no more', async () => {
  const ana = await signedUp(world, 'Ana')
  const me = await ana.send('GET', '/v1/me')
  expect(me.status).toBe(200)
  expect(me.body).toEqual({
    person: { id: ana.personId, name: 'Ana', email: 'ana@example.com', operator: false },
    memberships: [],
  })
  const cookie = ana.cookieHeader()
  expect((await ana.send('POST', '/v1/auth/sign-out')).status).toBe(200)
  expect(ana.cookies.size).toBe(0)
  // The cookie itself is dead too, although it was kept and its caller was remembered a moment ago.
  expect((await ana.send('GET', '/v1/me', undefined, { cookie })).status).toBe(401)
})

test('the cookie cannot be read by scripts, and the answer holds no token', async () => {
  const browser = new Browser(world)
  const answer = await browser.send('POST', '/v1/auth/sign-up/email', {
    name: 'Cleo',
    email: 'Cleo@Example.com',
    password: goodPassword,
  })
  const cookie = answer.cookies.find((one) => one.name === 'tessera.session_token')
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
  const token = decodeURIComponent(cookie?.value ?? '').split('.')[0] ?? 'no token'
  expect(token.length).toBeGreaterThan(20)
  expect(JSON.stringify(answer.body)).not.toContain(token)
})

test('an installation behind https gives its cookies to https only', async () => {
  const secure = await identityWorld({ publicUrl: 'https://tickets.example.com' })
  const browser = new Browser(secure)
  browser.origin = 'https://tickets.example.com'
  const person = { name: 'Dora', email: 'dora@example.com', password: goodPassword }
  const answer = await browser.send('POST', '/v1/auth/sign-up/email', person)
  expect(answer.cookies.map((cookie) => [cookie.name, cookie.secure])).toEqual([
    ['__Secure-tessera.session_token', true],
  ])
  expect((await browser.send('GET', '/v1/me')).status).toBe(200)
  await secure.close()
})

test('nothing in the database signs anybody in: neither the session row nor the password', async () => {
  const eve = await signedUp(world, 'Eve')
  const token =
    [...eve.cookies.values()].map((value) => decodeURIComponent(value).split('.')[0] ?? '')[0] ?? ''
  const [dump] = await world.platform.asOwner<{ all: string }>(
    `select (select json_agg(s)::text from identity.session s) || (select json_agg(a)::text from identity.account a) as all`,
  )
  expect(dump?.all).not.toContain(token)
  expect(dump?.all).not.toContain(goodPassword)
  const [row] = await world.platform.asOwner<{ token_hash: string }>(
    'select token_hash from identity.session limit 1',
  )
  // A stolen row, even with the signing secret, opens nothing.
  const stolen = row?.token_hash ?? ''
  const signature = createHmac('sha256', sessionSecret).update(stolen).digest('base64')
  const thief = new Browser(world)
  thief.cookies.set('tessera.session_token', `${stolen}.${signature}`)
  expect((await thief.send('GET', '/v1/me')).status).toBe(401)
  expect(
    (
      await world.platform.asOwner<{ p: string }>('select password_hash as p from identity.account limit 1')
    )[0]?.p,
  ).toMatch(/^\$argon2id\$/)
})

test('a cookie that was changed by one letter is no session', async () => {
  const finn = await signedUp(world, 'Finn')
  const [name, value] = [...finn.cookies][0] ?? ['', '']
  finn.cookies.set(name, `${value.startsWith('a') ? 'b' : 'a'}${value.slice(1)}`)
  expect((await finn.send('GET', '/v1/me')).status).toBe(401)
})

test('a wrong password and an unknown address get the same answer', async () => {
  await signedUp(world, 'Gil')
  const browser = new Browser(world)
  const wrong = await browser.send('POST', '/v1/auth/sign-in/email', {
    email: 'gil@example.com',
    password: 'not this one',
  })
  const unknown = await browser.send('POST', '/v1/auth/sign-in/email', {
    email: 'nobody@example.com',
    password: 'not this one',
  })
  expect(wrong.status).toBe(401)
  expect({ ...wrong.body, instance: '' }).toEqual({ ...unknown.body, instance: '' })
  expect(wrong.body.code).toBe('auth.wrong-credentials')
  const right = await browser.send('POST', '/v1/auth/sign-in/email', {
    email: 'GIL@example.com',
    password: goodPassword,
  })
  expect(right.status).toBe(200)
  expect((await browser.send('GET', '/v1/me')).body.person.name).toBe('Gil')
})

test('an address signs up once, and a short password never', async () => {
  await signedUp(world, 'Hugo')
  const browser = new Browser(world)
  const again = { name: 'Hugo', email: 'hugo@example.com', password: goodPassword }
  expect((await browser.send('POST', '/v1/auth/sign-up/email', again)).body.code).toBe('auth.email-taken')
  const short = { name: 'Ida', email: 'ida@example.com', password: 'short' }
  const answer = await browser.send('POST', '/v1/auth/sign-up/email', short)
  expect([answer.status, answer.body.errors[0].field]).toEqual([422, '/password'])
})

test('a new password ends every other session, and the old password is worth nothing', async () => {
  const jo = await signedUp(world, 'Jo')
  const elsewhere = new Browser(world)
  await elsewhere.send('POST', '/v1/auth/sign-in/email', { email: 'jo@example.com', password: goodPassword })
  expect((await elsewhere.send('GET', '/v1/me')).status).toBe(200)
  const wrong = { currentPassword: 'guessed wrongly', newPassword: 'another fine password' }
  expect((await jo.send('POST', '/v1/auth/change-password', wrong)).body.code).toBe('auth.wrong-credentials')
  const right = { currentPassword: goodPassword, newPassword: 'another fine password' }
  expect((await jo.send('POST', '/v1/auth/change-password', right)).status).toBe(200)
  expect((await jo.send('GET', '/v1/me')).status).toBe(200)
  expect((await elsewhere.send('GET', '/v1/me')).status).toBe(401)
  const old = { email: 'jo@example.com', password: goodPassword }
  expect((await elsewhere.send('POST', '/v1/auth/sign-in/email', old)).status).toBe(401)
})

test('another site cannot make a signed-in browser change anything', async () => {
  const kim = await signedUp(world, 'Kim')
  const wanted = { name: 'Kim Konzerte', currency: 'EUR', country: 'DE' }
  const from = (headers: Record<string, string | undefined>) =>
    kim.send('POST', '/v1/organisations', wanted, headers)
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: undefined },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: undefined, 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:4000.evil.example' },
  ]) {
    const answer = await from(headers)
    expect([headers, answer.status, answer.body.code]).toEqual([headers, 403, 'auth.cross-site'])
  }
  expect(
    (await kim.send('POST', '/v1/auth/sign-out', undefined, { origin: 'https://evil.example' })).body.code,
  ).toBe('auth.cross-site')
  expect((await from({})).status).toBe(201)
  expect((await from({ origin: undefined, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
})

test('no path of the sign-in library is open but those that are listed', async () => {
  const lee = await signedUp(world, 'Lee')
  for (const path of [
    'list-sessions',
    'get-session',
    'update-user',
    'delete-user',
    'revoke-session',
    'ok',
    'error',
  ]) {
    expect([path, (await lee.send('GET', `/v1/auth/${path}`)).status]).toEqual([path, 404])
    expect([path, (await lee.send('POST', `/v1/auth/${path}`, {})).status]).toEqual([path, 404])
  }
})

test('guessing passwords is slow, from one address and for one account', async () => {
  const strict = await identityWorld({ limits: { signIn: 3 } })
  const browser = new Browser(strict)
  const guess = (email: string) =>
    browser.send('POST', '/v1/auth/sign-in/email', { email, password: 'a guess' })
  const statuses: number[] = []
  for (let i = 0; i < 4; i += 1) statuses.push((await guess(`person${i}@example.com`)).status)
  expect(statuses).toEqual([401, 401, 401, 429])
  const last = await guess('person9@example.com')
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
  await strict.close()
})
