import { withOrg } from '#platform/database'
import { newId, type Id, type OrgId } from '#platform/ids'
import { readEventForSale, type EventForSale } from '#modules/catalog'
import type { TestPlatform } from './harness.ts'

export interface PoolFixture {
  id: Id<'pol'>
  capacity: number
}

export interface SellingEvent {
  orgId: OrgId
  event: EventForSale
  /** Ticket type ids by the name that the test gave. */
  types: Record<string, Id<'tty'>>
  pools: Record<string, PoolFixture>
}

export interface EventFixture {
  /** Pools and their capacity. */
  pools?: Record<string, number>
  /** Ticket types: price in minor units, and the pools that it draws from. */
  types?: Record<
    string,
    { price: number; pools: string[]; max?: number; min?: number; saleEndsAt?: Date; saleStartsAt?: Date }
  >
  currency?: string
  /** When it begins; in thirty days unless told. The doors open an hour before. */
  startsInMinutes?: number
}

const day = 86_400_000

/** A published event with stock, written past the operations: for tests of the modules that sell it. */
export async function aSellingEvent(world: TestPlatform, wanted: EventFixture = {}): Promise<SellingEvent> {
  return sellEvent(world, wanted)
}

type Ground = Pick<TestPlatform, 'db' | 'clock'> & {
  asOwner(sql: string, values: unknown[]): Promise<unknown>
}

/** The same on any ground that can write as the owner. */
export async function sellEvent(world: Ground, wanted: EventFixture = {}): Promise<SellingEvent> {
  const pools = wanted.pools ?? { hall: 100 }
  const types = wanted.types ?? { standard: { price: 4500, pools: ['hall'] } }
  const orgId = newId<OrgId>()
  const now = world.clock.now()
  const currency = wanted.currency ?? 'EUR'
  const startsAt = new Date(now.getTime() + (wanted.startsInMinutes ?? 30 * 1440) * 60_000)
  await world.asOwner(
    `insert into identity.organisation (org_id, slug, name, currency, country) values ($1, $2, 'Club Nord', $3, 'DE')`,
    [orgId, `o-${orgId}`, currency],
  )
  const [terms, policy, eventId] = [newId(), newId(), newId<Id<'evt'>>()]
  await world.asOwner(`insert into catalog.terms_version values ($1, $2, 1, 'Be kind.', $3, 'test')`, [
    orgId,
    terms,
    now,
  ])
  await world.asOwner(
    `insert into catalog.refund_policy_version values ($1, $2, 1, 'none', null, false, 'No refunds.', $3, 'test')`,
    [orgId, policy, now],
  )
  await world.asOwner(
    `insert into catalog.event (org_id, id, slug, name, time_zone, doors_at, starts_at, ends_at, currency, terms_id, refund_policy_id, state, published_at, created_at, updated_at)
     values ($1, $2, $3, 'Open Air', 'Europe/Berlin', $4, $5, $6, $7, $8, $9, 'published', $10, $10, $10)`,
    [
      orgId,
      eventId,
      `open-air-${eventId}`,
      new Date(startsAt.getTime() - day / 24),
      startsAt,
      new Date(startsAt.getTime() + day / 4),
      currency,
      terms,
      policy,
      now,
    ],
  )
  await world.asOwner(
    `insert into platform.directory values ('event', $1::text, $2, $1::uuid) on conflict do nothing`,
    [eventId, orgId],
  )
  const poolIds: Record<string, PoolFixture> = {}
  for (const [name, capacity] of Object.entries(pools)) {
    const id = newId<Id<'pol'>>()
    poolIds[name] = { id, capacity }
    await world.asOwner(
      `insert into holds.pool (org_id, id, event_id, name, capacity) values ($1, $2, $3, $4, $5)`,
      [orgId, id, eventId, name, capacity],
    )
  }
  const typeIds: Record<string, Id<'tty'>> = {}
  for (const [position, [name, type]] of Object.entries(types).entries()) {
    const id = newId<Id<'tty'>>()
    typeIds[name] = id
    await world.asOwner(
      `insert into catalog.ticket_type (org_id, id, event_id, name, kind, price, sale_starts_at, sale_ends_at, min_per_order, max_per_order, admits, position, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)`,
      [
        orgId,
        id,
        eventId,
        name,
        type.price === 0 ? 'free' : 'paid',
        type.price,
        type.saleStartsAt ?? null,
        type.saleEndsAt ?? null,
        type.min ?? 1,
        type.max ?? 10,
        position,
        now,
      ],
    )
    for (const pool of type.pools) {
      await world.asOwner(`insert into holds.pool_draw values ($1, $2, $3)`, [orgId, id, poolIds[pool]?.id])
    }
  }
  const event = await withOrg(world.db, orgId, (tx) => readEventForSale(tx, orgId, eventId))
  if (!event) throw new Error('the fixture wrote an event that cannot be read')
  return { orgId, event, types: typeIds, pools: poolIds }
}

/** What a pool's counters are, past row-level security. */
export async function poolCounters(
  world: Pick<TestPlatform, 'asOwner'>,
  pool: PoolFixture | undefined,
): Promise<{ held: number; sold: number; capacity: number }> {
  const [row] = await world.asOwner<{ held: number; sold: number; capacity: number }>(
    'select held, sold, capacity from holds.pool where id = $1',
    [pool?.id],
  )
  if (!row) throw new Error('no such pool')
  return row
}
