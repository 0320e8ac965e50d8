import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import type { Id, OrgId, PersonId } from '#platform/ids'
import type { Organisation } from './organisation.ts'
import type { Permission, Role } from './permission-table.ts'

export type KeyId = Id<'key'>

export interface Person {
  id: PersonId
  name: string
  email: string
}

export interface PersonWithRights extends Person {
  operator: boolean
  memberships: { orgId: OrgId; role: Role }[]
}

// ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Asked as the platform: nobody knows the tenant yet. The database's own time decides, as the sign-in library's does. */
export async function personOfSession(tx: Tx, tokenHash: string): Promise<PersonWithRights | undefined> {
  const { rows } = await sql<PersonWithRights>`
    select p.id, p.name, p.email,
           exists (select from identity.operator o where o.person_id = p.id) as operator,
           coalesce((select json_agg(json_build_object('orgId', m.org_id, 'role', m.role))
                     from identity.membership m where m.person_id = p.id), '[]'::json) as memberships
    from identity.session s join identity.person p on p.id = s.person_id
    where s.token_hash = ${tokenHash} and s.expires_at > clock_timestamp()`.execute(tx)
  return rows[0]
}

export async function personByEmail(tx: Tx, email: string): Promise<Person | undefined> {
  const { rows } = await sql<Person>`
    select id, name, email from identity.person where email = ${email.toLowerCase()}`.execute(tx)
  return rows[0]
}

export async function personById(tx: Tx, id: PersonId): Promise<Person | undefined> {
  const { rows } = await sql<Person>`select id, name, email from identity.person where id = ${id}`.execute(tx)
  return rows[0]
}

export interface MembershipOfPerson {
  orgId: OrgId
  slug: string
  name: string
  role: Role
}

/** Asked as the platform: where a person works crosses tenants. */
export async function membershipsOfPerson(tx: Tx, personId: PersonId): Promise<MembershipOfPerson[]> {
  const { rows } = await sql<MembershipOfPerson>`
    select o.org_id, o.slug, o.name, m.role
    from identity.membership m join identity.organisation o on o.org_id = m.org_id
    where m.person_id = ${personId} order by o.name, o.org_id`.execute(tx)
  return rows
}

export async function deleteEndedSessions(tx: Tx): Promise<void> {
  await sql`delete from identity.session where expires_at < clock_timestamp()`.execute(tx)
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────────

export async function insertOperator(tx: Tx, personId: PersonId, grantedBy: string): Promise<void> {
  await sql`insert into identity.operator (person_id, granted_by) values (${personId}, ${grantedBy})
            on conflict (person_id) do nothing`.execute(tx)
}

export async function deleteOperator(tx: Tx, personId: PersonId): Promise<boolean> {
  const { rows } =
    await sql`delete from identity.operator where person_id = ${personId} returning 1 as one`.execute(tx)
  return rows.length > 0
}

// ── Organisations ───────────────────────────────────────────────────────────────────────────────────────────────────

const organisationColumns = sql`org_id as id, slug, name, about, accent_color, website_url, locale, currency, country, rounding`

/** False when another organisation has the slug. An organisation's own earlier slugs stay its own, so old links work. */
export async function claimSlug(tx: Tx, orgId: OrgId, slug: string): Promise<boolean> {
  await sql`insert into platform.directory (kind, key, org_id, target)
            values ('organiser-slug', ${slug}, ${orgId}, ${orgId}) on conflict (kind, key) do nothing`.execute(
    tx,
  )
  return (await orgIdOfSlug(tx, slug)) === orgId
}

export async function orgIdOfSlug(tx: Tx, slug: string): Promise<OrgId | undefined> {
  const { rows } = await sql<{ orgId: OrgId }>`
    select org_id from platform.directory where kind = 'organiser-slug' and key = ${slug}`.execute(tx)
  return rows[0]?.orgId
}

export async function insertOrganisation(tx: Tx, org: Organisation): Promise<void> {
  await sql`
    insert into identity.organisation (org_id, slug, name, about, accent_color, website_url, locale, currency, country, rounding)
    values (${org.id}, ${org.slug}, ${org.name}, ${org.about}, ${org.accentColor}, ${org.websiteUrl}, ${org.locale},
            ${org.currency}, ${org.country}, ${org.rounding})`.execute(tx)
}

export async function organisationById(tx: Tx, orgId: OrgId): Promise<Organisation | undefined> {
  const { rows } = await sql<Organisation>`
    select ${organisationColumns} from identity.organisation where org_id = ${orgId}`.execute(tx)
  return rows[0]
}

/** Whoever changes members or the organisation itself waits here for the one before. */
export async function lockOrganisation(tx: Tx, orgId: OrgId): Promise<Organisation | undefined> {
  const { rows } = await sql<Organisation>`
    select ${organisationColumns} from identity.organisation where org_id = ${orgId} for update`.execute(tx)
  return rows[0]
}

export async function updateOrganisation(tx: Tx, org: Organisation): Promise<void> {
  await sql`
    update identity.organisation set slug = ${org.slug}, name = ${org.name}, about = ${org.about},
      accent_color = ${org.accentColor}, website_url = ${org.websiteUrl}, locale = ${org.locale}, currency = ${org.currency},
      country = ${org.country}, rounding = ${org.rounding}, updated_at = clock_timestamp()
    where org_id = ${org.id}`.execute(tx)
}

// ── Members ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Member extends Person {
  role: Role
  since: Date
}

