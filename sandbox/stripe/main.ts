import { parseArgs } from 'node:util'
import { startStripeSandbox } from './server.ts'
import type { StripeSandboxOptions } from './server.ts'

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    'public-url': { type: 'string' },
    'api-key': { type: 'string' },
    seed: { type: 'string' },
    'webhook-url': { type: 'string' },
    'webhook-secret': { type: 'string' },
    'webhook-concurrency': { type: 'string' },
    'rate-limit': { type: 'string' },
    'state-file': { type: 'string' },
  },
})

/** An argument, or the environment variable of the same meaning. */
function given(name: keyof typeof values, variable: string): string | undefined {
  return values[name] ?? process.env[variable]
}

function optionsFromProcess(): StripeSandboxOptions {
  const options: StripeSandboxOptions = { settings: {} }
  const host = given('host', 'STRIPE_SANDBOX_HOST')
  const port = given('port', 'STRIPE_SANDBOX_PORT')
  const publicUrl = given('public-url', 'STRIPE_SANDBOX_PUBLIC_URL')
  const apiKey = given('api-key', 'STRIPE_SANDBOX_API_KEY')
  const seed = given('seed', 'STRIPE_SANDBOX_SEED')
  const url = given('webhook-url', 'STRIPE_SANDBOX_WEBHOOK_URL')
  const secret = given('webhook-secret', 'STRIPE_SANDBOX_WEBHOOK_SECRET')
  const concurrency = given('webhook-concurrency', 'STRIPE_SANDBOX_WEBHOOK_CONCURRENCY')
  const rate = given('rate-limit', 'STRIPE_SANDBOX_RATE_LIMIT')
  if (host) options.host = host
  if (port) options.port = Number(port)
  if (publicUrl) options.publicUrl = publicUrl
  if (apiKey) options.apiKey = apiKey
  if (seed) options.seed = seed
  if (url && secret) options.webhook = { url, secret }
  if (concurrency) options.settings = { ...options.settings, webhookConcurrency: Number(concurrency) }
  const stateFile = given('state-file', 'STRIPE_SANDBOX_STATE_FILE')
  if (stateFile) options.stateFile = stateFile
  if (rate) options.settings = { ...options.settings, rateLimitPerSecond: Number(rate) }
  return options
}

const sandbox = await startStripeSandbox(optionsFromProcess())
// One line of JSON, so that a parent process can read where to go.
process.stdout.write(`${JSON.stringify({ url: sandbox.url, port: sandbox.port })}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0))
  })
}
