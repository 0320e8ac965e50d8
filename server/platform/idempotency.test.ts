import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId, type OrgId } from '#platform/ids'
import {
  forgetIdempotencyKeys,
  idempotently,
  type Answer,
  type IdempotencyScope,
} from '#platform/idempotency'
import { defineProblems, requestProblems } from '#platform/problem'
import type { Tx } from '#platform/database'
import { testPlatform, type TestPlatform } from '../tests/harness.ts'

const problems = defineProblems('shop', {
  soldOut: { status: 409, title: 'Sold out', help: 'Come earlier.' },
})

let world: TestPlatform
let scope: IdempotencyScope

beforeAll(async () => {
  world = await testPlatform({ through: '0001' })
  await world.asOwner('create table platform.effect (id serial primary key, what text not null)')
  await world.asOwner('grant all on platform.effect to tessera_app, tessera_platform')
  await world.asOwner('grant all on sequence platform.effect_id_seq to tessera_app, tessera_platform')
})
beforeEach(() => {
  scope = { caller: `person:${newId()}`, orgId: newId<OrgId>() }
})
afterAll(() => world.close())

function request(key: string | undefined, body: unknown = { seats: 2 }, url = '/v1/things') {
  return { method: 'POST', url, body, headers: key === undefined ? {} : { 'idempotency-key': key } }
}

/** What people would see: one row for each time that it really was done. */
const effect =
  (what: string) =>
  async (tx: Tx): Promise<Answer<{ id: number }>> => {
    const { rows } = await sql<{
      id: number
    }>`insert into platform.effect (what) values (${what}) returning id`.execute(tx)
    return { status: 201, body: { id: rows[0]?.id ?? 0 } }
  }

async function timesDone(what: string): Promise<number> {
  return (await world.asOwner('select 1 from platform.effect where what = $1', [what])).length
}

function barrier() {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('the same request again gets the same answer and does nothing again', async () => {
  const first = await idempotently(world, request('a'), scope, effect('again'))
  const second = await idempotently(world, request('a'), scope, effect('again'))
  expect(second).toEqual(first)
  expect(await timesDone('again')).toBe(1)
})

test('without a key each request is its own', async () => {
  await idempotently(world, request(undefined), scope, effect('no key'))
  await idempotently(world, request(undefined), scope, effect('no key'))
  expect(await timesDone('no key')).toBe(2)
})

test('the order in which fields were sent makes no difference', async () => {
  await idempotently(world, request('order', { a: 1, b: { c: 1, d: [1, 2] } }), scope, effect('order'))
  await idempotently(world, request('order', { b: { d: [1, 2], c: 1 }, a: 1 }), scope, effect('order'))
  expect(await timesDone('order')).toBe(1)
})

test.each([
  ['another body', request('other', { seats: 3 })],
  ['another path', request('other', { seats: 2 }, '/v1/other-things')],
])('a key that comes back with %s is refused', async (_what, second) => {
  await idempotently(world, request('other'), scope, effect('other'))
  await expect(idempotently(world, second, scope, effect('other'))).rejects.toMatchObject({
    code: 'idempotency.key-reused',
    status: 422,
  })
})

test('the same text is another key for another caller, and for another organisation', async () => {
  await idempotently(world, request('mine'), scope, effect('scoped'))
  await idempotently(world, request('mine'), { ...scope, caller: 'person:other' }, effect('scoped'))
  await idempotently(world, request('mine'), { ...scope, orgId: newId<OrgId>() }, effect('scoped'))
  expect(await timesDone('scoped')).toBe(3)
})

test('of ten that arrive together one does the work; the others hear that it is being done, and then its answer', async () => {
  const gate = barrier()
  const started = barrier()
  const slow = async (tx: Tx) => {
    started.open()
    await gate.opened
    return effect('race')(tx)
  }
  const first = idempotently(world, request('race'), scope, slow)
  await started.opened
  const others = await Promise.allSettled(
    Array.from({ length: 9 }, () => idempotently(world, request('race'), scope, effect('race'))),
  )
  for (const other of others) {
    expect(other).toMatchObject({ status: 'rejected', reason: { code: 'idempotency.in-use', status: 409 } })
  }
  gate.open()
  const answer = await first
  expect(await idempotently(world, request('race'), scope, effect('race'))).toEqual(answer)
  expect(await timesDone('race')).toBe(1)
})

test('all at once from many processes, the work is done once', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, () => idempotently(world, request('storm'), scope, effect('storm'))),
  )
  const bodies = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.body.id] : []))
  expect(new Set(bodies).size).toBe(1)
  for (const one of outcomes)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'idempotency.in-use' })
  expect(await timesDone('storm')).toBe(1)
})

