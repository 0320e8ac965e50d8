import { typeidUnboxed } from 'typeid-js'

/** A new id made by the client ("hld_...", "scn_..."): a TypeID over UUIDv7, and the request's idempotency key. */
export function newId(prefix: 'hld' | 'scn'): string {
  return typeidUnboxed(prefix)
}
