import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actAs, withOrg, type Tx } from '#platform/database'
import { callerOf, type Access } from '#platform/http'
import { idempotently, type Answer } from '#platform/idempotency'
import { idOf, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import type { PublishCheck } from './publish-event.ts'

export interface CatalogDeps extends Pick<Platform, 'db' | 'clock' | 'events'> {
  /** What modules above demand before an event goes on sale. */
  publishChecks: readonly PublishCheck[]
}

export const mayRead: Access = { kind: 'permission', permission: 'catalog.read' }
export const mayWrite: Access = { kind: 'permission', permission: 'catalog.write' }

export const orgParams = z.object({ orgId: idOf('org') })
export const eventParams = z.object({ orgId: idOf('org'), eventId: idOf('evt') })

/** Work for the organisation in the name of whoever calls, so that the audit knows who it was. */
export async function asCaller<T>(
  deps: Pick<Platform, 'db'>,
  request: FastifyRequest,
  orgId: OrgId,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const { actor } = callerOf(request)
  return withOrg(deps.db, orgId, async (tx) => {
    await actAs(tx, actor)
    return work(tx)
  })
}

/** The same, once for each Idempotency-Key. */
export async function onceAsCaller<Body>(
  deps: Pick<Platform, 'db' | 'clock'>,
  request: FastifyRequest,
  orgId: OrgId,
  status: number,
  work: (tx: Tx) => Promise<Body>,
): Promise<Answer<Body>> {
  const { actor } = callerOf(request)
  return idempotently(deps, request, { caller: actor, orgId }, async (tx) => {
    await actAs(tx, actor)
    return { status, body: await work(tx) }
  })
}
