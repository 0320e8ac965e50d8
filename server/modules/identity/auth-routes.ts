import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sha256 } from '#platform/crypto'
import { anyone, callerOf, humanText, signedIn, type App } from '#platform/http'
import { idAnswer, publicId, type PersonId } from '#platform/ids'
import { authProblems, requestProblems } from '#platform/problem'
import type { Limiter } from '#platform/rate-limit'
import type { Callers } from './authenticate.ts'
import { signInProblems } from './problems.ts'
import { passwordLength, type SignIn } from './sign-in.ts'

export interface AuthRoutesDeps {
  signIn: SignIn
  callers: Callers
  limiter: Limiter
  publicUrl: string
}

const email = z.email().max(254)
const password = z.string().min(passwordLength.min).max(passwordLength.max)
const personAnswer = z.object({ id: idAnswer('per'), name: z.string(), email: z.string() })
const signedInAnswer = z.object({ person: personAnswer })
const nothing = z.object({})

/** The paths of the sign-in library that we open; it has many more, and nobody can reach those. */
export function authRoutes(app: App, deps: AuthRoutesDeps): void {
  const tags = ['Sign in']
  app.post(
    '/v1/auth/sign-up/email',
    {
      schema: {
        summary: 'Sign up, and be signed in',
        tags,
        body: z.strictObject({ name: humanText({ max: 200 }), email, password }),
        response: { 200: signedInAnswer },
      },
      config: {
        access: anyone,
        limit: 'signIn',
        problems: [signInProblems.emailTaken, signInProblems.signInFailed],
      },
    },
    async (request, reply) => personOf(await forward(deps, request, reply, request.body)),
  )
  app.post(
    '/v1/auth/sign-in/email',
    {
      schema: {
        summary: 'Sign in with e-mail address and password',
        tags,
        body: z.strictObject({
          email,
          password: z.string().min(1).max(passwordLength.max),
          rememberMe: z.boolean().optional(),
        }),
        response: { 200: signedInAnswer },
      },
      config: {
        access: anyone,
        limit: 'signIn',
        problems: [signInProblems.wrongCredentials, signInProblems.signInFailed],
      },
    },
    async (request, reply) => {
      // For the account too: guessing one person's password from many addresses is as slow as from one.
      const wait = deps.limiter.take('signIn', `account ${sha256(request.body.email.toLowerCase())}`)
      if (wait > 0) throw requestProblems.tooMany({ retryAfterSeconds: Math.ceil(wait / 1000) })
      return personOf(await forward(deps, request, reply, request.body))
    },
  )
  app.post(
    '/v1/auth/sign-out',
    {
      schema: { summary: 'Sign out', tags, response: { 200: nothing } },
      config: { access: anyone, problems: [signInProblems.crossSite] },
    },
    async (request, reply) => {
      await forward(deps, request, reply, {})
      deps.callers.forgetSession(request)
      return {}
    },
  )
  app.post(
    '/v1/auth/change-password',
    {
      schema: {
        summary: 'Change the own password; every other session ends',
        tags,
        body: z.strictObject({
          currentPassword: z.string().min(1).max(passwordLength.max),
          newPassword: password,
        }),
        response: { 200: nothing },
      },
      config: {
        access: signedIn,
        limit: 'signIn',
        problems: [signInProblems.wrongCredentials, signInProblems.signInFailed, signInProblems.crossSite],
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      if (caller.kind !== 'person') throw authProblems.notAllowed({ detail: 'An API key has no password.' })
      await forward(deps, request, reply, { ...request.body, revokeOtherSessions: true })
      deps.callers.forgetPerson(caller.id as PersonId)
      return {}
    },
  )
}

const passedOn = [
  'cookie',
  'origin',
  'referer',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
] as const

/** Hands our request to the library and its cookies back; its refusals become Problems. */
async function forward(
  { signIn, publicUrl }: AuthRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
): Promise<unknown> {
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const name of passedOn) {
    const value = request.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  const path = request.url.split('?', 1)[0] ?? ''
  const answer = await signIn.handle(
    new Request(new URL(path, publicUrl), { method: 'POST', headers, body: JSON.stringify(body) }),
  )
  const said: unknown = await answer.json().catch(() => null)
  if (answer.status >= 400) throw refusal(answer.status, said)
  for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie)
  return said
}

const libraryRefusal = z.object({ code: z.string().default('unknown'), message: z.string().default('') })

function refusal(status: number, said: unknown): Error {
  const { code, message } = libraryRefusal.catch({ code: 'unknown', message: '' }).parse(said)
  switch (code) {
    case 'INVALID_EMAIL_OR_PASSWORD':
    case 'INVALID_PASSWORD':
      return signInProblems.wrongCredentials()
    case 'USER_ALREADY_EXISTS':
    case 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL':
      return signInProblems.emailTaken({ field: '/email' })
    case 'INVALID_ORIGIN':
    case 'MISSING_OR_NULL_ORIGIN':
    case 'CROSS_SITE_NAVIGATION_LOGIN_BLOCKED':
      return signInProblems.crossSite()
    default:
      if (status >= 500) return new Error(`the sign-in library failed: ${code}`)
      if (status === 401) return authProblems.signInRequired()
      return signInProblems.signInFailed(message === '' ? {} : { detail: message })
  }
}

const libraryAnswer = z.object({ user: z.object({ id: z.uuid(), name: z.string(), email: z.string() }) })

// The token that the library also puts into its answer stays in the cookie, where no script can read it.
function personOf(said: unknown): z.infer<typeof signedInAnswer> {
  const { user } = libraryAnswer.parse(said)
  return { person: { id: publicId('per', user.id as PersonId), name: user.name, email: user.email } }
}
