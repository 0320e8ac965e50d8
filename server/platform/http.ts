import swagger from '@fastify/swagger'
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
  type RouteOptions,
} from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { z } from 'zod'
import { holdsCardNumber } from '#platform/card-number'
import { idOf, newId, type Id, type OrgId } from '#platform/ids'
import {
  authProblems,
  Problem,
  requestProblems,
  serverProblems,
  type FieldError,
  type ProblemKind,
} from '#platform/problem'
import type { Limiter, LimitName } from '#platform/rate-limit'
import type { Logger, Metrics } from '#platform/telemetry'

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** Who may call a route. Every route says so, or the server does not start. */
export type Access =
  | { kind: 'anyone' }
  /** Whoever holds the secret that the route itself checks (a guest's link, a browser's key). */
  | { kind: 'holder'; of: 'guest-token' | 'browser-key' | 'provider-signature' }
  | { kind: 'signed-in' }
  /** A person or key of the organisation in the path (`:orgId`) whose role or scopes have this permission. */
  | { kind: 'permission'; permission: string }
  | { kind: 'operator' }

export const anyone: Access = { kind: 'anyone' }
export const signedIn: Access = { kind: 'signed-in' }
export const operator: Access = { kind: 'operator' }
export const holderOf = (of: 'guest-token' | 'browser-key' | 'provider-signature'): Access => ({
  kind: 'holder',
  of,
})

/** Who is calling, once a route asked for it. */
export interface Caller {
  kind: 'person' | 'key'
  id: string
  /** `person:...` or `key:...`: how the audit names them. */
  actor: string
  name: string
  operator: boolean
  can(permission: string, orgId: OrgId): boolean
  belongsTo(orgId: OrgId): boolean
}

export type Authenticate = (request: FastifyRequest) => Promise<Caller | undefined>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    problems?: readonly ProblemKind[]
    limit?: LimitName
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

export interface HttpOptions {
  log: Logger
  metrics: Metrics
  limiter: Limiter
  authenticate: Authenticate
  /** How many proxies in front may be believed about the caller's address. */
  trustedProxies: number
  publicUrl: string
}

const bodyLimit = 64 * 1024

export async function createHttp(options: HttpOptions): Promise<App> {
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger of its own for each request would cost more than most requests; who logs names the request's id.
    childLoggerFactory: (logger) => logger,
    bodyLimit,
    routerOptions: { maxParamLength: 200 },
    trustProxy: (_address: string, hop: number) => hop < options.trustedProxies,
    requestIdHeader: false,
    genReqId: () => newId<Id<'req'>>(),
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // Addresses that no route ever sees: not well encoded, or with a part that is far too long.
    frameworkErrors: (_error, request, reply) =>
      void sendProblem(request, reply, requestProblems.malformed()),
  }).withTypeProvider<ZodTypeProvider>() as unknown as App
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // JSON and nothing else, unless a route brings a parser of its own.
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('caller', null)
  await app.register(swagger, {
    openapi: openapiHead(options.publicUrl),
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  const isHttps = options.publicUrl.startsWith('https://')
  app.addHook('onRoute', demandDeclaration)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    if (isHttps) reply.header('strict-transport-security', 'max-age=31536000')
    done()
  })
  app.addHook('preValidation', async (request) => {
    await admit(request, options)
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store')
    if (reply.getHeader('referrer-policy') === undefined) reply.header('referrer-policy', 'no-referrer')
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown'
    options.metrics.observe('http_request', reply.elapsedTime / 1000, {
      route,
      method: request.method,
      status: `${Math.floor(reply.statusCode / 100)}xx`,
    })
    if (reply.statusCode >= 500)
      request.log.warn(
        { route, status: reply.statusCode, milliseconds: reply.elapsedTime },
        'answered with an error',
      )
    done()
  })
  app.setErrorHandler((error, request, reply) => answerWithProblem(error, request, reply, options))
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, requestProblems.notFound()))
  return app
}

/** A route that does not say who may call it stops the start: forgetting must be loud. */
function demandDeclaration(route: RouteOptions): void {
  const config = route.config
  if (route.method === 'HEAD' || route.method === 'OPTIONS') return
  if (route.url === '/reference' || route.url.startsWith('/reference/')) {
    // The pages of the reference belong to a library that knows nothing of declarations.
    route.config = { ...config, access: anyone, limit: 'pages' }
    return
  }
  if (config?.access === undefined)
    throw new Error(`route ${String(route.method)} ${route.url} does not declare who may call it`)
  if (config.access.kind === 'permission' && !route.url.includes(':orgId')) {
    throw new Error(`route ${route.url} asks for a permission but names no organisation in its path`)
  }
  const schema = (route.schema ?? {}) as { response?: Record<string, unknown>; hide?: boolean }
  const byStatus = new Map<number, string[]>()
  for (const problem of [...(config.problems ?? []), ...alwaysPossible(config.access)]) {
    byStatus.set(problem.status, [...(byStatus.get(problem.status) ?? []), problem.code])
  }
  const response: Record<string, unknown> = { ...schema.response }
  for (const [status, codes] of byStatus) {
    const listed = codes.toSorted().map((code) => `\`${code}\``)
    response[String(status)] ??= {
      description: listed.join(', '),
      content: { 'application/problem+json': { schema: problemAnswer } },
    }
  }
  // Only routes that describe themselves are part of the API document.
  if (schema.response !== undefined) route.schema = { ...schema, response }
}