test('a refusal is an answer: it is given again, with all that it said', async () => {
  const refuse = async () => {
    throw problems.soldOut({ field: '/seats', detail: 'None left.', extras: { left: 0 } })
  }
  const first = await idempotently(world, request('no'), scope, refuse).catch((error: unknown) => error)
  const second = await idempotently(world, request('no'), scope, effect('no')).catch(
    (error: unknown) => error,
  )
  expect(JSON.stringify(second)).toBe(JSON.stringify(first))
  expect(second).toMatchObject({ code: 'shop.sold-out', status: 409 })
  expect(await timesDone('no')).toBe(0)
})

test.each([
  ['a fault of ours', () => new Error('the disk is on fire')],
  ['too many requests', () => requestProblems.tooMany({ retryAfterSeconds: 1 })],
])('%s frees the key, and nothing of the attempt stays', async (what, fault) => {
  const failing = async (tx: Tx) => {
    await effect(what)(tx)
    throw fault()
  }
  await expect(idempotently(world, request('5xx'), scope, failing)).rejects.toThrow()
  expect(await timesDone(what)).toBe(0)
  expect((await idempotently(world, request('5xx'), scope, effect(what))).status).toBe(201)
})

/** What a process that was killed in the middle of its work leaves behind: a claim, and no transaction. */
async function leftByACrash(key: string): Promise<void> {
  await idempotently(world, request(key), scope, async () => ({ status: 201, body: null }))
  await world.asOwner(
    `update platform.idempotency_key set status = null, answer = null where key = $1 and caller like $2`,
    [key, `${scope.caller}@%`],
  )
}

test('the key of a process that died is in use for a minute, then somebody else does the work', async () => {
  await leftByACrash('crash')
  await expect(idempotently(world, request('crash'), scope, effect('crash'))).rejects.toMatchObject({
    code: 'idempotency.in-use',
  })
  await world.clock.advance(59_000)
  await expect(idempotently(world, request('crash'), scope, effect('crash'))).rejects.toMatchObject({
    code: 'idempotency.in-use',
  })
  await world.clock.advance(2000)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => idempotently(world, request('crash'), scope, effect('crash'))),
  )
  expect(outcomes.some((one) => one.status === 'fulfilled')).toBe(true)
  expect(await timesDone('crash')).toBe(1)
})

test('a process that is only slow keeps its key, however long it takes', async () => {
  const gate = barrier()
  const started = barrier()
  const first = idempotently(world, request('slow'), scope, async (tx) => {
    started.open()
    await gate.opened
    return effect('slow')(tx)
  })
  await started.opened
  await world.clock.advance(10 * 60_000)
  await expect(idempotently(world, request('slow'), scope, effect('slow'))).rejects.toMatchObject({
    code: 'idempotency.in-use',
  })
  gate.open()
  await first
  expect(await timesDone('slow')).toBe(1)
})

test('whoever lost the key before beginning does nothing', async () => {
  // As if it had been taken over between the claim and the work: the row names another owner.
  await world.asOwner(`create or replace function platform.steal() returns trigger language plpgsql as
    $$ begin new.owner := gen_random_uuid(); return new; end $$`)
  await world.asOwner(`create trigger steal before insert on platform.idempotency_key for each row when (new.key = 'stolen')
    execute function platform.steal()`)
  await expect(idempotently(world, request('stolen'), scope, effect('stolen'))).rejects.toMatchObject({
    code: 'idempotency.in-use',
  })
  expect(await timesDone('stolen')).toBe(0)
})

test('an answer that holds a secret is never kept, and never given again', async () => {
  const secretive = { ...scope, secret: true }
  const make = async (tx: Tx) => {
    await effect('secret')(tx)
    return { status: 201, body: { secret: 'tsk_this_is_shown_once' } }
  }
  expect((await idempotently(world, request('s'), secretive, make)).body.secret).toBe(
    'tsk_this_is_shown_once',
  )
  await expect(idempotently(world, request('s'), secretive, make)).rejects.toMatchObject({
    code: 'idempotency.answer-was-secret',
  })
  const [dump] = await world.asOwner<{ all: string }>(
    'select json_agg(k)::text as all from platform.idempotency_key k',
  )
  expect(dump?.all).not.toContain('tsk_this_is_shown_once')
  expect(await timesDone('secret')).toBe(1)
})

test('after 24 hours a key is as good as new, and is swept away', async () => {
  await idempotently(world, request('old'), scope, effect('old'))
  await world.clock.advance(24 * 60 * 60_000 + 1000)
  await idempotently(world, request('old'), scope, effect('old'))
  expect(await timesDone('old')).toBe(2)
  await world.clock.advance(24 * 60 * 60_000 + 1000)
  await forgetIdempotencyKeys(world)
  expect(await world.asOwner('select 1 from platform.idempotency_key')).toEqual([])
})

test.each(['', 'x'.repeat(201), 'with space', 'umläut'])('a key like %j is refused', async (key) => {
  await expect(idempotently(world, request(key), scope, effect('bad'))).rejects.toMatchObject({
    code: 'idempotency.key-malformed',
  })
})
