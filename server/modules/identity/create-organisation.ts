import { randomBytes } from 'node:crypto'
import type { Tx } from '#platform/database'
import { newId, type OrgId, type PersonId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { organisationCreated } from './events.ts'
import { claimSlug, insertMember, insertOrganisation } from './identity-store.ts'
import { slugFrom, type Organisation } from './organisation.ts'
import { organisationProblems } from './problems.ts'

/** Without a slug one is made of the name. Where nothing else is said: English, half up, no colour. */
export type NewOrganisation = Pick<Organisation, 'name' | 'currency' | 'country'> & Partial<Organisation>

/**
 * Makes an organisation, with its first owner if one is named. `tx` works for the organisation's own id, which the
 * caller chose (`withOrg(db, newOrgId(), tx => ...)`). Refuses with organisations.slug-taken.
 */
export async function createOrganisation(
  { events }: Pick<Platform, 'events'>,
  tx: Tx,
  orgId: OrgId,
  wanted: NewOrganisation,
  owner?: PersonId,
): Promise<Organisation> {
  const organisation: Organisation = {
    about: '',
    accentColor: null,
    websiteUrl: null,
    locale: 'en',
    rounding: 'half_up',
    ...wanted,
    id: orgId,
    slug: await findSlug(tx, orgId, wanted),
  }
  await insertOrganisation(tx, organisation)
  if (owner !== undefined) await insertMember(tx, orgId, owner, 'owner')
  const actor = owner === undefined ? 'system' : `person:${owner}`
  await events.emit(tx, orgId, organisationCreated, [{ organisationId: orgId, actor }])
  return organisation
}

export function newOrgId(): OrgId {
  return newId<OrgId>()
}

async function findSlug(tx: Tx, orgId: OrgId, { name, slug }: NewOrganisation): Promise<string> {
  if (slug !== undefined) {
    if (await claimSlug(tx, orgId, slug)) return slug
    throw organisationProblems.slugTaken({ field: '/slug' })
  }
  for (const suffix of ['', '2', '3', randomBytes(4).toString('hex')]) {
    const candidate = slugFrom(name, suffix)
    if (await claimSlug(tx, orgId, candidate)) return candidate
  }
  throw organisationProblems.slugTaken({ field: '/slug' })
}
