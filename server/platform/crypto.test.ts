import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeys, newSecret, sameSecret, sha256 } from '#platform/crypto'

const keys = createKeys([Buffer.alloc(32, 1)])
const secret = Buffer.from('JBSWY3DPEHPK3PXP')

test('what was encrypted comes back, whatever it was', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.string(),
      fc.string({ minLength: 1 }),
      (plain, context, purpose) => {
        const text = keys.encrypt(purpose, Buffer.from(plain), context)
        expect(keys.decrypt(purpose, text, context)).toEqual(Buffer.from(plain))
      },
    ),
  )
})

test('the same secret twice gives two texts, so that nobody sees that they are the same', () => {
  expect(keys.encrypt('totp', secret, 'row 1')).not.toBe(keys.encrypt('totp', secret, 'row 1'))
})

test('no bit of a ciphertext can be changed unnoticed', () => {
  const text = keys.encrypt('totp', secret, 'row 1')
  const [version, id, iv, body] = text.split('.') as [string, string, string, string]
  const flipped = (part: string): string[] => {
    const bytes = Buffer.from(part, 'base64url')
    return [...bytes.keys()].map((index) => {
      const copy = Buffer.from(bytes)
      copy[index] = (copy[index] ?? 0) ^ 1
      return copy.toString('base64url')
    })
  }
  const forgeries = [
    ...flipped(iv).map((other) => [version, id, other, body].join('.')),
    ...flipped(body).map((other) => [version, id, iv, other].join('.')),
    // Cut off: GCM itself would take a shorter tag.
    ...[1, 4, 8, 12, 15, 16, 20].map((n) =>
      [version, id, iv, Buffer.from(body, 'base64url').subarray(0, -n).toString('base64url')].join('.'),
    ),
    [version, id, iv, Buffer.from(body, 'base64url').subarray(-8).toString('base64url')].join('.'),
    ['t2', id, iv, body].join('.'),
    [version, '000000000000', iv, body].join('.'),
    [version, id, iv].join('.'),
    '',
  ]
  for (const forgery of forgeries) expect(() => keys.decrypt('totp', forgery, 'row 1'), forgery).toThrow()
})

test('a ciphertext that is copied to another row, or used for another purpose, does not open', () => {
  const text = keys.encrypt('totp', secret, 'person:1')
  expect(() => keys.decrypt('totp', text, 'person:2')).toThrow()
  expect(() => keys.decrypt('webhook-secret', text, 'person:1')).toThrow()
})

test('after a rotation old rows can be read and new ones name the new key', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const before = createKeys([old])
  const during = createKeys([fresh, old])
  const after = createKeys([fresh])
  const row = before.encrypt('totp', secret, 'row 1')
  expect(during.decrypt('totp', row, 'row 1')).toEqual(secret)
  const rewritten = during.encrypt('totp', during.decrypt('totp', row, 'row 1'), 'row 1')
  expect(rewritten.split('.')[1]).toBe(during.currentKeyId)
  expect(after.decrypt('totp', rewritten, 'row 1')).toEqual(secret)
  expect(() => after.decrypt('totp', row, 'row 1')).toThrow('a key that is not here')
})

test('a link that was handed out before a rotation still fits, while the earlier key is listed', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const given = createKeys([old]).mac('guest-link', 'ord_1:1')
  const during = createKeys([fresh, old])
  expect(during.isMac('guest-link', 'ord_1:1', given)).toBe(true)
  expect(during.isMac('guest-link', 'ord_1:2', given)).toBe(false)
  expect(during.isMac('another-link', 'ord_1:1', given)).toBe(false)
  expect(createKeys([fresh]).isMac('guest-link', 'ord_1:1', given)).toBe(false)
  expect(during.isMac('guest-link', 'ord_1:1', '')).toBe(false)
})

test('a key tells its name and nothing else', () => {
  const master = randomBytes(32)
  const { currentKeyId } = createKeys([master])
  expect(currentKeyId).toMatch(/^[0-9a-f]{12}$/)
  expect(createKeys([Buffer.from(master)]).currentKeyId).toBe(currentKeyId)
  expect(master.toString('hex')).not.toContain(currentKeyId)
})

test('keys of two purposes have nothing to do with each other', () => {
  expect(keys.derive('a')).toHaveLength(32)
  expect(keys.derive('a')).toEqual(keys.derive('a'))
  expect(keys.derive('a')).not.toEqual(keys.derive('b'))
  expect(keys.mac('a', 'data')).not.toBe(keys.mac('b', 'data'))
})

test('short keys, and none, are refused', () => {
  expect(() => createKeys([])).toThrow()
  expect(() => createKeys([Buffer.alloc(31)])).toThrow()
  expect(() => createKeys([Buffer.alloc(32), Buffer.from('short')])).toThrow()
})

test('secrets are compared as a whole', () => {
  expect(sameSecret('a', 'a')).toBe(true)
  expect(sameSecret('a', 'ab')).toBe(false)
  expect(sameSecret('', 'a')).toBe(false)
})

test('new secrets are long, safe in an address, and never the same', () => {
  const many = new Set(Array.from({ length: 1000 }, () => newSecret()))
  expect(many.size).toBe(1000)
  for (const one of many) expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
