// What every benchmark stands on: a durable embedded PostgreSQL, a migrated database, an event on sale, and child processes.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase, withOrg, type Database } from '../server/platform/database.ts'
import { reachableDataDir, startEmbeddedPostgres } from '../server/platform/embedded-postgres.ts'
import { newId, type Id, type OrgId } from '../server/platform/ids.ts'
import { migrate } from '../server/platform/migrate.ts'
import { machines } from '../server/machines.ts'
import type { Config } from '../server/config.ts'
import { defaultLimits, type Limits } from '../server/platform/rate-limit.ts'

export interface Ground {
  ownerUrl: string
  url: string
  db: Database
  /** Runs SQL as the owner. */
  owner: pg.Pool
  close(): Promise<void>
}

/** Durable commits, as in production: what the disk costs is part of the figure. */
export async function ground(): Promise<Ground> {
  const temporary = await mkdtemp(join(tmpdir(), 'tessera-bench-'))
  const dataDir = reachableDataDir(temporary)
  const server = await startEmbeddedPostgres({
    dataDir,
    settings: {
      max_connections: '300',
      shared_buffers: '512MB',
      max_wal_size: '4GB',
      ...(process.env['SLOW_MS'] ? { log_min_duration_statement: process.env['SLOW_MS'] } : {}),
    },
  })
  const { applicationUrl } = await migrate({
    ownerUrl: server.url,
    applicationPassword: 'for-benchmarks',
    machines,
  })
  const owner = new pg.Pool({ connectionString: server.url, max: 4 })
  // The server may end before the pool's last connection has.
  owner.on('error', () => undefined)
  const db = openDatabase({ url: applicationUrl, size: 16, applicationName: 'benchmark' })
  return {
    ownerUrl: server.url,
    url: applicationUrl,
    db,
    owner,
    async close() {
      for (const child of children) child.kill('SIGKILL')
      await db.close()
      await owner.end()
      await server.stop()
      for (const folder of [dataDir, temporary]) await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface Show {
  orgId: OrgId
  eventId: Id<'evt'>
  typeId: Id<'tty'>
  poolId: Id<'pol'>
}

/** One event, one ticket type, one pool: everything is hot. */
export async function aHotEvent(
  { owner }: Ground,
  options: { price: number; capacity?: number },
): Promise<Show> {
  const show: Show = { orgId: newId(), eventId: newId(), typeId: newId(), poolId: newId() }
  const [terms, policy] = [newId(), newId()]
  const { orgId, eventId, typeId, poolId } = show
  const run = (sql: string, values: unknown[]) => owner.query(sql, values)
  await run(
    `insert into identity.organisation (org_id, slug, name, currency, country) values ($1, $2, 'Benchmark', 'EUR', 'DE')`,
    [orgId, `b-${orgId}`],
  )
  await run(`insert into catalog.terms_version values ($1, $2, 1, 'Terms', now(), 'benchmark')`, [
    orgId,
    terms,
  ])
  await run(
    `insert into catalog.refund_policy_version values ($1, $2, 1, 'none', null, false, 'None', now(), 'benchmark')`,
    [orgId, policy],
  )
  await run(
    `insert into catalog.event (org_id, id, slug, name, time_zone, starts_at, ends_at, currency, terms_id, refund_policy_id, state, published_at, created_at, updated_at)
     values ($1, $2, $3, 'Hot', 'Europe/Berlin', now() + interval '30 days', now() + interval '31 days', 'EUR', $4, $5, 'published', now(), now(), now())`,
    [orgId, eventId, `hot-${eventId}`, terms, policy],
  )
  await run(
    `insert into platform.directory values ('organiser-slug', $1::text, $2, $2) on conflict do nothing`,
    [`b-${orgId}`, orgId],
  )
  await run(
    `insert into platform.directory values ('event', $1::text, $2, $1::uuid) on conflict do nothing`,
    [eventId, orgId],
  )
  await run(`insert into holds.pool (org_id, id, event_id, name, capacity) values ($1, $2, $3, 'hall', $4)`, [
    orgId,
    poolId,
    eventId,
    options.capacity ?? 100_000_000,
  ])
  await run(
    `insert into catalog.ticket_type (org_id, id, event_id, name, kind, price, min_per_order, max_per_order, admits, position, created_at)
     values ($1, $2, $3, 'Standard', $4, $5, 1, 10, 1, 0, now())`,
    [orgId, typeId, eventId, options.price === 0 ? 'free' : 'paid', options.price],
  )
  await run(`insert into holds.pool_draw values ($1, $2, $3)`, [orgId, typeId, poolId])
  return show
}

/** Whoever was not stopped in the course of a benchmark ends with its ground. */
const children = new Set<ChildProcess>()

/** A program in a process of its own; resolves with what it says first. */
export function inOwnProcess<Ready>(
  file: string,
  settings: Record<string, string>,
): Promise<{ ready: Ready; child: ChildProcess; stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, file), {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...(process.env['PROFILE']
      ? { execArgv: ['--cpu-prof', `--cpu-prof-dir=${process.env['PROFILE']}`] }
      : {}),
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)))
    child.once('message', (ready) => {
      child.removeAllListeners('exit')
      child.once('exit', () => children.delete(child))
      resolve({
        ready: ready as Ready,
        child,
        stop: () =>
          new Promise((stopped) => {
            child.once('exit', () => stopped())
            child.kill('SIGTERM')
          }),
      })
    })
  })
}

/** Everything open that would hold a benchmark back: limits, the provider's bucket. */
export function benchmarkConfig(databaseUrl: string, stripeUrl = 'http://127.0.0.1:9'): Config {
  return {
    mode: 'test',
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'http://localhost:4000',
    database: { url: databaseUrl, ownerUrl: undefined, poolSize: 16 },
    dataDir: '.tessera',
    masterKeys: [Buffer.alloc(32, 7)],
    sessionSecret: 'a session secret for benchmarks only, long enough',
    stripe: { apiUrl: stripeUrl, ...benchmarkKeys, callsPerSecond: 1_000_000 },
    mail: { smtpUrl: 'smtp://127.0.0.1:9', from: 'Tessera <tickets@localhost>' },
    logLevel: 'error',
    trustedProxies: 0,
    metricsToken: undefined,
    limits: Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, Infinity])) as Limits,
    testMode: true,
  }
}

export const benchmarkKeys = { secretKey: 'sk_test_benchmark', webhookSecret: 'whsec_benchmark_benchmark' }

/** Milliseconds of CPU that a process has used; undefined where the system does not say. */
export function cpuOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    return (Number(fields[13]) + Number(fields[14])) * 10
  } catch {
    return undefined
  }
}

export interface Row {
  what: string
  figure: string
  yardstick: string
  ratio: string
  target: string
}

export function machineInWords(): string {
  const [cpu] = cpus()
  return `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`
}

export const round = (value: number) => Math.round(value).toLocaleString('en')

/** `withOrg` for benchmarks that compare with the usual shape of one transaction per request. */
export { withOrg }