export async function membersOf(tx: Tx, orgId: OrgId): Promise<Member[]> {
  const { rows } = await sql<Member>`
    select p.id, p.name, p.email, m.role, m.created_at as since
    from identity.membership m join identity.person p on p.id = m.person_id
    where m.org_id = ${orgId} order by p.name, p.id limit 1000`.execute(tx)
  return rows
}

export async function memberOf(tx: Tx, orgId: OrgId, personId: PersonId): Promise<Member | undefined> {
  const { rows } = await sql<Member>`
    select p.id, p.name, p.email, m.role, m.created_at as since
    from identity.membership m join identity.person p on p.id = m.person_id
    where m.org_id = ${orgId} and m.person_id = ${personId}`.execute(tx)
  return rows[0]
}

/** False when the person was a member already. */
export async function insertMember(tx: Tx, orgId: OrgId, personId: PersonId, role: Role): Promise<boolean> {
  const { rows } = await sql`
    insert into identity.membership (org_id, person_id, role) values (${orgId}, ${personId}, ${role})
    on conflict (org_id, person_id) do nothing returning 1 as one`.execute(tx)
  return rows.length > 0
}

export async function updateMemberRole(tx: Tx, orgId: OrgId, personId: PersonId, role: Role): Promise<void> {
  await sql`update identity.membership set role = ${role} where org_id = ${orgId} and person_id = ${personId}`.execute(
    tx,
  )
}

export async function deleteMember(tx: Tx, orgId: OrgId, personId: PersonId): Promise<void> {
  await sql`delete from identity.membership where org_id = ${orgId} and person_id = ${personId}`.execute(tx)
}

export async function countOwners(tx: Tx, orgId: OrgId): Promise<number> {
  const { rows } = await sql<{ owners: number }>`
    select count(*) as owners from identity.membership where org_id = ${orgId} and role = 'owner'`.execute(tx)
  return rows[0]?.owners ?? 0
}

// ── API keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ApiKey {
  id: KeyId
  name: string
  scopes: Permission[]
  hint: string
  createdAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

const keyColumns = sql`id, name, scopes, hint, created_at, last_used_at, revoked_at`

export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'scopes' | 'hint' | 'createdAt'> {
  createdBy: string
  secretHash: string
}

export async function insertKey(tx: Tx, orgId: OrgId, key: NewApiKey): Promise<void> {
  await sql`
    insert into identity.api_key (org_id, id, name, scopes, hint, created_by, created_at)
    values (${orgId}, ${key.id}, ${key.name}, ${key.scopes}::text[], ${key.hint}, ${key.createdBy}, ${key.createdAt})`.execute(
    tx,
  )
  await sql`
    insert into platform.directory (kind, key, org_id, target) values ('api-key', ${key.secretHash}, ${orgId}, ${key.id})`.execute(
    tx,
  )
}

export async function keysOf(tx: Tx, orgId: OrgId): Promise<ApiKey[]> {
  const { rows } = await sql<ApiKey>`
    select ${keyColumns} from identity.api_key where org_id = ${orgId} order by id desc limit 1000`.execute(
    tx,
  )
  return rows
}

/** Asked as the platform: the hash is all that a request brings. */
export async function keyBySecretHash(
  tx: Tx,
  secretHash: string,
): Promise<(ApiKey & { orgId: OrgId }) | undefined> {
  const { rows } = await sql<ApiKey & { orgId: OrgId }>`
    select k.org_id, k.id, k.name, k.scopes, k.hint, k.created_at, k.last_used_at, k.revoked_at
    from platform.directory d join identity.api_key k on k.org_id = d.org_id and k.id = d.target
    where d.kind = 'api-key' and d.key = ${secretHash} and k.revoked_at is null`.execute(tx)
  return rows[0]
}

/** Undefined when there is no such key or it was revoked before. */
/** Ends every living key that somebody made. */
export async function revokeKeysOf(tx: Tx, orgId: OrgId, madeBy: string, by: string): Promise<void> {
  await sql`
    update identity.api_key set revoked_at = clock_timestamp(), revoked_by = ${by}
    where org_id = ${orgId} and created_by = ${madeBy} and revoked_at is null`.execute(tx)
}

export async function revokeKey(
  tx: Tx,
  orgId: OrgId,
  id: KeyId,
  by: string,
  now: Date,
): Promise<ApiKey | undefined> {
  const { rows } = await sql<ApiKey>`
    update identity.api_key set revoked_at = ${now}, revoked_by = ${by}
    where org_id = ${orgId} and id = ${id} and revoked_at is null returning ${keyColumns}`.execute(tx)
  await sql`delete from platform.directory where kind = 'api-key' and org_id = ${orgId} and target = ${id}`.execute(
    tx,
  )
  return rows[0]
}

export async function keyById(tx: Tx, orgId: OrgId, id: KeyId): Promise<ApiKey | undefined> {
  const { rows } = await sql<ApiKey>`
    select ${keyColumns} from identity.api_key where org_id = ${orgId} and id = ${id}`.execute(tx)
  return rows[0]
}

/** At most once a minute, so that a busy key is not one row everybody writes. */
export async function touchKey(tx: Tx, orgId: OrgId, id: KeyId, now: Date): Promise<void> {
  await sql`
    update identity.api_key set last_used_at = ${now}
    where org_id = ${orgId} and id = ${id} and (last_used_at is null or last_used_at < ${now}::timestamptz - interval '1 minute')`.execute(
    tx,
  )
}
