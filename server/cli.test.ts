import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPlatform, type TestPlatform } from './tests/harness.ts'

let world: TestPlatform
let provider: Server
let providerStatus = 200
const asked: (string | undefined)[] = []

beforeAll(async () => {
  world = await testPlatform()
  provider = createServer((request, response) => {
    asked.push(request.headers.authorization)
    response.statusCode = providerStatus
    response.end('{}')
  })
  await new Promise<void>((resolve) => void provider.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  provider.close()
  await world.close()
})

interface Ran {
  code: number
  output: string
}

const masterKey = 'q3vP9cQm8Zx0bT2nL5yR7wK1dF4hJ6sA8uE0iO2pG5c='

/** The command line as a person calls it, with these settings and no others. */
async function tessera(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const PATH = process.env['PATH'] ?? ''
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'cli.ts'), ...args],
      { env: { PATH, ...env } },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
          output: stdout + stderr,
        })
      },
    )
  })
}

function settings(): Record<string, string> {
  const address = provider.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    DATABASE_URL: world.url,
    DATABASE_OWNER_URL: world.ownerUrl,
    MASTER_KEY: masterKey,
    SESSION_SECRET: 'f9c2d84b7a610e35f9c2d84b7a610e35b7a610e35f9c2d84b7a610e35f9c2d84',
    STRIPE_API_URL: `http://127.0.0.1:${port}`,
    STRIPE_SECRET_KEY: 'sk_test_never_print_this',
    STRIPE_WEBHOOK_SECRET: 'whsec_never_print_this_one',
    // Anything that listens will do: the doctor only knocks.
    SMTP_URL: `smtp://user:never-print-this@127.0.0.1:${port}`,
  }
}

test('without a command, help is given; an unknown one is refused with the help', async () => {
  expect(await tessera([])).toMatchObject({ code: 0, output: expect.stringContaining('doctor') })
  expect(await tessera(['--help'])).toMatchObject({ code: 0 })
  expect(await tessera(['dance'])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/no command dance[^]*doctor/),
  })
})

test('the doctor finds nothing wrong with a complete installation, and tells no secret', async () => {
  const { code, output } = await tessera(['doctor'], settings())
  expect(output).toContain('Nothing is wrong.')
  expect(output).toMatch(/database role +tenants are kept apart/)
  expect(output).toMatch(/migrations +all applied/)
  expect(output).toMatch(/payment provider +127\.0\.0\.1:\d+ takes the key/)
  expect(output).not.toMatch(/never.print.this|for-tests-only|f9c2d84b|q3vP9c/)
  expect(code).toBe(0)
  expect(asked).toContain('Bearer sk_test_never_print_this')
})

test('the doctor names everything that is wrong at once, with what to do, and its exit code says so', async () => {
  providerStatus = 401
  const { code, output } = await tessera(['doctor'], {
    ...settings(),
    DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z',
    SESSION_SECRET: 'short',
    SMTP_URL: 'smtp://127.0.0.1:1',
    LIMIT_NOTHING: '1',
  })
  providerStatus = 200
  expect(code).toBe(1)
  expect(output).toContain('5 things are wrong.')
  expect(output).toMatch(/WRONG +SESSION_SECRET +has 5 bytes[^]*openssl rand/)
  expect(output).toMatch(/WRONG +LIMIT_NOTHING/)
  expect(output).toMatch(/WRONG +database +cannot reach the database/)
  expect(output).toMatch(/WRONG +mail server/)
  expect(output).toMatch(/WRONG +payment provider +.*401/)
})

test('on a machine where nothing is set the doctor says that npm start brings its own', async () => {
  const { code, output } = await tessera(['doctor'])
  expect(output).toContain('`npm start` brings its own')
  expect(code).toBe(0)
  expect((await tessera(['doctor'], { NODE_ENV: 'production' })).code).toBe(1)
})

test('migrate needs only the database and the master key, and can be repeated', async () => {
  const { DATABASE_URL, DATABASE_OWNER_URL, MASTER_KEY } = settings()
  const env = { NODE_ENV: 'production', DATABASE_URL, DATABASE_OWNER_URL, MASTER_KEY } as Record<
    string,
    string
  >
  expect(await tessera(['migrate'], env)).toEqual({ code: 0, output: 'The database is up to date.\n' })
  const without = await tessera(['migrate'], { NODE_ENV: 'production', MASTER_KEY: masterKey })
  expect(without).toMatchObject({ code: 1, output: expect.stringMatching(/^DATABASE_URL is not set/) })
  expect(without.output).not.toContain('STRIPE')
})

test('an operator is made and unmade by the address that they signed up with', async () => {
  await world.asOwner(
    `insert into identity.person (id, name, email) values (gen_random_uuid(), 'Olga', 'olga@example.com')`,
  )
  const operators = () => world.asOwner('select 1 from identity.operator')
  expect(await tessera(['operator', 'add', 'nobody@example.com'], settings())).toMatchObject({
    code: 1,
    output: expect.stringContaining('Nobody has signed up'),
  })
  expect(await tessera(['operator', 'add', 'Olga@Example.com'], settings())).toEqual({
    code: 0,
    output: 'Olga <olga@example.com> is now an operator.\n',
  })
  expect(await operators()).toHaveLength(1)
  expect(await tessera(['operator', 'remove', 'olga@example.com'], settings())).toMatchObject({ code: 0 })
  expect(await operators()).toHaveLength(0)
  expect(await tessera(['operator', 'promote', 'x'], settings())).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^Say `npx tessera operator add/),
  })
})

test('where no database answers, the command says so in one sentence', async () => {
  const ran = await tessera(['migrate'], { ...settings(), DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' })
  expect(ran).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^cannot reach the database: .*ECONNREFUSED.*\n$/),
  })
})
