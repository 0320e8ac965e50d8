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
  /** Whether `mac` gave this, under the current master key or an earlier one: what was handed out outlives a rotation. */
  isMac(purpose: string, data: string | Buffer, mac: string): boolean
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
  if (masterKeys.some((key) => key.length < 32)) throw new Error('a master key has 32 bytes or more')
  const masters = masterKeys.map((bytes) => ({ id: keyId(bytes), bytes }))
  const newest = masters[0] as Master
  const derived = new Map<string, Buffer>()
  const derive = (master: Master, purpose: string): Buffer => {
    const name = `${master.id}:${purpose}`
    let key = derived.get(name)
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', master.bytes, 'tessera', purpose, 32))
      derived.set(name, key)
    }
    return key
  }
  const macWith = (master: Master, purpose: string, data: string | Buffer): string => {
    const hmac = createHmac('sha256', derive(master, `mac:${purpose}`))
    return hmac.update(data).digest('hex')
  }
  return {
    currentKeyId: newest.id,
    mac: (purpose, data) => macWith(newest, purpose, data),
    isMac: (purpose, data, mac) => masters.some((master) => sameSecret(macWith(master, purpose, data), mac)),
    encrypt: (purpose, plain, context) => {
      const key = derive(newest, `encrypt:${purpose}`)
      return ['t1', newest.id, ...seal(key, plain, context)].join('.')
    },
    decrypt(purpose, text, context) {
      const [version, id, iv, body] = text.split('.')
      const master = masters.find((one) => one.id === id)
      if (version !== 't1' || !master || !iv || !body)
        throw new Error('this ciphertext names a key that is not here')
      return open(derive(master, `encrypt:${purpose}`), iv, body, context)
    },
    derive: (purpose) => derive(newest, purpose),
  }
}

interface Master {
  id: string
  bytes: Buffer
}

const cipherName = 'aes-256-gcm'
const tagLength = 16

function seal(key: Buffer, plain: Buffer, context: string): [iv: string, body: string] {
  const iv = randomBytes(12)
  const cipher = createCipheriv(cipherName, key, iv)
  cipher.setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return [iv.toString('base64url'), body.toString('base64url')]
}

function open(key: Buffer, iv: string, body: string, context: string): Buffer {
  const bytes = Buffer.from(body, 'base64url')
  // A shorter tag would be easier to guess; the length is said, so that the cipher refuses one.
  const decipher = createDecipheriv(cipherName, key, Buffer.from(iv, 'base64url'), {
    authTagLength: tagLength,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(-tagLength))
  return Buffer.concat([decipher.update(bytes.subarray(0, -tagLength)), decipher.final()])
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
