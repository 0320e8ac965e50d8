import pg from 'pg'
import type { Keys } from '#platform/crypto'
import type { Database } from '#platform/database'
import { asApplication, migrate, migrationFiles } from '#platform/migrate'
import type { NamedMachine } from '#platform/state-machine'

type Queryable = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>

/** The database, its roles or its master key are not as they must be. The message says what to do. */
export class DatabaseNotReady extends Error {
  override readonly name = 'DatabaseNotReady'
}

export interface PrepareOptions {
  /** DATABASE_URL: the owner, or the role tessera_app. */
  url: string
  /** DATABASE_OWNER_URL, where the first is tessera_app. */
  ownerUrl: string | undefined
  keys: Keys
  machines: readonly NamedMachine[]
}

export interface Prepared {
  /** What the process works with from here: the role tessera_app, which owns nothing. */
  applicationUrl: string
  /** Migrations that ran now. */
  applied: string[]
}

/**
 * Makes the database ready: checks the master key before anything is touched, makes the roles, migrates. Where only
 * tessera_app is known nothing is changed, and a database that is not migrated is refused. Throws DatabaseNotReady.
 */
export async function prepareDatabase(options: PrepareOptions): Promise<Prepared> {
  const asOwner = await ownerOf(options)
  if (asOwner === undefined) {
    await inspect(options.url, async (client) => {
      await checkMasterKey(client, options.keys)
      await refuseUnmigrated(client)
    })
    return { applicationUrl: options.url, applied: [] }
  }
  // A wrong key would change the application's password, and lock out the processes that are running.
  await inspect(asOwner.url, (client) => checkMasterKey(client, options.keys))
  const { applied, applicationUrl } = await migrate({
    ownerUrl: asOwner.url,
    applicationPassword: asOwner.applicationPassword,
    machines: options.machines,
  })
  return { applicationUrl: asOwner.applicationUrl ?? applicationUrl, applied }
}

/** The address of the role tessera_app, without changing anything; for commands beside a running installation. */
export async function applicationAddress(options: Omit<PrepareOptions, 'machines'>): Promise<string> {
  const owner = await ownerOf({ ...options, machines: [] })
  if (owner === undefined) return options.url
  return owner.applicationUrl ?? asApplication(owner.url, owner.applicationPassword)
}

export interface Inspected {
  /** Like 180004. */
  serverVersion: number
  role: string
  /** Why row-level security would not bind this role; empty where it does. */
  bypasses: string
  missing: string[]
}

/** Looks at a database without changing it: reachable, which role, which migrations lack, the right master key. Throws DatabaseNotReady. */
export async function inspectDatabase(url: string, keys: Keys): Promise<Inspected> {
  return inspect(url, async (client) => {
    const role = await whoAmI(client)
    const { rows } = await client.query<{ v: string }>(`select current_setting('server_version_num') as v`)
    const missing = await missingMigrations(client)
    if (missing.length === 0) await checkMasterKey(client, keys)
    return { serverVersion: Number(rows[0]?.v), role: role.name, bypasses: role.why, missing }
  })
}

interface Owner {
  url: string
  applicationPassword: string
  /** Given where people named the application's address themselves (through a pooler, perhaps). */
  applicationUrl: string | undefined
}

async function ownerOf({ url, ownerUrl, keys }: PrepareOptions): Promise<Owner | undefined> {
  const role = await inspect(url, whoAmI)
  if (!role.bypasses && role.name === applicationRole) {
    if (ownerUrl === undefined) return undefined
    const password = decodeURIComponent(new URL(url).password)
    return { url: ownerUrl, applicationPassword: password, applicationUrl: url }
  }
  return { url: ownerUrl ?? url, applicationPassword: derivedPassword(keys), applicationUrl: undefined }
}

const applicationRole = 'tessera_app'

/** The application's password where nobody chose one: every process with the same master key knows it. */
export function derivedPassword(keys: Keys): string {
  return keys.derive('database-password').toString('base64url')
}

async function inspect<T>(url: string, look: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
  } catch (error) {
    throw new DatabaseNotReady(`cannot reach the database: ${reasonOf(error)}`, { cause: error })
  }
  try {
    return await look(client)
  } finally {
    await client.end()
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  // AggregateError (several addresses tried) has an empty message.
  return message === undefined || message === '' ? String(code ?? error) : message
}

