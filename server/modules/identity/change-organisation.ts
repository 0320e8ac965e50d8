import { withOrg } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { organisationChanged } from './events.ts'
import { claimSlug, lockOrganisation, updateOrganisation } from './identity-store.ts'
import type { Organisation } from './organisation.ts'
import { organisationProblems } from './problems.ts'

export type OrganisationChange = Partial<Omit<Organisation, 'id'>>

/**
 * Changes what is named and leaves the rest. A new currency or rounding counts for what is made from now on.
 * An earlier slug keeps leading here, since it is printed somewhere. Refuses with organisations.slug-taken.
 */
export async function changeOrganisation(
  { db, events }: Pick<Platform, 'db' | 'events'>,
  orgId: OrgId,
  change: OrganisationChange,
  actor: string,
): Promise<Organisation> {
  return withOrg(db, orgId, async (tx) => {
    const before = await lockOrganisation(tx, orgId)
    if (!before) throw requestProblems.notFound()
    if (change.slug !== undefined && !(await claimSlug(tx, orgId, change.slug))) {
      throw organisationProblems.slugTaken({ field: '/slug' })
    }
    const after: Organisation = { ...before, ...change }
    const names = Object.keys(change) as (keyof OrganisationChange)[]
    const fields = names.filter((name) => before[name] !== after[name])
    if (fields.length === 0) return before
    await updateOrganisation(tx, after)
    await events.emit(tx, orgId, organisationChanged, [{ organisationId: orgId, fields, actor }])
    return after
  })
}
