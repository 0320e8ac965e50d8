import { asPlatform, type Database } from '#platform/database'
import type { PersonId } from '#platform/ids'
import { authProblems } from '#platform/problem'
import { membershipsOfPerson, personById, type MembershipOfPerson, type Person } from './identity-store.ts'

/** A person and where they work; crosses tenants, so it runs as the platform. Refuses with auth.sign-in-required. */
export async function readMe(
  db: Database,
  id: PersonId,
): Promise<{ person: Person; memberships: MembershipOfPerson[] }> {
  return asPlatform(db, async (tx) => {
    const person = await personById(tx, id)
    if (!person) throw authProblems.signInRequired()
    return { person, memberships: await membershipsOfPerson(tx, id) }
  })
}
