import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { generateEventKeys } from '@tessera/ticket-code'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { insertEventKey, readEventKey, type EventKeyRow } from './ticket-store.ts'
import type { EventId } from './ticket.ts'

type KeyDeps = Pick<Platform, 'keys' | 'clock'>

const purpose = 'event-key'

/**
 * The event's key, made when it is first needed. Two who need it at once get the same: the second waits for the first
 * in the primary key, and then reads what is there.
 */
export async function ensureEventKey(
  deps: KeyDeps,
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
): Promise<EventKeyRow> {
  const existing = await readEventKey(tx, orgId, eventId)
  if (existing) return existing
  const { privateKey, publicKey } = generateEventKeys()
  const sealed = deps.keys.encrypt(purpose, Buffer.from(privateKey), contextOf(orgId, eventId))
  await insertEventKey(
    tx,
    orgId,
    { eventId, publicKey: Buffer.from(publicKey), privateKey: sealed },
    deps.clock.now(),
  )
  const settled = await readEventKey(tx, orgId, eventId)
  if (!settled) throw new Error(`event ${eventId} has no key after one was made`)
  return settled
}

/** 32 secret bytes: for signing codes, at once and nowhere else. */
export function openPrivateKey(deps: Pick<Platform, 'keys'>, orgId: OrgId, key: EventKeyRow): Buffer {
  return deps.keys.decrypt(purpose, key.privateKey, contextOf(orgId, key.eventId))
}

/** Binds the ciphertext to its row: moved to another event's row, it opens nothing. */
function contextOf(orgId: OrgId, eventId: EventId): string {
  return `${orgId}/${eventId}`
}

// The fixed beginning of an Ed25519 public key in DER (RFC 8410); the 32 bytes follow.
const derHead = Buffer.from('302a300506032b6570032100', 'hex')

export function verifierOf(publicKey: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([derHead, publicKey]), format: 'der', type: 'spki' })
}

/**
 * Did the owner of this event's private key sign what was read? The layout is the shared package's; the signature is
 * checked by the runtime's own Ed25519, which takes a tenth of the time and so leaves the processor to more doors.
 */
export function isSignedWith(
  verifier: KeyObject,
  { signed, signature }: { signed: Uint8Array; signature: Uint8Array },
): boolean {
  return verify(null, signed, verifier, signature)
}
