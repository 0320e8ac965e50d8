import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultLimits } from '#platform/rate-limit'
import {
  describeProblems,
  developmentSecrets,
  environmentSchema,
  readConfig,
  secretBytes,
  type Environment,
} from './config.ts'

const production: Environment = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://tickets.example.com/',
  DATABASE_URL: 'postgres://owner:pw@db.internal/tessera',
  MASTER_KEY: 'q3vP9cQm8Zx0bT2nL5yR7wK1dF4hJ6sA8uE0iO2pG5c=',
  SESSION_SECRET: 'f9c2d84b7a610e35f9c2d84b7a610e35b7a610e35f9c2d84b7a610e35f9c2d84',
  STRIPE_SECRET_KEY: 'sk_live_abcdefghijklmnop',
  STRIPE_WEBHOOK_SECRET: 'whsec_abcdefghijklmnopqrst',
  SMTP_URL: 'smtps://user:pw@mail.example.com',
  MAIL_FROM: 'Club Nord <tickets@example.com>',
}

const development: Environment = {
  ...production,
  NODE_ENV: undefined,
  PUBLIC_URL: undefined,
  STRIPE_SECRET_KEY: 'sk_test_abcdefghijklmnop',
  STRIPE_API_URL: 'http://127.0.0.1:4010',
  SMTP_URL: 'smtp://127.0.0.1:2525',
  MAIL_FROM: undefined,
}

function problemsOf(environment: Environment): string[] {
  const read = readConfig(environment)
  return read.ok ? [] : read.problems.map((one) => one.name)
}

test('a complete installation starts', () => {
  const read = readConfig(production)
  expect(read).toMatchObject({
    ok: true,
    config: {
      mode: 'production',
      publicUrl: 'https://tickets.example.com',
      testMode: false,
      stripe: { apiUrl: undefined, callsPerSecond: 20 },
      limits: { holds: 60, signIn: 10, everything: 100 },
    },
  })
})

test('development with what npm start brings starts too, in test mode', () => {
  expect(readConfig({ ...development, PORT: '4321' }, { launched: true })).toMatchObject({
    ok: true,
    config: { mode: 'development', publicUrl: 'http://localhost:4321', testMode: true },
  })
})

