import { z } from 'zod'
import { withOrg } from '#platform/database'
import { callerOf, humanText, timeAnswer, type App } from '#platform/http'
import { idAnswer, idOf, publicId } from '#platform/ids'
import { idempotencyRefusals, idempotently } from '#platform/idempotency'
import { createApiKey, revokeApiKey } from './api-keys.ts'
import { keysOf, type ApiKey } from './identity-store.ts'
import { organisationParams, type OrganisationRoutesDeps } from './organisation-routes.ts'
import { permissions, permissionSchema } from './permission-table.ts'
import { keyProblems, signInProblems } from './problems.ts'

const keyAnswer = z.object({
  id: idAnswer('key'),
  name: z.string(),
  scopes: z.array(permissionSchema),
  hint: z.string().describe('the last four characters of the key'),
  createdAt: timeAnswer,
  lastUsedAt: timeAnswer.nullable(),
  revokedAt: timeAnswer.nullable(),
})

const access = { kind: 'permission', permission: 'keys.manage' } as const
const tags = ['API keys']

export function keyRoutes(app: App, deps: OrganisationRoutesDeps): void {
  const { db, callers } = deps
  app.get(
    '/v1/organisations/:orgId/api-keys',
    {
      schema: {
        summary: 'List the API keys of an organisation',
        tags,
        params: organisationParams,
        response: { 200: z.object({ items: z.array(keyAnswer) }) },
      },
      config: { access, limit: 'reads' },
    },
    async ({ params: { orgId } }) => {
      const keys = await withOrg(db, orgId, (tx) => keysOf(tx, orgId))
      return { items: keys.map(shape) }
    },
  )
  app.post(
    '/v1/organisations/:orgId/api-keys',
    {
      schema: {
        summary: 'Make an API key; the answer is the only place that ever shows it',
        tags,
        params: organisationParams,
        body: z.strictObject({
          name: humanText({ max: 100 }),
          scopes: z.array(permissionSchema).min(1).max(permissions.length),
        }),
        response: { 201: keyAnswer.extend({ secret: z.string() }) },
      },
      config: {
        access,
        problems: [keyProblems.scopeTooWide, signInProblems.crossSite, ...idempotencyRefusals],
      },
    },
    async (request, reply) => {
      const { orgId } = request.params
      const caller = callerOf(request)
      const scope = { caller: caller.actor, orgId, secret: true }
      const answer = await idempotently(deps, request, scope, async (tx) => {
        const { key, secret } = await createApiKey(deps, tx, orgId, request.body, caller)
        return { status: 201, body: { ...shape(key), secret } }
      })
      return reply.status(201).send(answer.body)
    },
  )
  app.delete(
    '/v1/organisations/:orgId/api-keys/:keyId',
    {
      schema: {
        summary: 'Revoke an API key',
        tags,
        params: organisationParams.extend({ keyId: idOf('key') }),
        response: { 200: keyAnswer },
      },
      config: { access, problems: [signInProblems.crossSite] },
    },
    async (request) => {
      const { orgId, keyId } = request.params
      const key = await withOrg(db, orgId, (tx) => revokeApiKey(deps, tx, orgId, keyId, callerOf(request)))
      callers.forgetKey(keyId)
      return shape(key)
    },
  )
}

function shape(key: ApiKey): z.infer<typeof keyAnswer> {
  return {
    id: publicId('key', key.id),
    name: key.name,
    scopes: key.scopes,
    hint: key.hint,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  }
}
