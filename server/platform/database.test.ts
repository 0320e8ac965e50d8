import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPlatform, withOrg } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { testPlatform, type TestPlatform } from '../tests/harness.ts'

describe('tenants', () => {
  let world: TestPlatform
  beforeAll(async () => {
    world = await testPlatform({
      through: '0001',
      machines: [{ table: 'public.door', machine: { open: { shut: 'closed' }, closed: {} } }],
    })
    await world.asOwner(`
      create table door (org_id uuid not null, id uuid not null, state text not null, state_seq integer not null default 0, primary key (org_id, id));
      select platform.tenant_table('door'); select platform.audit_state('door');
      grant usage on schema public to tessera_app, tessera_platform`)
  })
  afterAll(() => world.close())

  const insert = (org: OrgId, id = newId()) =>
    withOrg(world.db, org, async (tx) => {
      await sql`insert into door (org_id, id, state) values (${org}, ${id}, 'open')`.execute(tx)
      return id
    })

  it('one tenant cannot see, change or write rows of another, and the platform sees all', async () => {
    const [ours, theirs] = [newId<OrgId>(), newId<OrgId>()]
    const id = await insert(ours)
    await withOrg(world.db, theirs, async (tx) => {
      expect((await sql`select * from door where id = ${id}`.execute(tx)).rows).toEqual([])
      expect(
        (await sql`update door set state = 'closed' where id = ${id} returning id`.execute(tx)).rows,
      ).toEqual([])
    })
    await expect(
      withOrg(world.db, theirs, (tx) =>
        sql`insert into door (org_id, id, state) values (${ours}, ${newId()}, 'open')`.execute(tx),
      ),
    ).rejects.toThrow('row-level security')
    const seen = await asPlatform(world.db, (tx) => sql`select * from door where id = ${id}`.execute(tx))
    expect(seen.rows).toHaveLength(1)
  })

  it('without a tenant nothing is seen, and the setting does not outlive its transaction', async () => {
    await insert(newId<OrgId>())
    expect((await sql`select * from door`.execute(world.db.kysely)).rows).toEqual([])
  })

  it('a move that the machine lacks is refused by the database, one that it has is written down with its actor', async () => {
    const org = newId<OrgId>()
    const id = await insert(org)
    await withOrg(world.db, org, async (tx) => {
      await sql`select set_config('app.actor', 'person:steward', true)`.execute(tx)
      await sql`update door set state = 'closed' where id = ${id}`.execute(tx)
    })
    await expect(
      withOrg(world.db, org, (tx) => sql`update door set state = 'open' where id = ${id}`.execute(tx)),
    ).rejects.toThrow('cannot go from closed to open')
    const trail = await world.asOwner(
      'select from_state, to_state, event, actor, seq from platform.transition where entity_id = $1',
      [id],
    )
    expect(trail).toEqual([
      { from_state: 'open', to_state: 'closed', event: 'shut', actor: 'person:steward', seq: 1 },
    ])
    await expect(world.asOwner('update platform.transition set actor = $1', ['nobody'])).rejects.toThrow(
      'append-only',
    )
  })
})
