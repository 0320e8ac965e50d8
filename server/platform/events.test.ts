import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withOrg } from '#platform/database'
import { defineEvent, when, within } from '#platform/events'
import { newId, type OrgId } from '#platform/ids'
import { testPlatform, type TestPlatform } from '../tests/harness.ts'

const bellRung = defineEvent('bellRung', 1, z.object({ times: z.number() }))

describe('events', () => {
  let world: TestPlatform
  const heard: number[] = []
  let failures = 1
  beforeAll(async () => {
    world = await testPlatform({
      through: '0001',
      reactions: () => [
        within(bellRung, async (_deps, tx, orgId, facts) => {
          for (const fact of facts)
            await sql`insert into echo (org_id, times) values (${orgId}, ${fact.times})`.execute(tx)
        }),
        when(bellRung, 'test.hear', async (_deps, _orgId, fact) => {
          if (failures-- > 0) throw new Error('not listening yet')
          heard.push(fact.times)
        }),
      ],
    })
    await world.asOwner(
      `create table echo (org_id uuid, times int); select platform.tenant_table('echo'); grant usage on schema public to tessera_app`,
    )
  })
  afterAll(() => world.close())

  it('what belongs to the fact happens in its transaction, and a rolled back fact leaves nothing, not even a job', async () => {
    const org = newId<OrgId>()
    await expect(
      withOrg(world.db, org, async (tx) => {
        await world.events.emit(tx, org, bellRung, [{ times: 7 }])
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    await world.settles()
    expect(await world.asOwner('select * from echo')).toEqual([])
    expect(await world.asOwner('select * from platform.outbox')).toEqual([])
    expect(heard).toEqual([])
  })

  it('what follows from the fact runs as a job of its own, and is tried again when it fails', async () => {
    const org = newId<OrgId>()
    await withOrg(world.db, org, (tx) => world.events.emit(tx, org, bellRung, [{ times: 1 }, { times: 2 }]))
    expect(await world.asOwner('select times from echo order by times')).toEqual([{ times: 1 }, { times: 2 }])
    await world.settles()
    expect(heard).toHaveLength(1)
    await world.asOwner('update graphile_worker._private_jobs set run_at = now()')
    await world.settles()
    expect(heard.toSorted((left, right) => left - right)).toEqual([1, 2])
  })
})
