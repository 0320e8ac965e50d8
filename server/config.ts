import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { defaultLimits, type LimitName, type Limits } from '#platform/rate-limit'

const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most)
const limitVariables = new Map(
  (Object.keys(defaultLimits) as LimitName[]).map((name) => [
    `LIMIT_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    name,
  ]),
)

/** Everything that can be set, read once. Nothing else in the server reads the environment. */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production refuses everything that is only for trying out'),
  HOST: z.string().default('127.0.0.1').describe('the address to listen on; 0.0.0.0 inside a container'),
  PORT: count(0, 65_535).default(4000).describe('the port to listen on'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where people reach this installation, without a path'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 15 or newer: the owner, or the role tessera_app'),
  DATABASE_OWNER_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('the owner of the database, for migrations, where DATABASE_URL is the role tessera_app'),
  DATABASE_POOL: count(2, 200).default(16).describe('connections per process at most'),
  DATA_DIR: z.string().min(1).default('.tessera').describe('where npm start keeps its database and its keys'),
  MASTER_KEY: z
    .string()
    .optional()
    .describe('32 bytes or more as base64, hex or text: everything secret is encrypted with it'),
  MASTER_KEYS_OLD: z
    .string()
    .optional()
    .describe('earlier master keys, separated by commas, while rows still name them'),
  SESSION_SECRET: z.string().optional().describe('32 bytes or more: signs the cookies of sessions'),
  STRIPE_API_URL: z.url().optional().describe('the sandbox of npm start; never in production'),
  STRIPE_SECRET_KEY: z.string().optional().describe('sk_live_... in production, sk_test_... elsewhere'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .optional()
    .describe('whsec_..., from the webhook endpoint in the dashboard'),
  PROVIDER_CALLS_PER_SECOND: count(1, 1000)
    .default(20)
    .describe('calls to the payment provider per second and process at most'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('the mail server: smtps://user:password@host'),
  MAIL_FROM: z
    .string()
    .min(3)
    .max(200)
    .default('Tessera <tickets@localhost>')
    .describe('the sender of mails'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('how much is logged'),
  TRUSTED_PROXIES: count(0, 10)
    .default(0)
    .describe("how many proxies in front may be believed about a caller's address"),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('lets a collector read /metrics from elsewhere, as a bearer token'),
  ...Object.fromEntries(
    [...limitVariables].map(([variable, name]) => [
      variable,
      count(1, 1_000_000).default(defaultLimits[name]).describe(`${name}: requests per minute and address`),
    ]),
  ),
})

export interface Config {
  mode: 'development' | 'test' | 'production'
  host: string
  port: number
  publicUrl: string
  database: { url: string; ownerUrl: string | undefined; poolSize: number }
  dataDir: string
  /** The current one first. */
  masterKeys: Buffer[]
  sessionSecret: string
  stripe: { apiUrl: string | undefined; secretKey: string; webhookSecret: string; callsPerSecond: number }
  mail: { smtpUrl: string; from: string }
  logLevel: string
  trustedProxies: number
  metricsToken: string | undefined
  limits: Limits
  /** True when no real money can move: shown on every page. */
  testMode: boolean
}

export interface ConfigProblem {
  /** The variable. */
  name: string
  problem: string
  whatToDo: string
}

export type ReadConfig = { ok: true; config: Config } | { ok: false; problems: ConfigProblem[] }

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads every setting and tells everything that is wrong at once. Production refuses what is only for trying out.
 * `launched`: the process has started stand-ins itself (`npm start`: embedded database, sandbox), which production refuses.
 */
export function readConfig(environment: Environment, options: { launched?: boolean } = {}): ReadConfig {
  const env = withoutEmpty(environment)
  const problems: ConfigProblem[] = []
  const say = (name: string, problem: string, whatToDo: string) => problems.push({ name, problem, whatToDo })
  const values = readEach(env, say)
  const mode = (values['NODE_ENV'] ?? 'development') as Config['mode']
  if (mode === 'production') {
    demandProduction(env, say)
    if (options.launched)
      say(
        'NODE_ENV',
        'npm start runs stand-ins for the database, the bank and the mail',
        'Run `npx tessera api` and `npx tessera worker` in production.',
      )
  } else demandElsewhere(env, say)
  const masterKeys = readMasterKeys(env, say)
  checkSecret(env, 'SESSION_SECRET', say)
  if (env['SESSION_SECRET'] !== undefined && env['SESSION_SECRET'] === env['MASTER_KEY']) {
    say('SESSION_SECRET', 'is the same as MASTER_KEY', 'Make another one: openssl rand -base64 32')
  }
  checkStripe(env, mode, say)
  if (problems.length > 0) return { ok: false, problems: once(problems) }
  return { ok: true, config: assemble(mode, values, masterKeys) }
}

type Say = (name: string, problem: string, whatToDo: string) => void

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
}

// The first thing said about a variable is the one to act on.
function once(problems: ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.toReversed().map((one) => [one.name, one])).values()].toReversed()
}

/** One by one, so that one wrong value does not hide another. */
function readEach(env: Environment, say: Say): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(environmentSchema.shape) as [string, z.ZodType][]) {
    const read = field.safeParse(env[name])
    if (read.success) values[name] = read.data
    else
      say(
        name,
        read.error.issues[0]?.message ?? 'cannot be read',
        `It is ${field.description ?? 'not this'}.`,
      )
  }
  for (const name of Object.keys(env)) {
    if (name.startsWith('LIMIT_') && !limitVariables.has(name)) {
      say(name, 'is no limit that there is', `Use one of ${[...limitVariables.keys()].join(', ')}.`)
    }
  }
  return values
}

const needed: [name: string, whatToDo: string][] = [
  ['DATABASE_URL', 'Give the address of a PostgreSQL server: postgres://user:password@host/database'],
  [
    'MASTER_KEY',
    'Make one with `openssl rand -base64 32`, and keep a copy where the database backups are not.',
  ],
  ['SESSION_SECRET', 'Make one with `openssl rand -base64 32`.'],
  ['STRIPE_SECRET_KEY', 'Copy it from the Stripe dashboard: Developers, API keys.'],
  ['STRIPE_WEBHOOK_SECRET', 'Copy it from the Stripe dashboard: Developers, Webhooks, signing secret.'],
  ['SMTP_URL', 'Give the address of a mail server: smtps://user:password@host'],
]

function demandElsewhere(env: Environment, say: Say): void {
  for (const [name, whatToDo] of needed) {
    if (env[name] === undefined)
      say(name, 'is not set', `\`npm start\` brings its own. Otherwise: ${whatToDo}`)
  }
}

