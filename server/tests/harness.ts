import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { createClock, type Clock } from '#platform/clock'
import { createKeys } from '#platform/crypto'
import { openDatabase } from '#platform/database'
import { createEvents, drainOutbox, drainOutboxJob, type Reaction } from '#platform/events'
import { handles, runDueJobs, type JobHandler } from '#platform/jobs'
import { migrate, migrationFiles, teachMachines } from '#platform/migrate'
import type { Platform } from '#platform/platform'
import type { NamedMachine } from '#platform/state-machine'
import { createLogger, createMetrics } from '#platform/telemetry'

const applicationPassword = 'for-tests-only'

export interface TestPlatform extends Platform {
  clock: Clock
  /** The application's address of this test's own database. */
  url: string
  /** The address of the owner, who is a superuser. */
  ownerUrl: string
  /** Runs SQL as the owner, past row-level security: for looking, and for arranging what no operation can. */
  asOwner<Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row[]>
  /** Works off the outbox and the jobs until all is quiet. */
  settles(handlers?: readonly JobHandler[]): Promise<void>
  close(): Promise<void>
}

export interface TestPlatformOptions {
  machines?: readonly NamedMachine[]
  /** Built with the platform, because their operations want it. */
  reactions?: (platform: () => TestPlatform) => readonly Reaction<TestPlatform>[]
  /** Applies migrations only up to this file (`0003`), so that a module can be tested alone. */
  through?: string
}

/** A platform on a database of its own, cloned from a template that was migrated once. The role is the application's. */
export async function testPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const { ownerUrl, drop } = await cloneDatabase(options)
  const url = asApplicationUrl(ownerUrl)
  const db = openDatabase({ url, size: 10, applicationName: 'tessera tests' })
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 2 })
  // The database is dropped as soon as the pool was told to end, which may be before its last connection has.
  owner.on('error', () => undefined)
  const log = createLogger({ level: process.env['TEST_LOG'] ?? 'silent', pretty: false })
  const reactions = options.reactions?.(() => platform) ?? []
  const platform: TestPlatform = {
    db,
    clock: await createClock(db.pool, { movable: true }),
    log,
    metrics: createMetrics(),
    keys: createKeys([Buffer.alloc(32, 7)]),
    events: createEvents(reactions, () => platform),
    publicUrl: 'http://localhost:4000',
    testMode: true,
    url,
    ownerUrl,
    asOwner: async (sql, values) => (await owner.query(sql, values)).rows as never,
    async settles(handlers = []) {
      const reactionHandlers = reactions
        .filter((reaction) => reaction.kind === 'when')
        .map((reaction) => handles(reaction.job, (p) => reaction.run(platform, p.orgId as never, p.fact)))
      const drain = handles(drainOutboxJob, async () => void (await drainOutbox(db, reactions)))
      await drainOutbox(db, reactions)
      await runDueJobs({ url, handlers: [drain, ...reactionHandlers, ...handlers], schedules: [], log })
    },
    async close() {
      await db.close()
      await owner.end()
      await drop()
    },
  }
  return platform
}

/** A fresh database, and how to be rid of it. */
export async function cloneDatabase(options: Pick<TestPlatformOptions, 'machines' | 'through'> = {}) {
  const serverUrl = inject('postgresUrl')
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    const template = await ensureTemplate(admin, serverUrl, options.through)
    const name = `t_${randomBytes(6).toString('hex')}`
    await admin.query(`create database ${name} template ${template}`)
    const ownerUrl = onDatabase(serverUrl, name)
    if (options.machines) {
      const client = new pg.Client({ connectionString: ownerUrl })
      await client.connect()
      await teachMachines(client, options.machines)
      await client.end()
    }
    return { ownerUrl, drop: () => dropDatabase(serverUrl, name) }
  } finally {
    await admin.end()
  }
}

export function asApplicationUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = 'tessera_app'
  url.password = applicationPassword
  return url.toString()
}

async function ensureTemplate(
  admin: pg.Client,
  serverUrl: string,
  through: string | undefined,
): Promise<string> {
  const files = await migrationFiles()
  const hash = createHash('sha256')
  for (const file of files)
    if (through === undefined || file.name.slice(0, through.length) <= through)
      hash.update(file.name).update(file.checksum)
  const template = `template_${hash.digest('hex').slice(0, 16)}`
  await admin.query('select pg_advisory_lock(7355373)')
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
    if (rowCount !== 0) return template
    const building = `${template}_building`
    await admin.query(`drop database if exists ${building} with (force)`)
    await admin.query(`create database ${building}`)
    await migrate({ ownerUrl: onDatabase(serverUrl, building), applicationPassword, machines: [], through })
    await admin.query(`alter database ${building} rename to ${template}`)
    return template
  } finally {
    await admin.query('select pg_advisory_unlock(7355373)')
  }
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.end()
}

function onDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.toString()
}
