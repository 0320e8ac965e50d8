import { z } from 'zod'
import { withOrg } from '#platform/database'
import { callerOf, signedIn, type App, type Caller } from '#platform/http'
import { idAnswer, idOf, publicId, type PersonId } from '#platform/ids'
import { idempotencyRefusals, idempotently } from '#platform/idempotency'
import type { Platform } from '#platform/platform'
import { authProblems } from '#platform/problem'
import type { Callers } from './authenticate.ts'
import { changeOrganisation, type OrganisationChange } from './change-organisation.ts'
import { createOrganisation, newOrgId, type NewOrganisation } from './create-organisation.ts'
import { organisationFields, type Organisation } from './organisation.ts'
import { permissionSchema, permissionTable, roleSchema } from './permission-table.ts'
import { organisationProblems, signInProblems } from './problems.ts'
import { readOrganisation } from './read-organisation.ts'
import { readMe } from './read-me.ts'

export type OrganisationRoutesDeps = Pick<Platform, 'db' | 'clock' | 'events'> & { callers: Callers }

export const organisationParams = z.object({ orgId: idOf('org') })

const organisationAnswer = z.object({
  id: idAnswer('org'),
  slug: z.string(),
  name: z.string(),
  about: z.string(),
  accentColor: z.string().nullable(),
  websiteUrl: z.string().nullable(),
  locale: z.enum(['en', 'de']),
  currency: z.string(),
  country: z.string(),
  rounding: organisationFields.rounding,
})

const meAnswer = z.object({
  person: z.object({ id: idAnswer('per'), name: z.string(), email: z.string(), operator: z.boolean() }),
  memberships: z.array(
    z.object({
      organisation: z.object({ id: idAnswer('org'), slug: z.string(), name: z.string() }),
      role: roleSchema,
      permissions: z.array(permissionSchema),
    }),
  ),
})

const changeFields = z.strictObject(organisationFields).partial()
const newFields = z.strictObject({
  ...changeFields.shape,
  name: organisationFields.name,
  currency: organisationFields.currency,
  country: organisationFields.country,
})

export function meRoutes(app: App, { db }: OrganisationRoutesDeps): void {
  app.get(
    '/v1/me',
    {
      schema: {
        summary: 'Who is signed in, and what they may do where',
        tags: ['Sign in'],
        response: { 200: meAnswer },
      },
      config: { access: signedIn, limit: 'reads' },
    },
    async (request) => {
      const caller = personOnly(callerOf(request))
      const { person, memberships } = await readMe(db, caller.id as PersonId)
      return {
        person: { ...person, id: publicId('per', person.id), operator: caller.operator },
        memberships: memberships.map(({ orgId, slug, name, role }) => ({
          organisation: { id: publicId('org', orgId), slug, name },
          role,
          permissions: [...permissionTable[role]],
        })),
      }
    },
  )
}

const tags = ['Organisations']

export function organisationRoutes(app: App, deps: OrganisationRoutesDeps): void {
  const { db, callers } = deps
  app.post(
    '/v1/organisations',
    {
      schema: {
        summary: 'Make an organisation and become its owner',
        tags,
        body: newFields,
        response: { 201: organisationAnswer },
      },
      config: {
        access: signedIn,
        problems: [organisationProblems.slugTaken, signInProblems.crossSite, ...idempotencyRefusals],
      },
    },
    async (request, reply) => {
      const caller = personOnly(callerOf(request))
      const owner = caller.id as PersonId
      const orgId = newOrgId()
      const answer = await idempotently(
        deps,
        request,
        { caller: caller.actor, orgId: undefined, workFor: orgId },
        async (tx) => {
          const made = await createOrganisation(deps, tx, orgId, request.body as NewOrganisation, owner)
          return { status: 201, body: shape(made) }
        },
      )
      callers.forgetPerson(owner)
      return reply.status(201).send(answer.body)
    },
  )
  app.get(
    '/v1/organisations/:orgId',
    {
      schema: {
        summary: 'Read an organisation',
        tags,
        params: organisationParams,
        response: { 200: organisationAnswer },
      },
      config: { access: { kind: 'permission', permission: 'catalog.read' }, limit: 'reads' },
    },
    async ({ params: { orgId } }) => shape(await withOrg(db, orgId, (tx) => readOrganisation(tx, orgId))),
  )
  app.patch(
    '/v1/organisations/:orgId',
    {
      schema: {
        summary: 'Change an organisation',
        tags,
        params: organisationParams,
        body: changeFields,
        response: { 200: organisationAnswer },
      },
      config: {
        access: { kind: 'permission', permission: 'organisation.manage' },
        problems: [organisationProblems.slugTaken, signInProblems.crossSite],
      },
    },
    async (request) => {
      const change = request.body as OrganisationChange
      return shape(await changeOrganisation(deps, request.params.orgId, change, callerOf(request).actor))
    },
  )
}

function personOnly(caller: Caller): Caller {
  if (caller.kind === 'person') return caller
  throw authProblems.notAllowed({ detail: 'This is for people; an API key belongs to one organisation.' })
}

function shape(organisation: Organisation): z.infer<typeof organisationAnswer> {
  return { ...organisation, id: publicId('org', organisation.id) }
}