function demandProduction(env: Environment, say: Say): void {
  for (const [name, whatToDo] of needed) {
    if (env[name] !== undefined) continue
    say(
      name,
      name === 'DATABASE_URL' ? 'is not set, and the embedded database is only for trying out' : 'is not set',
      whatToDo,
    )
  }
  const publicUrl = env['PUBLIC_URL']
  if (publicUrl === undefined)
    say('PUBLIC_URL', 'is not set', 'Give the address that people see: https://tickets.example.com')
  else if (!publicUrl.startsWith('https://'))
    say(
      'PUBLIC_URL',
      'is not https, so sessions and tickets would travel in the open',
      'Put a proxy with a certificate in front, and give its https address.',
    )
  else if (isThisMachine(publicUrl))
    say(
      'PUBLIC_URL',
      'is an address that only this machine knows',
      'Give the address that people see: https://tickets.example.com',
    )
  if (env['STRIPE_API_URL'] !== undefined)
    say('STRIPE_API_URL', 'leads payments to a sandbox', 'Remove it: without it Stripe itself is called.')
  const smtp = env['SMTP_URL']
  if (smtp !== undefined && isThisMachine(smtp))
    say(
      'SMTP_URL',
      "is this machine, where only the sandbox's mailbox listens",
      'Give the address of the mail server that delivers to the world.',
    )
  const from = env['MAIL_FROM']
  if (from === undefined || /@localhost\b/.test(from))
    say(
      'MAIL_FROM',
      'is not an address that can send to anybody',
      'Give a sender that your mail server may use: Club Nord <tickets@example.com>',
    )
}

function isThisMachine(address: string): boolean {
  let host: string
  try {
    host = new URL(address).hostname.toLowerCase()
  } catch {
    return false // said already
  }
  return /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f.*\])$/.test(host)
}

function checkStripe(env: Environment, mode: Config['mode'], say: Say): void {
  const key = env['STRIPE_SECRET_KEY']
  const webhook = env['STRIPE_WEBHOOK_SECRET']
  if (webhook !== undefined && !/^whsec_.{16,}$/.test(webhook)) {
    say(
      'STRIPE_WEBHOOK_SECRET',
      'does not look like one (whsec_...)',
      'Copy the signing secret of the webhook endpoint, not its id.',
    )
  }
  if (key === undefined) return
  const live = /^(?:sk|rk)_live_/.test(key)
  if (mode === 'production' && !live) {
    const isTest = /^(?:sk|rk)_test_/.test(key)
    say(
      'STRIPE_SECRET_KEY',
      isTest ? 'is a test key: buyers would get tickets without paying' : 'does not begin with sk_live_',
      'Copy the live secret key from the Stripe dashboard.',
    )
  }
  if (mode !== 'production' && live) {
    say(
      'STRIPE_SECRET_KEY',
      'is a live key, and this is not production: real cards would be charged',
      'Use a test key (sk_test_...), or set NODE_ENV=production.',
    )
  }
  if (mode !== 'production' && !live && !/^(?:sk|rk)_test_/.test(key)) {
    say(
      'STRIPE_SECRET_KEY',
      'does not begin with sk_test_',
      'Copy the test secret key from the Stripe dashboard.',
    )
  }
}

function readMasterKeys(env: Environment, say: Say): Buffer[] {
  checkSecret(env, 'MASTER_KEY', say)
  const old = (env['MASTER_KEYS_OLD'] ?? '')
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  if (old.some((text) => secretBytes(text).length < 32)) {
    say(
      'MASTER_KEYS_OLD',
      'holds a key of fewer than 32 bytes',
      'List whole keys as they were, separated by commas.',
    )
  }
  return [env['MASTER_KEY'] ?? '', ...old].map(secretBytes)
}

