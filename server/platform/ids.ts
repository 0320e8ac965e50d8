import { uuidv7 } from 'uuidv7'
import { z } from 'zod'

/** A uuid that names one kind of thing. Inside the server and the database ids are plain uuids; the prefix exists at the edge. */
export type Id<Prefix extends string> = string & { readonly __kind: Prefix }

export type OrgId = Id<'org'>
export type PersonId = Id<'per'>

/** A new id, sortable by the time it was made. */
export function newId<T extends Id<string>>(): T {
  return uuidv7() as T
}

// The alphabet of TypeID (https://github.com/jetify-com/typeid): Crockford's base32 in small letters, 26 of them for 128 bits.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const valueOf = new Map([...alphabet].map((letter, value) => [letter, value]))
const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * `ord_01jd...`: how the outside world sees an id. Written here and not taken from the library that the tests compare it
 * with, because every request of an on-sale passes through four of them.
 */
export function publicId<P extends string>(prefix: P, id: Id<P>): string {
  let text = `${prefix}_`
  // 128 bits in groups of five, with two zeros in front.
  let bits = 0
  let count = 2
  for (let index = 0; index < 36; index += 1) {
    const digit = id.charCodeAt(index)
    if (digit === 45) continue
    bits = (bits << 4) | (digit <= 57 ? digit - 48 : digit - 87)
    count += 4
    if (count >= 5) {
      count -= 5
      text += alphabet.charAt((bits >> count) & 31)
      bits &= (1 << count) - 1
    }
  }
  return text
}

/** The id behind its public form, or undefined when it is not one of that kind. */
export function parseId<P extends string>(prefix: P, text: string): Id<P> | undefined {
  const start = prefix.length + 1
  if (text.length !== start + 26 || !text.startsWith(prefix) || text.charAt(prefix.length) !== '_')
    return undefined
  // The first letter carries three bits only: 26 letters would hold 130.
  let bits = valueOf.get(text.charAt(start)) ?? 32
  if (bits > 7) return undefined
  let count = 3
  let uuid = ''
  for (let index = start + 1; index < start + 26; index += 1) {
    const value = valueOf.get(text.charAt(index))
    if (value === undefined) return undefined
    bits = (bits << 5) | value
    count += 5
    if (count >= 8) {
      count -= 8
      uuid += hexPairs[(bits >> count) & 255]
      bits &= (1 << count) - 1
    }
  }
  return `${uuid.slice(0, 8)}-${uuid.slice(8, 12)}-${uuid.slice(12, 16)}-${uuid.slice(16, 20)}-${uuid.slice(20)}` as Id<P>
}

/** A schema for a public id of one kind; what it gives is the id that the database knows. */
export function idOf<P extends string>(prefix: P) {
  return z
    .string()
    .max(64)
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `must be an id that begins with ${prefix}_`)
    .transform((text) => parseId(prefix, text) as Id<P>)
    .describe(`an id that begins with ${prefix}_`)
}

/** An id inside the server (in facts and jobs): a uuid without its prefix. */
export function uuidOf<P extends string>(): z.ZodType<Id<P>> {
  return z.uuid() as unknown as z.ZodType<Id<P>>
}

/** The answer's side of an id: a string that begins with the prefix. */
export function idAnswer(prefix: string) {
  return z.string().describe(`an id that begins with ${prefix}_`)
}
