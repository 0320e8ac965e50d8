import type { Tx } from '#platform/database'
import type { Caller } from '#platform/http'
import type { OrgId, PersonId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { requestProblems } from '#platform/problem'
import { memberAdded, memberRemoved, memberRoleChanged } from './events.ts'
import {
  countOwners,
  deleteMember,
  insertMember,
  lockOrganisation,
  memberOf,
  personByEmail,
  revokeKeysOf,
  updateMemberRole,
  type Member,
} from './identity-store.ts'
import { permissionTable, type Role } from './permission-table.ts'
import { memberProblems } from './problems.ts'

type Deps = Pick<Platform, 'events'>

/** Refuses with members.unknown-person, members.already-member, members.role-too-high. */
export async function addMember(
  { events }: Deps,
  tx: Tx,
  orgId: OrgId,
  wanted: { email: string; role: Role },
  caller: Caller,
): Promise<Member> {
  refuseHigherRole(caller, orgId, wanted.role)
  const person = await personByEmail(tx, wanted.email)
  if (!person) throw memberProblems.unknownPerson({ field: '/email' })
  if (!(await insertMember(tx, orgId, person.id, wanted.role))) throw memberProblems.alreadyMember()
  await events.emit(tx, orgId, memberAdded, [{ personId: person.id, role: wanted.role, actor: caller.actor }])
  return existing(await memberOf(tx, orgId, person.id))
}

/** Refuses with members.role-too-high (for the old role or the new one) and members.last-owner. */
export async function changeMemberRole(
  { events }: Deps,
  tx: Tx,
  orgId: OrgId,
  wanted: { personId: PersonId; role: Role },
  caller: Caller,
): Promise<Member> {
  await lockOrganisation(tx, orgId)
  const before = existing(await memberOf(tx, orgId, wanted.personId))
  if (before.role === wanted.role) return before
  refuseHigherRole(caller, orgId, before.role)
  refuseHigherRole(caller, orgId, wanted.role)
  await updateMemberRole(tx, orgId, before.id, wanted.role)
  await refuseOwnerless(tx, orgId)
  await events.emit(tx, orgId, memberRoleChanged, [
    { personId: before.id, from: before.role, to: wanted.role, actor: caller.actor },
  ])
  return { ...before, role: wanted.role }
}

/** Refuses with members.role-too-high and members.last-owner. */
export async function removeMember(
  { events }: Deps,
  tx: Tx,
  orgId: OrgId,
  personId: PersonId,
  caller: Caller,
): Promise<void> {
  await lockOrganisation(tx, orgId)
  const before = existing(await memberOf(tx, orgId, personId))
  refuseHigherRole(caller, orgId, before.role)
  await deleteMember(tx, orgId, personId)
  await refuseOwnerless(tx, orgId)
  // Who leaves takes no key along.
  await revokeKeysOf(tx, orgId, `person:${personId}`, caller.actor)
  await events.emit(tx, orgId, memberRemoved, [{ personId, role: before.role, actor: caller.actor }])
}

function existing(member: Member | undefined): Member {
  if (!member) throw requestProblems.notFound()
  return member
}

/** Nobody hands out, or takes from others, more than they have: a manager makes no owner and unmakes none. */
function refuseHigherRole(caller: Caller, orgId: OrgId, role: Role): void {
  const missing = permissionTable[role].filter((permission) => !caller.can(permission, orgId))
  if (missing.length > 0) throw memberProblems.roleTooHigh({ detail: `You lack ${missing.join(', ')}.` })
}

// The organisation's row is locked, so two owners who remove each other at once come one after the other.
async function refuseOwnerless(tx: Tx, orgId: OrgId): Promise<void> {
  if ((await countOwners(tx, orgId)) === 0) throw memberProblems.lastOwner()
}
