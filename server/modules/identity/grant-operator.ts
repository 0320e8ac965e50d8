import { asPlatform, type Database } from '#platform/database'
import { deleteOperator, insertOperator, personByEmail, type Person } from './identity-store.ts'

/** Makes a person who has signed up an operator of the installation; undefined when nobody has this address. */
export async function grantOperator(
  db: Database,
  email: string,
  grantedBy: string,
): Promise<Person | undefined> {
  return asPlatform(db, async (tx) => {
    const person = await personByEmail(tx, email)
    if (person) await insertOperator(tx, person.id, grantedBy)
    return person
  })
}

/** Undefined when nobody has this address; `changed` is false when the person was no operator. */
export async function withdrawOperator(
  db: Database,
  email: string,
): Promise<(Person & { changed: boolean }) | undefined> {
  return asPlatform(db, async (tx) => {
    const person = await personByEmail(tx, email)
    return person && { ...person, changed: await deleteOperator(tx, person.id) }
  })
}
