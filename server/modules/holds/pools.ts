import { brokenConstraint, withOrg, type Database, type Tx } from '#platform/database'
import { newId, publicId, type OrgId } from '#platform/ids'
import { requestProblems, type Problem } from '#platform/problem'
import { readEventForSale } from '#modules/catalog'
import type { EventId, PoolId, TicketTypeId } from './hold.ts'
import * as store from './hold-store.ts'
import { holdsProblems } from './problems.ts'

/** Makes a pool of places. Refuses with holds.pool-name-taken. */
export async function createPool(
  tx: Tx,
  orgId: OrgId,
  pool: { eventId: EventId; name: string; capacity: number },
): Promise<PoolId> {
  const id = newId<PoolId>()
  try {
    await store.insertPool(tx, orgId, { id, ...pool })
  } catch (error) {
    if (brokenConstraint(error) === 'pool_org_id_event_id_name_key')
      throw holdsProblems.poolNameTaken({ field: '/name' })
    if (brokenConstraint(error) === 'pool_org_id_event_id_fkey') throw requestProblems.notFound()
    throw error
  }
  return id
}

/** Changes a pool's size; never below what is sold and held (holds.pool-too-small). */
export async function resizePool(
  db: Database,
  orgId: OrgId,
  eventId: EventId,
  poolId: PoolId,
  capacity: number,
): Promise<void> {
  await withOrg(db, orgId, async (tx) => {
    const pool = (await store.lockPools(tx, orgId, eventId)).find((one) => one.id === poolId)
    if (!pool) throw requestProblems.notFound()
    if (await store.resizePool(tx, orgId, poolId, capacity)) return
    throw holdsProblems.poolTooSmall({ field: '/capacity', extras: { sold: pool.sold, held: pool.held } })
  })
}

/** Says which pools a ticket type draws from; only before its first hold or sale (holds.in-use). */
export async function setDraws(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
  ticketTypeId: TicketTypeId,
  poolIds: readonly PoolId[],
): Promise<void> {
  const pools = await store.lockPools(tx, orgId, eventId)
  for (const [index, id] of poolIds.entries()) {
    if (!pools.some((pool) => pool.id === id))
      throw requestProblems.invalid({ field: `/poolIds/${index}`, detail: 'This event has no such pool.' })
  }
  if (await store.typeIsInUse(tx, orgId, eventId, ticketTypeId)) throw holdsProblems.inUse()
  try {
    await store.replaceDraws(tx, orgId, ticketTypeId, poolIds)
  } catch (error) {
    if (brokenConstraint(error)?.includes('ticket_type')) throw requestProblems.notFound()
    throw error
  }
}

/** An event cannot be published while one of its ticket types draws from no pool. A check for catalog's publishing. */
export async function everyTypeHasPlaces(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
): Promise<Problem | undefined> {
  const event = await readEventForSale(tx, orgId, eventId)
  const draws = await store.readDraws(tx, orgId, eventId)
  const without = event?.ticketTypes.filter((type) => (draws.get(type.id) ?? []).length === 0) ?? []
  if (without.length === 0) return undefined
  return holdsProblems.noPlaces({
    detail: `These ticket types draw from no pool: ${without.map((type) => type.name).join(', ')}.`,
    extras: { ticketTypeIds: without.map((type) => publicId('tty', type.id)) },
  })
}
