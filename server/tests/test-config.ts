import { defaultLimits, type Limits } from '#platform/rate-limit'
import type { StripeOptions } from '#modules/payments'
import type { Config } from '../config.ts'

export const noLimits = Object.fromEntries(
  Object.keys(defaultLimits).map((name) => [name, Infinity]),
) as Limits

export interface TestConfigOptions {
  limits?: Partial<Limits>
  callsPerSecond?: number
  port?: number
  /** How patient the server is with the provider; short, where a story is about its silence. */
  provider?: Pick<StripeOptions, 'timeoutMs' | 'breaker'>
}

export const testKeys = {
  secretKey: 'sk_test_stories_are_not_a_secret',
  webhookSecret: 'whsec_stories_are_not_a_secret',
}

export function testConfig(
  options: TestConfigOptions,
  parts: { databaseUrl: string; stripe: string; smtpPort: number },
): Config {
  const stripe: Config['stripe'] & StripeOptions = {
    apiUrl: parts.stripe,
    ...testKeys,
    callsPerSecond: options.callsPerSecond ?? 1000,
    timeoutMs: 8000,
    // A story moves time; the pause after the provider was away is real and would be waited for.
    breaker: { failures: 5, pauseMs: 20 },
    ...options.provider,
  }
  return {
    mode: 'test',
    host: '127.0.0.1',
    port: options.port ?? 0,
    publicUrl: `http://localhost:${options.port ?? 4000}`,
    database: { url: parts.databaseUrl, ownerUrl: undefined, poolSize: 12 },
    dataDir: '.tessera',
    masterKeys: [Buffer.alloc(32, 7)],
    sessionSecret: 'a session secret for tests only, long enough',
    stripe,
    mail: { smtpUrl: `smtp://127.0.0.1:${parts.smtpPort}`, from: 'Tessera <tickets@localhost>' },
    logLevel: 'silent',
    trustedProxies: 0,
    metricsToken: undefined,
    limits: { ...noLimits, ...options.limits },
    testMode: true,
  }
}
