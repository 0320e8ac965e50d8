import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/**
 * One master key per installation; a key per purpose is derived from it (HKDF-SHA256, RFC 5869). Each ciphertext names
 * the master key it was made under, so that keys can be rotated while old rows are still being re-encrypted.
 */
export interface Keys {
  /** Names the current master key without telling anything about it. */
  readonly currentKeyId: string
  /** A keyed hash, for looking up what must not be stored: hex, 64 characters. */
  mac(purpose: string, data: string | Buffer): string
  /** AES-256-GCM. `context` must be the same on the way back: it binds the secret to its row. */
  encrypt(purpose: string, plain: Buffer, context: string): string
  /** Throws when the key is unknown, or the text or its context was changed. */
  decrypt(purpose: string, text: string, context: string): Buffer
  /** A key of 32 bytes for a library that wants one. */
  derive(purpose: string): Buffer
}

/** `masterKeys`: the current one first, then older ones that rows may still name. Each at least 32 bytes. */
export function createKeys(masterKeys: readonly Buffer[]): Keys {
  const [current] = masterKeys
  if (!current) throw new Error('at least one master key is needed')
  const byId = new Map(masterKeys.map((key) => [keyId(key), key]))
  const derived = new Map<string, Buffer>()
  const derive = (master: Buffer, purpose: string): Buffer => {
    const name = `${keyId(master)}:${purpose}`
    let key = derived.get(name)
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', master, 'tessera', purpose, 32))
      derived.set(name, key)
    }
    return key
  }
  return {
    currentKeyId: keyId(current),
    mac: (purpose, data) =>
      createHmac('sha256', derive(current, `mac:${purpose}`))
        .update(data)
        .digest('hex'),
    encrypt(purpose, plain, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', derive(current, `encrypt:${purpose}`), iv)
      cipher.setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return `t1.${keyId(current)}.${iv.toString('base64url')}.${body.toString('base64url')}`
    },
    decrypt(purpose, text, context) {
      const [version, id, iv, body] = text.split('.')
      const master = id === undefined ? undefined : byId.get(id)
      if (version !== 't1' || !master || !iv || !body)
        throw new Error('this ciphertext names a key that is not here')
      const bytes = Buffer.from(body, 'base64url')
      const decipher = createDecipheriv(
        'aes-256-gcm',
        derive(master, `encrypt:${purpose}`),
        Buffer.from(iv, 'base64url'),
      )
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
    },
    derive: (purpose) => derive(current, purpose),
  }
}

function keyId(master: Buffer): string {
  return Buffer.from(hkdfSync('sha256', master, 'tessera', 'key-id', 6)).toString('hex')
}

/** A secret nobody can guess: 32 bytes, safe in an address. */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** For secrets with enough randomness of their own (keys we made), a plain hash is enough to keep them out of the database. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Compares without telling by its time where the difference is. */
export function sameSecret(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest()
  const b = createHash('sha256').update(right).digest()
  return timingSafeEqual(a, b)
}
