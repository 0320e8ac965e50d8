import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { migrate, migrationFiles } from '#platform/migrate'
import { rulesOf } from '#platform/state-machine'
import { machines } from '../machines.ts'
import { asApplicationUrl, testPlatform, type TestPlatform } from './harness.ts'

/** Every table of ours but those that are shared on purpose, each of which says why. */
const tenantTables = `
  select n.nspname || '.' || c.relname as name, c.oid, c.relrowsecurity as enabled, c.relforcerowsecurity as forced
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
    and n.nspname || '.' || c.relname not in (select name from platform.shared_table)`

describe('one tenant cannot see another', () => {
  let world: TestPlatform
  beforeAll(async () => {
    world = await testPlatform({ machines })
  })
  afterAll(() => world.close())

  it('every table is a tenant’s with forced row-level security and both policies, or is listed as shared with its reason', async () => {
    const tables = await world.asOwner<{
      name: string
      enabled: boolean
      forced: boolean
      policies: string[]
    }>(
      `select t.*, array(select polname::text from pg_policy where polrelid = t.oid order by 1) as policies from (${tenantTables}) t`,
    )
    expect(tables.length).toBeGreaterThan(20)
    expect(
      tables.filter(
        (table) => !table.enabled || !table.forced || table.policies.join() !== 'platform,tenant',
      ),
    ).toEqual([])
    const shared = await world.asOwner<{ name: string; reason: string }>(
      'select * from platform.shared_table',
    )
    expect(shared.filter((table) => table.reason.length < 10)).toEqual([])
  })

  it('a new table without a policy is found', async () => {
    await world.asOwner('create table holds.forgotten (org_id uuid)')
    const tables = await world.asOwner<{ name: string }>(
      `select name from (${tenantTables}) t where not forced`,
    )
    expect(tables).toEqual([{ name: 'holds.forgotten' }])
    await world.asOwner('drop table holds.forgotten')
  })

  it('every key of a tenant’s table leads with the tenant, so that no row can point into another', async () => {
    const keys = await world.asOwner<{
      name: string
      constraint: string
      columns: string[]
      kind: string
      target: string | null
    }>(
      `select t.name, k.conname as constraint, k.contype as kind, k.confrelid::regclass::text as target,
              array(select a.attname::text from unnest(k.conkey) with ordinality as u(num, pos)
                    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num order by u.pos) as columns
       from (${tenantTables}) t join pg_constraint k on k.conrelid = t.oid where k.contype in ('p', 'u', 'f')`,
    )
    // What is shared by all tenants (people) is pointed at by its own id; the organisation is the tenant itself.
    const toShared = new Set(['identity.person'])
    const wrong = keys.filter(
      (key) => key.columns[0] !== 'org_id' && !(key.kind === 'f' && toShared.has(key.target ?? '')),
    )
    expect(wrong).toEqual([])
  })

  it('the application owns nothing and can neither bypass the policies nor read the job tables', async () => {
    const client = new pg.Client({ connectionString: asApplicationUrl(world.ownerUrl) })
    await client.connect()
    try {
      const { rows } = await client.query(
        'select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user',
      )
      expect(rows).toEqual([
        { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false },
      ])
      await expect(client.query('select * from graphile_worker._private_jobs')).rejects.toThrow(
        'permission denied',
      )
      await expect(client.query('alter table holds.pool disable row level security')).rejects.toThrow(
        'must be owner',
      )
      await expect(client.query('set row_security = off; select * from holds.pool')).rejects.toThrow(
        'row-level security',
      )
      await expect(
        client.query('insert into platform.transition_rule values ($1, $1, $1, $1)', ['x']),
      ).rejects.toThrow('permission denied')
    } finally {
      await client.end()
    }
  })

  it('the database knows exactly the moves that the machines in the code have', async () => {
    const known = await world.asOwner<{ rule: string }>(
      `select concat_ws(' ', entity, from_state, event, to_state) as rule from platform.transition_rule`,
    )
    const wanted = machines
      .flatMap(rulesOf)
      .map((rule) => `${rule.table} ${rule.from} ${rule.event} ${rule.to}`)
    expect(known.map((one) => one.rule).toSorted()).toEqual(wanted.toSorted())
  })

  it('every state that a machine has is a state that its table takes, and the other way round', async () => {
    for (const { table, machine } of machines) {
      const checks = await world.asOwner<{ definition: string }>(
        `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = $1::regclass and contype = 'c' and conname like '%state_check'`,
        [table.replace('orders.order', 'orders."order"')],
      )
      const states = [...(checks[0]?.definition ?? '').matchAll(/'([a-z_]+)'::text/g)].map(
        (match) => match[1] ?? '',
      )
      expect([table, states.toSorted()]).toEqual([table, Object.keys(machine).toSorted()])
    }
  })
})

describe('migrations', () => {
  it('many processes may start at once on an empty database: each migration runs once', async () => {
    const serverUrl = inject('postgresUrl')
    const admin = new pg.Client({ connectionString: serverUrl })
    await admin.connect()
    const name = `m_${process.pid}`
    await admin.query(`create database ${name}`)
    const ownerUrl = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).toString()
    try {
      const starts = await Promise.all(
        Array.from({ length: 4 }, () =>
          migrate({ ownerUrl, applicationPassword: 'for-tests-only', machines }),
        ),
      )
      const applied = starts.flatMap((start) => start.applied)
      expect(applied.toSorted()).toEqual((await migrationFiles()).map((file) => file.name))
    } finally {
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    }
  })
})
