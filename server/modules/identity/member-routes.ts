import { z } from 'zod'
import { onCommit, withOrg } from '#platform/database'
import { callerOf, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId } from '#platform/ids'
import { idempotencyRefusals, idempotently } from '#platform/idempotency'
import { addMember, changeMemberRole, removeMember } from './change-members.ts'
import { membersOf, type Member } from './identity-store.ts'
import { organisationParams, type OrganisationRoutesDeps } from './organisation-routes.ts'
import { roleSchema } from './permission-table.ts'
import { memberProblems, signInProblems } from './problems.ts'

const memberAnswer = z.object({
  person: z.object({ id: idAnswer('per'), name: z.string(), email: z.string() }),
  role: roleSchema,
  since: timeAnswer,
})

const memberParams = organisationParams.extend({ personId: idOf('per') })
const access = { kind: 'permission', permission: 'members.manage' } as const
const tags = ['Members']

export function memberRoutes(app: App, deps: OrganisationRoutesDeps): void {
  const { db, callers } = deps
  app.get(
    '/v1/organisations/:orgId/members',
    {
      schema: {
        summary: 'List the members of an organisation',
        tags,
        params: organisationParams,
        response: { 200: z.object({ items: z.array(memberAnswer) }) },
      },
      config: { access, limit: 'reads' },
    },
    async ({ params: { orgId } }) => {
      const members = await withOrg(db, orgId, (tx) => membersOf(tx, orgId))
      return { items: members.map(shape) }
    },
  )
  app.post(
    '/v1/organisations/:orgId/members',
    {
      schema: {
        summary: 'Add a person who has signed up',
        tags,
        params: organisationParams,
        body: z.strictObject({ email: z.email().max(254), role: roleSchema }),
        response: { 201: memberAnswer },
      },
      config: {
        access,
        problems: [
          memberProblems.unknownPerson,
          memberProblems.alreadyMember,
          memberProblems.roleTooHigh,
          signInProblems.crossSite,
          ...idempotencyRefusals,
        ],
      },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const caller = callerOf(request)
      const answer = await idempotently(deps, request, { caller: caller.actor, orgId }, async (tx) => {
        const member = await addMember(deps, tx, orgId, request.body, caller)
        onCommit(tx, () => callers.forgetPerson(member.id))
        return { status: 201, body: shape(member) }
      })
      return reply.status(201).send(answer.body)
    },
  )
  changingRoutes(app, deps, callers)
}

function changingRoutes(
  app: App,
  deps: OrganisationRoutesDeps,
  callers: OrganisationRoutesDeps['callers'],
): void {
  const problems = [memberProblems.lastOwner, memberProblems.roleTooHigh, signInProblems.crossSite]
  app.patch(
    '/v1/organisations/:orgId/members/:personId',
    {
      schema: {
        summary: 'Give a member another role',
        tags,
        params: memberParams,
        body: z.strictObject({ role: roleSchema }),
        response: { 200: memberAnswer },
      },
      config: { access, problems },
    },
    async (request) => {
      const { orgId, personId } = request.params
      const wanted = { personId, role: request.body.role }
      const member = await withOrg(deps.db, orgId, (tx) =>
        changeMemberRole(deps, tx, orgId, wanted, callerOf(request)),
      )
      callers.forgetPerson(personId)
      return shape(member)
    },
  )
  app.delete(
    '/v1/organisations/:orgId/members/:personId',
    {
      schema: { summary: 'Remove a member', tags, params: memberParams, response: { 204: z.null() } },
      config: { access, problems },
    },
    async (request, reply) => {
      const { orgId, personId } = request.params
      await withOrg(deps.db, orgId, (tx) => removeMember(deps, tx, orgId, personId, callerOf(request)))
      callers.forgetPerson(personId)
      return reply.status(204).send(null)
    },
  )
}

function shape(member: Member): z.infer<typeof memberAnswer> {
  return {
    person: { id: publicId('per', member.id), name: member.name, email: member.email },
    role: member.role,
    since: member.since.toISOString(),
  }
}
