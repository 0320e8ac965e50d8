import { createHttp, type App } from '#platform/http'
import { createLimiter, defaultLimits } from '#platform/rate-limit'
import { createIdentity, grantOperator } from '#modules/identity'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { createHealth, operationsMachines, operationsRoutes, type Health, type Probe } from './public.ts'

export const metricsToken = 'a token for the collector of metrics'

export interface OperationsWorld extends TestPlatform {
  app: App
  health: () => Promise<Health>
  /** What the outside world answers from now on. */
  outside: { provider: Probe; mail: Probe; stopping: boolean }
  /** Somebody who has signed up, as what their browser sends; an operator if asked. */
  person(name: string, options?: { operator?: boolean }): Promise<Record<string, string>>
}

/** The module's routes with sign-in, over a database of their own. */
export async function operationsWorld(): Promise<OperationsWorld> {
  const platform = await testPlatform({ machines: operationsMachines })
  const outside: OperationsWorld['outside'] = {
    provider: () => Promise.resolve(),
    mail: () => Promise.resolve(),
    stopping: false,
  }
  const limiter = createLimiter({ ...defaultLimits, everything: 10_000, reads: 10_000, signIn: 10_000 })
  const sessionSecret = 'a secret for tests that is long enough'
  const identity = await createIdentity({ ...platform, limiter, sessionSecret })
  const health = createHealth({
    ...platform,
    probes: { provider: () => outside.provider(), mail: () => outside.mail() },
  })
  const { authenticate } = identity
  const app = await createHttp({ ...platform, limiter, authenticate, trustedProxies: 0 })
  identity.routes(app)
  operationsRoutes(app, { ...platform, health, authenticate, metricsToken, stopping: () => outside.stopping })
  await app.ready()
  return {
    ...platform,
    app,
    health,
    outside,
    async person(name, options = {}) {
      const email = `${name.toLowerCase()}@example.com`
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/auth/sign-up/email',
        payload: { name, email, password: 'correct horse battery' },
      })
      if (options.operator) await grantOperator(platform.db, email, 'tests')
      const cookie = answer.cookies.map((one) => `${one.name}=${encodeURIComponent(one.value)}`).join('; ')
      return { cookie, origin: platform.publicUrl }
    },
    async close() {
      await app.close()
      await platform.close()
    },
  }
}
