import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '#platform/database'
import { enqueue, defineJob, handles, startJobs } from '#platform/jobs'
import { asPlatform } from '#platform/database'
import { createHealth } from './health.ts'
import { jobHealth } from './operations-store.ts'
import { metricsToken, operationsWorld, type OperationsWorld } from './operations-fixture.ts'
import { watch } from './watch.ts'

let world: OperationsWorld

beforeAll(async () => {
  world = await operationsWorld()
})
beforeEach(() => {
  world.outside.provider = () => Promise.resolve()
  world.outside.mail = () => Promise.resolve()
  world.outside.stopping = false
})
afterAll(() => world.close())

const get = (url: string, headers: Record<string, string> = {}) => world.app.inject({ url, headers })

/** Health that remembers nothing from an earlier test. */
const fresh = () =>
  createHealth({
    ...world,
    probes: { provider: () => world.outside.provider(), mail: () => world.outside.mail() },
  })

async function ticked(): Promise<void> {
  await world.asOwner(`insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
    values ('tick', now(), now()) on conflict (identifier) do update set last_execution = now()`)
}

test('a process that lives says so, and the database answers within a measured time', async () => {
  expect((await get('/health')).json()).toEqual({ status: 'ok' })
  expect((await get('/health/db')).json()).toMatchObject({ ok: true, milliseconds: expect.any(Number) })
})

test('before any worker has run, the installation is degraded, and after a tick it is well', async () => {
  expect((await get('/health/ready')).json()).toMatchObject({
    status: 'degraded',
    checks: { jobs: { ok: false }, database: { ok: true } },
  })
  await ticked()
  const health = await fresh()()
  expect(Object.entries(health).filter(([, check]) => !check.ok)).toEqual([])
})

test('a worker that stopped shows as soon as three ticks are missing', async () => {
  await ticked()
  await world.asOwner(
    `update graphile_worker._private_known_crontabs set last_execution = now() - interval '4 minutes'`,
  )
  expect((await fresh()()).jobs).toMatchObject({
    ok: false,
    error: expect.objectContaining({ message: expect.stringMatching(/no worker runs/) }),
  })
  await ticked()
})

test('a real worker ticks', async () => {
  await world.asOwner('delete from graphile_worker._private_known_crontabs')
  expect((await asPlatform(world.db, jobHealth)).lastTickSeconds).toBeNull()
  const schedules = [{ name: 'operations.watch', cron: '* * * * *', run: () => Promise.resolve() }]
  const jobs = await startJobs({ url: world.url, handlers: [], schedules, log: world.log, concurrency: 1 })
  await jobs.stop()
  // Known, and not run yet: the first tick comes within a minute.
  expect(await world.asOwner('select identifier from graphile_worker._private_known_crontabs')).toHaveLength(
    1,
  )
  await ticked()
})

test('a silent provider or mail server degrades, and does not take the shop out of service', async () => {
  world.outside.provider = () => Promise.reject(new Error('getaddrinfo ENOTFOUND secret-host.internal'))
  const health = await fresh()()
  expect(health).toMatchObject({ provider: { ok: false }, mail: { ok: true }, database: { ok: true } })
  const { statusOf } = await import('./health.ts')
  expect(statusOf(health, false)).toEqual({ status: 'degraded', http: 200 })
  expect(statusOf(health, true)).toEqual({ status: 'stopping', http: 503 })
  expect(statusOf({ ...health, migrations: { ok: false, milliseconds: 1 } }, false)).toEqual({
    status: 'down',
    http: 503,
  })
})

test('who is stopping asks for nobody any more, and the answer names no hosts', async () => {
  world.outside.stopping = true
  const answer = await get('/health/ready')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ status: 'stopping' })
  for (const check of Object.values(answer.json().checks as object))
    expect(Object.keys(check as object)).toEqual(['ok', 'milliseconds'])
})

