import type { App, Authenticate } from '#platform/http'
import type { Schedule } from '#platform/jobs'
import type { Platform } from '#platform/platform'
import type { Limiter } from '#platform/rate-limit'
import { asPlatform } from '#platform/database'
import { authRoutes } from './auth-routes.ts'
import { createCallers } from './authenticate.ts'
import { deleteEndedSessions } from './identity-store.ts'
import { keyRoutes } from './key-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { meRoutes, organisationRoutes } from './organisation-routes.ts'
import { createSignIn } from './sign-in.ts'

export { createOrganisation, newOrgId, type NewOrganisation } from './create-organisation.ts'
export * from './events.ts'
export { grantOperator, withdrawOperator } from './grant-operator.ts'
export { platformOrgId, slugFrom, slugSchema, type Organisation } from './organisation.ts'
export { permissions, permissionTable, roles, type Permission, type Role } from './permission-table.ts'
export { identityProblems } from './problems.ts'
export { findOrganisationBySlug, readOrganisation } from './read-organisation.ts'

export interface IdentityDeps extends Pick<Platform, 'db' | 'clock' | 'log' | 'events' | 'publicUrl'> {
  limiter: Limiter
  sessionSecret: string
}

export interface Identity {
  /** For `createHttp`: tells who is calling. */
  authenticate: Authenticate
  routes(app: App): void
}

/** People, sessions, organisations, members and API keys, over one database. */
export async function createIdentity(deps: IdentityDeps): Promise<Identity> {
  const signIn = await createSignIn(deps)
  const callers = createCallers({ ...deps, cookieName: signIn.cookieName })
  return {
    authenticate: callers.authenticate,
    routes(app) {
      authRoutes(app, { ...deps, signIn, callers })
      meRoutes(app, { ...deps, callers })
      organisationRoutes(app, { ...deps, callers })
      memberRoutes(app, { ...deps, callers })
      keyRoutes(app, { ...deps, callers })
    },
  }
}

export function identitySchedules({ db }: Pick<Platform, 'db'>): Schedule[] {
  return [
    {
      name: 'identity.delete-ended-sessions',
      cron: '17 3 * * *',
      run: () => asPlatform(db, deleteEndedSessions),
    },
  ]
}
