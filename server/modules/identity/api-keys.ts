import { newSecret, sha256 } from '#platform/crypto'
import type { Tx } from '#platform/database'
import type { Caller } from '#platform/http'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { apiKeyCreated, apiKeyRevoked } from './events.ts'
import { insertKey, keyById, revokeKey, type ApiKey, type KeyId } from './identity-store.ts'
import type { Permission } from './permission-table.ts'
import { keyProblems } from './problems.ts'

type Deps = Pick<Platform, 'clock' | 'events'>

/** The secret is in this answer and nowhere else, ever. Refuses with keys.scope-too-wide. */
export async function createApiKey(
  { clock, events }: Deps,
  tx: Tx,
  orgId: OrgId,
  wanted: { name: string; scopes: readonly Permission[] },
  caller: Caller,
): Promise<{ key: ApiKey; secret: string }> {
  const tooWide = wanted.scopes.filter((scope) => !caller.can(scope, orgId))
  if (tooWide.length > 0)
    throw keyProblems.scopeTooWide({ field: '/scopes', detail: `You lack ${tooWide.join(', ')}.` })
  const secret = `tsk_${newSecret(32)}`
  const key = {
    id: newId<KeyId>(),
    name: wanted.name,
    scopes: [...new Set(wanted.scopes)],
    hint: secret.slice(-4),
    createdAt: clock.now(),
  }
  await insertKey(tx, orgId, { ...key, createdBy: caller.actor, secretHash: sha256(secret) })
  await events.emit(tx, orgId, apiKeyCreated, [{ keyId: key.id, scopes: key.scopes, actor: caller.actor }])
  return { key: { ...key, lastUsedAt: null, revokedAt: null }, secret }
}

/** Safe to repeat. In this process the key stops at once, in others within five seconds. */
export async function revokeApiKey(
  { clock, events }: Deps,
  tx: Tx,
  orgId: OrgId,
  id: KeyId,
  caller: Caller,
): Promise<ApiKey> {
  const revoked = await revokeKey(tx, orgId, id, caller.actor, clock.now())
  if (revoked) {
    await events.emit(tx, orgId, apiKeyRevoked, [{ keyId: id, actor: caller.actor }])
    return revoked
  }
  const key = await keyById(tx, orgId, id)
  if (!key) throw requestProblems.notFound()
  return key
}
