import { TypeID } from 'typeid-js'
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

/** `ord_01jd...`: how the outside world sees an id. */
export function publicId<P extends string>(prefix: P, id: Id<P>): string {
  return TypeID.fromUUID(prefix, id).toString()
}

/** The id behind its public form, or undefined when it is not one of that kind. */
export function parseId<P extends string>(prefix: P, text: string): Id<P> | undefined {
  try {
    return TypeID.fromString(text, prefix).toUUID() as Id<P>
  } catch {
    return undefined
  }
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