function checkSecret(env: Environment, name: string, say: Say): void {
  const text = env[name]
  if (text === undefined) return
  const bytes = secretBytes(text)
  const advice = 'Make one with `openssl rand -base64 32`.'
  if (bytes.length < 32) say(name, `has ${bytes.length} bytes, and needs 32 or more`, advice)
  else if (new Set(bytes).size < 12) say(name, 'is too regular to be a secret', advice)
}

/** What a person typed as hex or base64 counts as the bytes behind it, and anything else as it stands. */
export function secretBytes(text: string): Buffer {
  if (/^(?:[0-9a-f]{2}){32,}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.length >= 32) return bytes
  }
  return Buffer.from(text)
}

function assemble(mode: Config['mode'], values: Record<string, unknown>, masterKeys: Buffer[]): Config {
  const env = values as z.infer<typeof environmentSchema>
  const port = env.PORT
  const given = (name: string) => values[name] as string // demanded above
  return {
    mode,
    host: env.HOST,
    port,
    publicUrl: new URL(env.PUBLIC_URL ?? `http://localhost:${port}`).origin,
    database: { url: given('DATABASE_URL'), ownerUrl: env.DATABASE_OWNER_URL, poolSize: env.DATABASE_POOL },
    dataDir: env.DATA_DIR,
    masterKeys,
    sessionSecret: given('SESSION_SECRET'),
    stripe: {
      apiUrl: env.STRIPE_API_URL,
      secretKey: given('STRIPE_SECRET_KEY'),
      webhookSecret: given('STRIPE_WEBHOOK_SECRET'),
      callsPerSecond: env.PROVIDER_CALLS_PER_SECOND,
    },
    mail: { smtpUrl: given('SMTP_URL'), from: env.MAIL_FROM },
    logLevel: env.LOG_LEVEL,
    trustedProxies: env.TRUSTED_PROXIES,
    metricsToken: env.METRICS_TOKEN,
    limits: Object.fromEntries(
      [...limitVariables].map(([variable, name]) => [name, values[variable]]),
    ) as Limits,
    testMode: !/^(?:sk|rk)_live_/.test(given('STRIPE_SECRET_KEY')),
  }
}

const databaseSettings = [
  'NODE_ENV',
  'DATABASE_URL',
  'DATABASE_OWNER_URL',
  'DATABASE_POOL',
  'MASTER_KEY',
  'MASTER_KEYS_OLD',
]

export type DatabaseConfig = Pick<Config, 'database' | 'masterKeys'>

/** What commands need that only touch the database; they run where no key of the payment provider is. */
export function readDatabaseConfig(
  environment: Environment,
): { ok: true; config: DatabaseConfig } | { ok: false; problems: ConfigProblem[] } {
  const read = readConfig(environment)
  if (read.ok) return read
  const problems = read.problems.filter((one) => databaseSettings.includes(one.name))
  if (problems.length > 0) return { ok: false, problems }
  const env = withoutEmpty(environment)
  const values = readEach(env, () => undefined)
  return {
    ok: true,
    config: {
      masterKeys: readMasterKeys(env, () => undefined),
      database: {
        url: values['DATABASE_URL'] as string,
        ownerUrl: values['DATABASE_OWNER_URL'] as string | undefined,
        poolSize: values['DATABASE_POOL'] as number,
      },
    },
  }
}

/** For a terminal: one line per problem, with what to do. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ name, problem, whatToDo }) => `${name} ${problem}.\n    ${whatToDo}`).join('\n')
}

const developmentSecretKinds = {
  MASTER_KEY: () => randomBytes(32).toString('base64'),
  SESSION_SECRET: () => randomBytes(32).toString('base64'),
  STRIPE_SECRET_KEY: () => `sk_test_${randomBytes(24).toString('hex')}`,
  STRIPE_WEBHOOK_SECRET: () => `whsec_${randomBytes(24).toString('hex')}`,
}

export type DevelopmentSecrets = Record<keyof typeof developmentSecretKinds, string>

/**
 * The secrets of `npm start`: made once and kept in files beside the data that only their owner can read. They must outlive
 * the process, because rows are encrypted under them. Two processes that start together get the same ones.
 */
export async function developmentSecrets(dataDir: string): Promise<DevelopmentSecrets> {
  const folder = join(dataDir, 'secrets')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const entries = await Promise.all(
    Object.entries(developmentSecretKinds).map(async ([name, make]) => {
      const file = join(folder, name.toLowerCase().replaceAll('_', '-'))
      return [name, await readOrMake(file, make)] as const
    }),
  )
  return Object.fromEntries(entries) as DevelopmentSecrets
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  // Written whole under another name and then linked, which fails where the file is there: nobody reads half a secret.
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, make(), { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { force: true })
  }
  await chmod(file, 0o600)
  return (await readFile(file, 'utf8')).trim()
}
