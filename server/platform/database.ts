import { CamelCasePlugin, Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Tables } from '#platform/database-types'
import type { OrgId } from '#platform/ids'

export type { Tables }
export type Tx = Transaction<Tables>

/** Connections of the application's role. It owns nothing, and cannot pass row-level security. */
export interface Database {
  readonly kysely: Kysely<Tables>
  readonly pool: pg.Pool
  /** A few connections whose statements are sent without waiting for each other's answers (`withOrgClient`). */
  readonly desks: pg.Pool
  close(): Promise<void>
}

const int8 = pg.types.builtins.INT8
// A count or an amount of money that does not fit a safe integer must stop the work, never be rounded.
pg.types.setTypeParser(int8, (text: string) => {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError(`the database gave a number too large to be exact: ${text}`)
  return value
})

export interface DatabaseOptions {
  url: string
  /** Connections at most. */
  size: number
  applicationName: string
  onError?: (error: Error) => void
}

/**
 * Every statement of a desk looks rows up by their keys. Planned once while its table was still empty, it would read the
 * whole table ever after; so the planner is told that nothing but an index will do.
 */
const byKey =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_bitmapscan=off -c enable_material=off -c jit=off'

export function openDatabase(options: DatabaseOptions): Database {
  const common = {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
  }
  const pool = new pg.Pool({ ...common, max: options.size })
  const desks = new pg.Pool({
    ...common,
    max: Math.max(2, Math.floor(options.size / 4)),
    pipeline: true,
    options: byKey,
  })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  for (const one of [pool, desks]) one.on('error', (error) => options.onError?.(error))
  const kysely = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  return {
    kysely,
    pool,
    desks,
    async close() {
      await Promise.all([kysely.destroy(), desks.end()])
    },
  }
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** `set local` takes no parameters, so only what was parsed as a uuid is ever written into it. */
export function tenantSetting(orgId: OrgId): string {
  if (!uuidShape.test(orgId)) throw new Error('an organisation id must be a uuid')
  return `set local app.org_id = '${orgId}'`
}

/**
 * Runs work for one tenant, in one transaction that can see and write only that tenant's rows.
 * A deadlock or serialisation failure runs the work again, so it must do nothing but SQL.
 */
export async function withOrg<T>(db: Database, orgId: OrgId, work: (tx: Tx) => Promise<T>): Promise<T> {
  const setting = tenantSetting(orgId)
  return inTransaction(db, setting, work)
}

/** Runs the platform's own work (look-ups without a tenant, jobs that cross tenants) under the platform role, whose rights are policies. */
export async function asPlatform<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(db, 'set local role tessera_platform', work)
}

/** Who is doing this, for the audit of transitions in this transaction. `person:...`, `key:...`, `job:...`, `buyer`. */
export async function actAs(tx: Tx, actor: string, reason?: string): Promise<void> {
  await sql`select set_config('app.actor', ${actor}, true), set_config('app.reason', ${reason ?? ''}, true)`.execute(
    tx,
  )
}

const attempts = 4

async function inTransaction<T>(db: Database, setting: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const hooks: (() => void)[] = []
    try {
      const result = await db.kysely.transaction().execute(async (tx) => {
        await sql.raw(setting).execute(tx)
        afterCommit.set(tx, hooks)
        return work(tx)
      })
      for (const hook of hooks) hook()
      return result
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, attempt * 5 + (process.hrtime()[1] % 10)))
    }
  }
}

const afterCommit = new WeakMap<Tx, (() => void)[]>()

/** Runs once the transaction is on disk, and never if it is not. Only for hints (wake somebody up): a crash loses it. */
export function onCommit(tx: Tx, hook: () => void): void {
  afterCommit.get(tx)?.push(hook)
}

/** A raw client inside a tenant's transaction, for the few statements that are too hot for the query builder. */
export async function withOrgClient<T>(
  db: Database,
  orgId: OrgId,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const setting = tenantSetting(orgId)
  const client = await db.desks.connect()
  let broken = false
  try {
    await client.query(`begin; ${setting}`)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

function isRetryable(error: unknown): boolean {
  const code = errorCode(error)
  return code === '40P01' || code === '40001'
}

export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}

/** The name of the unique or check constraint that refused a row, if that is what happened. */
export function brokenConstraint(error: unknown): string | undefined {
  const code = errorCode(error)
  if (code !== '23505' && code !== '23514' && code !== '23503') return undefined
  return typeof error === 'object' && error !== null && 'constraint' in error
    ? String(error.constraint)
    : undefined
}
