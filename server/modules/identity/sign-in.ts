import { hash, verify } from '@node-rs/argon2'
import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { isAPIError } from 'better-auth/api'
import { getAdapter } from 'better-auth/db/adapter'
import { Kysely, PostgresDialect } from 'kysely'
import type { Database } from '#platform/database'
import { newId } from '#platform/ids'

import { scrub, type Logger } from '#platform/telemetry'
import { withHashedSessions } from './hashed-sessions.ts'

export interface SignInOptions {
  db: Database
  log: Logger
  /** Where the pages are; cookies are secure when it is https, and no other origin may use them. */
  publicUrl: string
  /** Signs the session's cookie. */
  sessionSecret: string
}

export const sessionLifetimeSeconds = 14 * 24 * 60 * 60
export const passwordLength = { min: 10, max: 128 }

/** The library that knows people, passwords and sessions; it hears requests only through our routes. */
export interface SignIn {
  /** Answers a request to one of the library's own paths under /v1/auth. */
  handle(request: Request): Promise<Response>
  /** Signs a session in and out with this cookie. */
  readonly cookieName: string
}

export async function createSignIn({ db, log, publicUrl, sessionSecret }: SignInOptions): Promise<SignIn> {
  // The library names columns itself, so it must not meet the plugin that renames them.
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: db.pool }) })
  const settings = libraryOptions({ log, publicUrl, sessionSecret })
  const adapter = withHashedSessions(
    await getAdapter({
      ...settings,
      database: { db: kysely, type: 'postgres', transaction: true, schemaName: 'identity' },
    }),
  )
  const auth = betterAuth({ ...settings, database: () => adapter })
  const context = await auth.$context
  return { handle: (request) => auth.handler(request), cookieName: context.authCookies.sessionToken.name }
}

function libraryOptions({ log, publicUrl, sessionSecret }: Omit<SignInOptions, 'db'>) {
  const times = { createdAt: 'created_at', updatedAt: 'updated_at' }
  return {
    appName: 'Tessera',
    baseURL: publicUrl,
    basePath: '/v1/auth',
    secret: sessionSecret,
    trustedOrigins: [publicUrl],
    telemetry: { enabled: false },
    // Our own limiter counts sign-ins, for the address and for the account.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      password: { hash: (password) => hash(password), verify: (sent) => verify(sent.hash, sent.password) },
    },
    user: { modelName: 'person', fields: { ...times, emailVerified: 'email_verified' } },
    session: {
      modelName: 'session',
      expiresIn: sessionLifetimeSeconds,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      fields: {
        ...times,
        token: 'token_hash',
        userId: 'person_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    account: {
      modelName: 'account',
      fields: {
        ...times,
        userId: 'person_id',
        providerId: 'provider_id',
        accountId: 'account_id',
        password: 'password_hash',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
      },
    },
    verification: {
      modelName: 'verification',
      storeIdentifier: 'hashed',
      fields: { ...times, expiresAt: 'expires_at' },
    },
    advanced: {
      cookiePrefix: 'tessera',
      useSecureCookies: publicUrl.startsWith('https://'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      // Said aloud, because the library leaves both checks out where it believes that it is being tested.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => newId(), validateSchema: false },
    },
    onAPIError: {
      // Refusals are the caller's; only what the library did not expect is ours to know.
      onError: (error) => {
        if (!isAPIError(error)) log.error({ area: 'sign-in', err: error }, 'the sign-in library failed')
      },
    },
    logger: {
      level: 'warn',
      // Only the sentence: what the library adds to it may be a person.
      log: (level, message) => log[level === 'error' ? 'error' : 'warn']({ area: 'sign-in' }, scrub(message)),
    },
  } satisfies BetterAuthOptions
}