function alwaysPossible(access: Access): ProblemKind[] {
  const kinds: ProblemKind[] = [requestProblems.invalid, requestProblems.tooMany]
  if (access.kind === 'signed-in' || access.kind === 'permission' || access.kind === 'operator')
    kinds.push(authProblems.signInRequired, authProblems.notAllowed)
  return kinds
}

const problemAnswer = z
  .looseObject({
    type: z.string(),
    code: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })

async function admit(request: FastifyRequest, options: HttpOptions): Promise<void> {
  const { access, limit } = request.routeOptions.config
  if (access === undefined) return
  const wait = options.limiter.take(limit ?? 'everything', request.ip)
  if (wait > 0) throw requestProblems.tooMany({ retryAfterSeconds: Math.ceil(wait / 1000) })
  if (access.kind === 'anyone' || access.kind === 'holder') return
  const caller = await options.authenticate(request)
  if (!caller) throw authProblems.signInRequired()
  request.caller = caller
  if (access.kind === 'operator' && !caller.operator) throw authProblems.notAllowed()
  if (access.kind !== 'permission') return
  const orgId = orgInPath(request)
  // To a stranger an organisation does not exist, whether it does or not.
  if (orgId === undefined || !caller.belongsTo(orgId)) throw requestProblems.notFound()
  if (!caller.can(access.permission, orgId))
    throw authProblems.notAllowed({ detail: `This needs the permission ${access.permission}.` })
}

function orgInPath(request: FastifyRequest): OrgId | undefined {
  const params = request.params as { orgId?: string }
  const parsed = orgParam.safeParse(params.orgId)
  return parsed.success ? parsed.data : undefined
}

const orgParam = idOf('org')

/** The caller of a route that asked for one. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw authProblems.signInRequired()
  return request.caller
}

function answerWithProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpOptions,
): FastifyReply {
  const problem = asProblem(error)
  if (problem) {
    options.metrics.count('refusals', { code: problem.code })
    return sendProblem(request, reply, problem)
  }
  request.log.error(
    { err: error, requestId: request.id, route: request.routeOptions.url },
    'unexpected error',
  )
  options.metrics.count('unexpected_errors')
  return sendProblem(request, reply, serverProblems.unexpected())
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  // Serialised here: the answer's schema belongs to the route's own success.
  return reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send({ ...problem.toJSON(), instance: request.id })
}

function asProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors: FieldError[] = error.validation.map((issue) => ({
      field: issue.instancePath || '/',
      message: issue.message ?? 'is not right',
    }))
    return requestProblems.invalid({
      errors,
      detail: errors.map((one) => `${one.field}: ${one.message}`).join('; '),
    })
  }
  if (typeof error !== 'object' || error === null) return undefined
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return requestProblems.tooLarge()
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return requestProblems.unsupportedMediaType()
  // A byte that no text column can hold was sent somewhere; PostgreSQL calls it 22021 (encoding) or 22P05 (NUL in JSON).
  if (code === '22021' || code === '22P05')
    return requestProblems.invalid({
      field: '/',
      detail: 'The text contains a character that cannot be stored.',
    })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return requestProblems.malformed()
  return undefined
}

function openapiHead(publicUrl: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Tessera', version: '1', description: 'Sell tickets, get paid exactly, run the door.' },
    servers: [{ url: publicUrl }],
  }
}

/** Text that people type: no control characters (but line breaks where allowed), no card numbers, trimmed, well-formed Unicode. */
export function humanText(options: { max: number; min?: number; lines?: boolean }) {
  const forbidden = options.lines
    ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/
    : /[\u0000-\u001f\u007f\u2028\u2029]/
  return (
    z
      .string()
      .trim()
      .min(options.min ?? 1)
      .max(options.max)
      .refine(
        (text) => text.isWellFormed() && !forbidden.test(text),
        'contains characters that cannot be used here',
      )
      // Card data never touches us, not even where somebody types it into the wrong field.
      .refine((text) => !holdsCardNumber(text), 'looks like the number of a card, which belongs nowhere here')
  )
}

export const moneyAnswer = z
  .object({ amount: z.number().int().describe('in minor units'), currency: z.string() })
  .meta({ id: 'Money' })
export const timeAnswer = z.iso.datetime()