interface WhoAmI {
  name: string
  /** Superuser, BYPASSRLS, or owner of tables: row-level security would not bind it, or not for long. */
  bypasses: boolean
  why: string
}

async function whoAmI(db: Queryable): Promise<WhoAmI> {
  const { rows } = await db.query<{ name: string; super: boolean; bypass: boolean; owned: string | null }>(`
    select r.rolname as name, r.rolsuper as super, r.rolbypassrls as bypass,
           (select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
              and pg_has_role(r.oid, c.relowner, 'member') limit 1) as owned
    from pg_roles r where r.rolname = session_user`)
  const row = rows[0]
  if (!row) throw new DatabaseNotReady('the database does not know its own user')
  const why = row.super
    ? 'is a superuser'
    : row.bypass
      ? 'has BYPASSRLS'
      : row.owned
        ? `owns ${row.owned}`
        : ''
  return { name: row.name, bypasses: why !== '', why }
}

/**
 * Refuses to work with a connection that row-level security does not bind: one forgotten `where` would show one tenant's
 * rows to another. Throws DatabaseNotReady.
 */
export async function refuseBypass({ pool }: Pick<Database, 'pool'>): Promise<void> {
  const role = await whoAmI(pool)
  if (!role.bypasses) return
  throw new DatabaseNotReady(
    `the server would work as ${role.name}, which ${role.why}, so tenants would not be kept apart. ` +
      `Let DATABASE_URL name the owner (then the role ${applicationRole} is made and used), or ${applicationRole} itself.`,
  )
}

const checkName = 'master-key-check'
const checkText = 'this is the key'

/**
 * Makes sure that these are the keys that the rows were encrypted under, with a text that only they can read; the first
 * start writes it. After a rotation it is written anew under the current key. Throws DatabaseNotReady for another key.
 */
export async function verifyMasterKey({ pool }: Pick<Database, 'pool'>, keys: Keys): Promise<void> {
  await checkMasterKey(pool, keys)
  const fresh = JSON.stringify(keys.encrypt(checkName, Buffer.from(checkText), checkName))
  // Whoever comes first writes; everybody then reads what was written.
  await pool.query(
    `insert into platform.setting (name, value) values ($1, $2::jsonb) on conflict (name) do nothing`,
    [checkName, fresh],
  )
  const stored = await readCheck(pool)
  if (stored?.split('.')[1] !== keys.currentKeyId) {
    await checkMasterKey(pool, keys)
    await pool.query(`update platform.setting set value = $2::jsonb where name = $1`, [checkName, fresh])
  }
}

async function checkMasterKey(db: Queryable, keys: Keys): Promise<void> {
  const stored = await readCheck(db)
  if (stored === undefined) return
  try {
    if (keys.decrypt(checkName, stored, checkName).toString() === checkText) return
  } catch {
    // Said below: why a key does not fit is the same whatever the cipher says.
  }
  throw new DatabaseNotReady(
    `MASTER_KEY is not the key of this database (its key is ${stored.split('.')[1]}, this one is ${keys.currentKeyId}). ` +
      'Nothing in it could be read. Give the right key; if it was rotated, add the earlier one to MASTER_KEYS_OLD.',
  )
}

async function readCheck(db: Queryable): Promise<string | undefined> {
  const { rows: tables } = await db.query<{ there: boolean }>(
    `select to_regclass('platform.setting') is not null as there`,
  )
  if (!tables[0]?.there) return undefined
  const { rows } = await db.query<{ value: string }>(
    `select value #>> '{}' as value from platform.setting where name = $1`,
    [checkName],
  )
  return rows[0]?.value
}

/** Migrations that this code has and the database has not. */
export async function missingMigrations(db: Queryable): Promise<string[]> {
  const files = await migrationFiles()
  const { rows: tables } = await db.query<{ there: boolean }>(
    `select to_regclass('platform.migration') is not null as there`,
  )
  if (!tables[0]?.there) return files.map((file) => file.name)
  const { rows } = await db.query<{ name: string }>('select name from platform.migration')
  const done = new Set(rows.map((row) => row.name))
  return files.map((file) => file.name).filter((name) => !done.has(name))
}

async function refuseUnmigrated(client: pg.Client): Promise<void> {
  const missing = await missingMigrations(client)
  if (missing.length === 0) return
  throw new DatabaseNotReady(
    `the database lacks ${missing.join(', ')}. Run \`npx tessera migrate\` with DATABASE_OWNER_URL set to the database's owner.`,
  )
}
