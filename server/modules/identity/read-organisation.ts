import { asPlatform, type Database, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { requestProblems } from '#platform/problem'
import { organisationById, orgIdOfSlug } from './identity-store.ts'
import type { Organisation } from './organisation.ts'

/** Refuses with request.not-found. */
export async function readOrganisation(tx: Tx, orgId: OrgId): Promise<Organisation> {
  const organisation = await organisationById(tx, orgId)
  if (!organisation) throw requestProblems.notFound()
  return organisation
}

/** By its present slug or an earlier one; undefined when nobody has it. Works without a tenant. */
export async function findOrganisationBySlug(db: Database, slug: string): Promise<Organisation | undefined> {
  return asPlatform(db, async (tx) => {
    const orgId = await orgIdOfSlug(tx, slug)
    return orgId === undefined ? undefined : organisationById(tx, orgId)
  })
}
