const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id made by the client ("hld_...", "scn_..."), which is the request's idempotency key: a TypeID, that
 * is a UUIDv7 (48 bits of time, then randomness) in Crockford's base 32. Written out here because the
 * library brings every other kind of UUID to each fan's telephone.
 */
export function newId(prefix: 'hld' | 'scn', time: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let i = 0, rest = time; i < 6; i += 1, rest = Math.floor(rest / 256)) bytes[5 - i] = rest % 256
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  let value = bytes.reduce<bigint>((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let text = ''
  for (let i = 0; i < 26; i += 1, value >>= 5n) text = ALPHABET.charAt(Number(value & 31n)) + text
  return `${prefix}_${text}`
}