test('a probe that never answers is given up, and a crowd that asks makes one look', async () => {
  let asked = 0
  const health = createHealth({
    ...world,
    probes: {
      provider: () => {
        asked += 1
        return Promise.resolve()
      },
      mail: () => new Promise(() => undefined),
    },
  })
  const all = await Promise.all(Array.from({ length: 50 }, () => health()))
  expect(asked).toBe(1)
  expect(all[0]?.mail).toMatchObject({
    ok: false,
    error: expect.objectContaining({ message: expect.stringMatching(/did not answer within/) }),
  })
})

test('a database that cannot be reached is down, not an error page', async () => {
  const db = openDatabase({ url: 'postgres://x:y@127.0.0.1:1/z', size: 2, applicationName: 'tessera tests' })
  const health = await createHealth({
    db,
    log: world.log,
    probes: { provider: () => Promise.resolve(), mail: () => Promise.resolve() },
  })()
  expect(health).toMatchObject({ database: { ok: false }, migrations: { ok: false }, provider: { ok: true } })
  await db.close()
})

test('metrics are for the collector with its token and for operators, whatever address they come from', async () => {
  const operator = await world.person('Olga', { operator: true })
  const person = await world.person('Paul')
  expect((await get('/metrics')).statusCode).toBe(401)
  expect((await get('/metrics', { authorization: 'Bearer wrong' })).statusCode).toBe(401)
  expect((await get('/metrics', person)).statusCode).toBe(403)
  expect((await get('/metrics', operator)).statusCode).toBe(200)
  const answer = await get('/metrics', { authorization: `Bearer ${metricsToken}` })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toContain('text/plain')
  for (const name of [
    'tessera_http_request_seconds_bucket',
    'tessera_jobs_waiting',
    'tessera_alerts_open_page',
    'process_cpu_seconds_total',
  ]) {
    expect(answer.body).toContain(name)
  }
  expect(answer.body).not.toMatch(/@example|person:/)
})

const explode = defineJob('tests.explode', { maxAttempts: 1 })

test('what is wrong with the installation raises an alert, and is resolved when it is right again', async () => {
  const open = async () =>
    (
      await world.asOwner<{ rule: string }>(
        `select rule from operations.alert where state <> 'resolved' order by rule`,
      )
    ).map((row) => row.rule)
  const deps = () => ({ ...world, health: fresh() })
  await watch(deps())
  expect(await open()).toEqual([])

  await asPlatform(world.db, (tx) => enqueue(tx, explode, {}))
  await world.settles([handles(explode, () => Promise.reject(new Error('always')))])
  await asPlatform(world.db, (tx) => enqueue(tx, defineJob('tests.nobody-does-this'), {}))
  await world.asOwner(
    `update graphile_worker._private_jobs set run_at = now() - interval '10 minutes', updated_at = now() - interval '10 minutes' where attempts = 0`,
  )
  await world.asOwner(`insert into platform.outbox (org_id, id, name, version, payload, emitted_at)
    values (gen_random_uuid(), gen_random_uuid(), 'orderPaid', 1, '{}', now() - interval '10 minutes')`)
  world.outside.provider = () => Promise.reject(new Error('silent'))
  world.outside.mail = () => Promise.reject(new Error('silent'))
  await watch(deps())
  await watch(deps())
  expect(await open()).toEqual([
    'operations.facts-late',
    'operations.jobs-failed',
    'operations.jobs-late',
    'operations.mail-silent',
    'operations.provider-silent',
  ])
  const late = await asPlatform(world.db, jobHealth)
  expect(late).toMatchObject({ waiting: 1, failed: 1, stuck: 0 })
  expect(late.lateSeconds).toBeGreaterThan(590)

  await world.asOwner(
    `update graphile_worker._private_jobs set locked_at = now() - interval '11 minutes', locked_by = 'dead' where attempts = 0`,
  )
  await watch(deps())
  expect(await open()).toContain('operations.jobs-stuck')

  await world.asOwner('delete from graphile_worker._private_jobs')
  await world.asOwner('update platform.outbox set dispatched_at = now()')
  world.outside.provider = () => Promise.resolve()
  world.outside.mail = () => Promise.resolve()
  await watch(deps())
  expect(await open()).toEqual([])
})