test.each([
  ['DATABASE_URL', undefined],
  ['DATABASE_URL', 'mysql://db/tessera'],
  ['DATABASE_URL', ''],
  ['MASTER_KEY', undefined],
  ['MASTER_KEY', 'short'],
  ['MASTER_KEY', '00'.repeat(32)],
  ['MASTER_KEY', 'a'.repeat(40)],
  ['MASTER_KEYS_OLD', 'short,also short'],
  ['SESSION_SECRET', undefined],
  ['SESSION_SECRET', Buffer.alloc(16, 'x').toString('base64')],
  ['SESSION_SECRET', production['MASTER_KEY']],
  ['PUBLIC_URL', undefined],
  ['PUBLIC_URL', 'http://tickets.example.com'],
  ['PUBLIC_URL', 'https://localhost:4000'],
  ['PUBLIC_URL', 'not an address'],
  ['STRIPE_SECRET_KEY', undefined],
  ['STRIPE_SECRET_KEY', 'sk_test_abcdefghijklmnop'],
  ['STRIPE_SECRET_KEY', 'rk_test_abcdefghijklmnop'],
  ['STRIPE_SECRET_KEY', 'pk_live_abcdefghijklmnop'],
  ['STRIPE_WEBHOOK_SECRET', undefined],
  ['STRIPE_WEBHOOK_SECRET', 'we_1NxYz'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_short'],
  ['STRIPE_API_URL', 'https://api.stripe.com'],
  ['SMTP_URL', undefined],
  ['SMTP_URL', 'smtp://localhost:25'],
  ['SMTP_URL', 'smtp://127.8.8.8'],
  ['SMTP_URL', 'smtp://[::1]:25'],
  ['SMTP_URL', 'https://mail.example.com'],
  ['MAIL_FROM', undefined],
  ['MAIL_FROM', 'Tessera <tickets@localhost>'],
  ['LIMIT_HOLDS', '0'],
  ['LIMIT_HOLDS', 'many'],
  ['LIMIT_HOLDZ', '5'],
  ['PORT', '70000'],
  ['NODE_ENV', 'prod'],
])('production refuses %s=%s, and names it alone', (name, value) => {
  const problems = problemsOf({ ...production, [name]: value })
  // A mode that cannot be read is taken for development, which has demands of its own.
  if (name === 'NODE_ENV') expect(problems).toContain(name)
  else expect(problems).toEqual([name])
})

test('outside production a live key is refused, so that nobody charges a real card by mistake', () => {
  expect(problemsOf({ ...development, STRIPE_SECRET_KEY: 'sk_live_abcdefghijklmnop' })).toEqual([
    'STRIPE_SECRET_KEY',
  ])
  expect(
    problemsOf({ ...development, NODE_ENV: 'test', STRIPE_SECRET_KEY: 'rk_live_abcdefghijklmnop' }),
  ).toEqual(['STRIPE_SECRET_KEY'])
})

test('production refuses what npm start launches', () => {
  expect(readConfig(production, { launched: true })).toMatchObject({
    ok: false,
    problems: [{ name: 'NODE_ENV' }],
  })
})

test('everything that is wrong is told at once, each with what to do, and without a secret', () => {
  const read = readConfig({
    NODE_ENV: 'production',
    STRIPE_SECRET_KEY: 'sk_test_do_not_print_me',
    MASTER_KEY: 'do-not-print-me',
    SMTP_URL: 'smtp://user:do-not-print-me@localhost',
  })
  if (read.ok) throw new Error('it started')
  expect(read.problems.map((one) => one.name).toSorted()).toEqual([
    'DATABASE_URL',
    'MAIL_FROM',
    'MASTER_KEY',
    'PUBLIC_URL',
    'SESSION_SECRET',
    'SMTP_URL',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
  ])
  for (const one of read.problems) expect(one.whatToDo.length).toBeGreaterThan(10)
  expect(describeProblems(read.problems)).not.toMatch(/do.not.print.me/)
})

test('limits can be changed', () => {
  const read = readConfig({
    ...production,
    LIMIT_HOLDS: '7',
    LIMIT_SIGN_IN: '3',
    PROVIDER_CALLS_PER_SECOND: '5',
  })
  expect(read).toMatchObject({
    config: { limits: { holds: 7, signIn: 3, purchases: 30 }, stripe: { callsPerSecond: 5 } },
  })
})

test('a master key is the same key whether typed as hex, base64 or text', () => {
  const bytes = Buffer.from('0123456789abcdef0123456789ABCDEF!?+-')
  expect(secretBytes(bytes.toString('hex'))).toEqual(bytes)
  expect(secretBytes(bytes.toString('base64'))).toEqual(bytes)
  expect(secretBytes(bytes.toString('base64url'))).toEqual(bytes)
  expect(secretBytes(bytes.toString())).toEqual(bytes)
})

test("npm start's secrets are made once, are the same for two that start together, and are their owner's alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-config-'))
  try {
    const [one, two, three] = await Promise.all([
      developmentSecrets(folder),
      developmentSecrets(folder),
      developmentSecrets(folder),
    ])
    expect(two).toEqual(one)
    expect(three).toEqual(one)
    expect(await developmentSecrets(folder)).toEqual(one)
    const secrets = join(folder, 'secrets')
    const files = await readdir(secrets)
    expect(files.toSorted()).toEqual([
      'master-key',
      'session-secret',
      'stripe-secret-key',
      'stripe-webhook-secret',
    ])
    for (const file of files) expect((await stat(join(secrets, file))).mode & 0o777).toBe(0o600)
    expect((await stat(secrets)).mode & 0o777).toBe(0o700)
    expect(problemsOf({ ...development, ...one })).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('.env.example lists every setting, with the value that it has when nothing is said', async () => {
  const text = await readFile(join(import.meta.dirname, '..', '.env.example'), 'utf8')
  const listed = new Map(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
  expect([...listed.keys()].toSorted()).toEqual(Object.keys(environmentSchema.shape).toSorted())
  for (const [name, value] of Object.entries(defaultLimits)) {
    const variable = `LIMIT_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
    expect([variable, listed.get(variable)]).toEqual([variable, String(value)])
  }
})
