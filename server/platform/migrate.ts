import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runMigrations as installJobTables } from 'graphile-worker'
import pg from 'pg'
import { rulesOf, type NamedMachine } from '#platform/state-machine'

const migrationsFolder = join(import.meta.dirname, '..', 'migrations')
// Any number, but always the same: whoever starts first migrates, the others wait here.
const migrationLock = 7_355_372

export const oldestPostgres = 15

export interface MigrateOptions {
  /** An address that may create roles and owns the database (or will own its tables). */
  ownerUrl: string
  /** The application's role logs in with this. */
  applicationPassword: string
  machines: readonly NamedMachine[]
  /** Stops after this file; for tests of one module. */
  through?: string | undefined
}

export interface Migrated {
  applied: string[]
  /** The address of the application's role on the same server and database. */
  applicationUrl: string
}

/** Brings the database to the newest shape. Safe to call from many processes at once, and again. */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const client = new pg.Client({ connectionString: options.ownerUrl })
  await client.connect()
  try {
    await refuseOldServer(client)
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await makeRoles(client, options.applicationPassword)
    await client.query(`create schema if not exists platform`)
    await client.query(
      `create table if not exists platform.migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
    )
    const pool = new pg.Pool({ connectionString: options.ownerUrl, max: 1 })
    pool.on('error', () => undefined)
    pool.on('connect', (client) => {
      client.on('error', () => undefined)
    })
    try {
      await installJobTables({ pgPool: pool, logger: quiet })
    } finally {
      await pool.end()
    }
    await client.query(openJobTables)
    const applied = await applyFiles(client, options.through)
    await teachMachines(client, options.machines)
    return { applied, applicationUrl: asApplication(options.ownerUrl, options.applicationPassword) }
  } finally {
    await client.end()
  }
}

export function asApplication(ownerUrl: string, password: string): string {
  const url = new URL(ownerUrl)
  url.username = 'tessera_app'
  url.password = password
  return url.toString()
}

export interface MigrationFile {
  name: string
  sql: string
  checksum: string
}

export async function migrationFiles(): Promise<MigrationFile[]> {
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(migrationsFolder, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function applyFiles(client: pg.Client, through = '~'): Promise<string[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from platform.migration',
  )
  const done = new Map(rows.map((row) => [row.name, row.checksum]))
  const applied: string[] = []
  for (const file of await migrationFiles()) {
    if (file.name.slice(0, through.length) > through) break
    const before = done.get(file.name)
    if (before === file.checksum) continue
    if (before !== undefined)
      throw new Error(`migration ${file.name} was changed after it had been applied; add a new one instead`)
    await client.query('begin')
    try {
      await client.query(file.sql)
      await client.query('insert into platform.migration (name, checksum) values ($1, $2)', [
        file.name,
        file.checksum,
      ])
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw new Error(
        `migration ${file.name} failed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      )
    }
    applied.push(file.name)
  }
  return applied
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  )
  const major = Math.floor(Number(rows[0]?.version) / 10_000)
  if (major < oldestPostgres)
    throw new Error(`PostgreSQL ${oldestPostgres} or newer is needed; this server is version ${major}`)
}

/**
 * Roles belong to the whole server, so another database's migration may be making them at this moment.
 * `noinherit` matters: the application gets the platform role's rights only by naming it (`set local role`).
 */
async function makeRoles(client: pg.Client, password: string): Promise<void> {
  const literal = client.escapeLiteral(password)
  await client.query(`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'tessera_platform') then create role tessera_platform nologin noinherit; end if;
    exception when duplicate_object or unique_violation then null; end $$;
    do $$ begin
      if not exists (select from pg_roles where rolname = 'tessera_jobs') then create role tessera_jobs nologin noinherit; end if;
    exception when duplicate_object or unique_violation then null; end $$;
    do $$ begin
      if not exists (select from pg_roles where rolname = 'tessera_app') then create role tessera_app login noinherit; end if;
    exception when duplicate_object or unique_violation then null; end $$;
    do $$ begin
      if not pg_has_role('tessera_app', 'tessera_platform', 'member') or not pg_has_role('tessera_app', 'tessera_jobs', 'member') then
        grant tessera_platform, tessera_jobs to tessera_app;
      end if;
    exception when unique_violation then null; end $$;`)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`alter role tessera_app login noinherit nobypassrls password ${literal}`)
      return
    } catch (error) {
      // Two databases of one server that migrate in the same moment meet in the row of the role.
      if (attempt === 5 || !(error instanceof Error) || !error.message.includes('concurrently')) throw error
    }
  }
}

/** The database refuses every move of state that the machines in the code do not have. */
export async function teachMachines(client: pg.Client, machines: readonly NamedMachine[]): Promise<void> {
  const rules = machines.flatMap(rulesOf)
  await client.query('begin')
  await client.query('delete from platform.transition_rule')
  await client.query(
    `insert into platform.transition_rule (entity, from_state, event, to_state)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])`,
    [rules.map((r) => r.table), rules.map((r) => r.from), rules.map((r) => r.event), rules.map((r) => r.to)],
  )
  await client.query('commit')
}

// The job library turns row-level security on and leaves no policy: only its owner could use its tables.
const openJobTables = `
  grant usage on schema graphile_worker to tessera_jobs;
  grant select, insert, update, delete on all tables in schema graphile_worker to tessera_jobs;
  grant usage on all sequences in schema graphile_worker to tessera_jobs;
  grant execute on all functions in schema graphile_worker to tessera_jobs;
  do $$ declare target regclass; begin
    for target in
      select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'graphile_worker' and c.relkind = 'r'
        and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'jobs')
    loop
      execute format('create policy jobs on %s to tessera_jobs using (true) with check (true)', target);
    end loop;
  end $$;`

const silence = () => undefined
const quiet = new (await import('graphile-worker')).Logger(() => silence)
