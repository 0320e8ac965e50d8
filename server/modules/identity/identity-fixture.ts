import { createHttp, type App } from '#platform/http'
import { createLimiter, defaultLimits, type Limits } from '#platform/rate-limit'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { createIdentity } from './public.ts'

export interface IdentityWorld {
  platform: TestPlatform
  app: App
  close(): Promise<void>
}

export const sessionSecret = 'a secret for tests that is long enough'

/** The module's routes over a database of their own. */
export async function identityWorld(
  options: { limits?: Partial<Limits>; publicUrl?: string } = {},
): Promise<IdentityWorld> {
  const platform = await testPlatform({ through: '0002' })
  const publicUrl = options.publicUrl ?? platform.publicUrl
  const limiter = createLimiter({
    ...defaultLimits,
    everything: 10_000,
    reads: 10_000,
    signIn: 10_000,
    ...options.limits,
  })
  const identity = await createIdentity({ ...platform, publicUrl, limiter, sessionSecret })
  const app = await createHttp({
    log: platform.log,
    metrics: platform.metrics,
    limiter,
    authenticate: identity.authenticate,
    trustedProxies: 0,
    publicUrl,
  })
  identity.routes(app)
  await app.ready()
  return {
    platform,
    app,
    async close() {
      await app.close()
      await platform.close()
    },
  }
}

/** Somebody with a browser: keeps cookies, and sends the headers that a browser sends. */
export class Browser {
  readonly world: IdentityWorld
  readonly cookies = new Map<string, string>()
  origin = 'http://localhost:4000'

  constructor(world: IdentityWorld) {
    this.world = world
  }

  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    body?: object,
    headers: Record<string, string | undefined> = {},
  ) {
    const all: Record<string, string | undefined> = {
      origin: this.origin,
      cookie: this.cookieHeader(),
      ...headers,
    }
    const sent = Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    const answer = await this.world.app.inject({
      method,
      url,
      headers: sent,
      ...(body ? { payload: body } : {}),
    })
    for (const cookie of answer.cookies) {
      if (cookie.value === '' || cookie.maxAge === 0) this.cookies.delete(cookie.name)
      else this.cookies.set(cookie.name, cookie.value)
    }
    return {
      status: answer.statusCode,
      body: answer.body === '' ? null : answer.json(),
      headers: answer.headers,
      cookies: answer.cookies,
    }
  }

  cookieHeader(): string | undefined {
    if (this.cookies.size === 0) return undefined
    return [...this.cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ')
  }
}

export const goodPassword = 'correct horse battery'

export async function signedUp(world: IdentityWorld, name: string): Promise<Browser & { personId: string }> {
  const browser = new Browser(world)
  const answer = await browser.send('POST', '/v1/auth/sign-up/email', {
    name,
    email: `${name.toLowerCase()}@example.com`,
    password: goodPassword,
  })
  if (answer.status !== 200)
    throw new Error(`sign-up answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return Object.assign(browser, { personId: answer.body.person.id as string })
}

/** An organisation whose owner is `browser`; gives its public id. */
export async function ownsOrganisation(browser: Browser, name = 'Club Nord'): Promise<string> {
  const answer = await browser.send('POST', '/v1/organisations', { name, currency: 'EUR', country: 'DE' })
  if (answer.status !== 201) throw new Error(`making an organisation answered ${answer.status}`)
  return answer.body.id as string
}
