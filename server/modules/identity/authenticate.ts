import { createHmac } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { sameSecret, sha256 } from '#platform/crypto'
import { asPlatform, withOrg } from '#platform/database'
import type { Authenticate, Caller } from '#platform/http'
import type { OrgId, PersonId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import {
  keyBySecretHash,
  personOfSession,
  touchKey,
  type ApiKey,
  type KeyId,
  type PersonWithRights,
} from './identity-store.ts'
import { permissionTable } from './permission-table.ts'
import { signInProblems } from './problems.ts'

export interface AuthenticateDeps extends Pick<Platform, 'db' | 'clock' | 'publicUrl'> {
  sessionSecret: string
  cookieName: string
}

/** Callers that were read a moment ago, and how to make them be read again. */
export interface Callers {
  authenticate: Authenticate
  /** The person's rights or sessions have changed. Other processes notice within five seconds. */
  forgetPerson(id: PersonId): void
  forgetKey(id: KeyId): void
  forgetSession(request: FastifyRequest): void
}

interface Remembered {
  caller: Caller
  until: number
}

const rememberFor = 5000
const mostRemembered = 10_000

/**
 * Tells who is calling: by `Authorization: Bearer tsk_...`, and then cookies are not looked at, or by the session's cookie.
 * A request that changes something with a cookie must come from our own pages (refused with auth.cross-site).
 */
export function createCallers(deps: AuthenticateDeps): Callers {
  const remembered = new Map<string, Remembered>()

  async function recall(name: string, read: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const known = remembered.get(name)
    if (known && known.until > performance.now()) return known.caller
    remembered.delete(name)
    const caller = await read()
    if (!caller) return undefined
    if (remembered.size >= mostRemembered) remembered.clear()
    remembered.set(name, { caller, until: performance.now() + rememberFor })
    return caller
  }

  function forget(kind: Caller['kind'], id: string): void {
    for (const [name, { caller }] of remembered)
      if (caller.kind === kind && caller.id === id) remembered.delete(name)
  }

  return {
    async authenticate(request) {
      const authorization = request.headers.authorization
      if (authorization !== undefined) {
        const secret = /^Bearer (tsk_[A-Za-z0-9_-]{43})$/.exec(authorization)?.[1]
        if (secret === undefined) return undefined
        const hash = sha256(secret)
        return recall(`key ${hash}`, () => readKey(deps, hash))
      }
      const token = sessionToken(deps, request.headers.cookie)
      if (token === undefined) return undefined
      refuseOtherSites(request, deps.publicUrl)
      const hash = sha256(token)
      return recall(`session ${hash}`, () => readSession(deps, hash))
    },
    forgetPerson: (id) => forget('person', id),
    forgetKey: (id) => forget('key', id),
    forgetSession(request) {
      const token = sessionToken(deps, request.headers.cookie)
      if (token !== undefined) remembered.delete(`session ${sha256(token)}`)
    },
  }
}

async function readSession({ db }: AuthenticateDeps, tokenHash: string): Promise<Caller | undefined> {
  const person = await asPlatform(db, (tx) => personOfSession(tx, tokenHash))
  return person && callerFromPerson(person)
}

export function callerFromPerson(person: PersonWithRights): Caller {
  const roles = new Map(person.memberships.map((membership) => [membership.orgId, membership.role]))
  return {
    kind: 'person',
    id: person.id,
    actor: `person:${person.id}`,
    name: person.name,
    operator: person.operator,
    belongsTo: (orgId) => roles.has(orgId),
    can(permission, orgId) {
      const role = roles.get(orgId)
      return role !== undefined && (permissionTable[role] as readonly string[]).includes(permission)
    },
  }
}

async function readKey({ db, clock }: AuthenticateDeps, secretHash: string): Promise<Caller | undefined> {
  const key = await asPlatform(db, (tx) => keyBySecretHash(tx, secretHash))
  if (!key) return undefined
  await withOrg(db, key.orgId, (tx) => touchKey(tx, key.orgId, key.id, clock.now()))
  return callerFromKey(key.orgId, key)
}

function callerFromKey(orgId: OrgId, key: ApiKey): Caller {
  return {
    kind: 'key',
    id: key.id,
    actor: `key:${key.id}`,
    name: key.name,
    operator: false,
    belongsTo: (asked) => asked === orgId,
    can: (permission, asked) => asked === orgId && (key.scopes as readonly string[]).includes(permission),
  }
}

/** The token of the session's cookie, if the cookie is one that we signed. */
function sessionToken(
  { cookieName, sessionSecret }: AuthenticateDeps,
  header: string | undefined,
): string | undefined {
  const value = header === undefined ? undefined : cookieIn(header, cookieName)
  if (value === undefined) return undefined
  const dot = value.lastIndexOf('.')
  if (dot < 1) return undefined
  const token = value.slice(0, dot)
  const signature = createHmac('sha256', sessionSecret).update(token).digest('base64')
  return sameSecret(value.slice(dot + 1), signature) ? token : undefined
}

function cookieIn(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=')
    if (equals < 0 || part.slice(0, equals).trim() !== name) continue
    try {
      return decodeURIComponent(part.slice(equals + 1).trim())
    } catch {
      return undefined
    }
  }
  return undefined
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * SameSite=Lax keeps most forged requests from carrying the cookie; this refuses the rest (another application on a
 * sibling domain, an old browser). Programs that are no browser have API keys, so one of the two headers is demanded.
 */
export function refuseOtherSites(
  request: Pick<FastifyRequest, 'method' | 'headers'>,
  publicUrl: string,
): void {
  if (safeMethods.has(request.method)) return
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin === new URL(publicUrl).origin) return
  // Behind a development server the origin is another port, but the browser itself vouches that it is the same origin.
  if (site === 'same-origin') return
  throw signInProblems.crossSite()
}
