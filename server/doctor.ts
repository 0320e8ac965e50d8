import { connect } from 'node:net'
import { createKeys } from '#platform/crypto'
import { oldestPostgres } from '#platform/migrate'
import { DatabaseNotReady, inspectDatabase } from '#platform/prepare-database'
import { environmentSchema, readConfig, readDatabaseConfig, type Environment } from './config.ts'

export interface Finding {
  /** `wrong` makes the doctor's exit code 1; `note` is worth knowing. */
  state: 'ok' | 'note' | 'wrong'
  name: string
  text: string
  whatToDo?: string
}

const secrets = new Set([
  'MASTER_KEY',
  'MASTER_KEYS_OLD',
  'SESSION_SECRET',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'METRICS_TOKEN',
])

/** Looks at everything that a start needs, and at what it stands on. Changes nothing, and tells no secret. */
export async function examine(env: Environment): Promise<Finding[]> {
  const settings = examineSettings(env)
  const around = await Promise.all([examineDatabase(env), examineMail(env), examineProvider(env)])
  return [...settings, ...around.flat()]
}

function examineSettings(env: Environment): Finding[] {
  const read = readConfig(env)
  const problems = new Map(read.ok ? [] : read.problems.map((one) => [one.name, one]))
  const production = env['NODE_ENV'] === 'production'
  // Limits that nobody touched would bury the rest.
  const names = Object.keys(environmentSchema.shape).filter((name) => env[name] || !name.startsWith('LIMIT_'))
  const findings = names.map((name): Finding => {
    const problem = problems.get(name)
    const given = (env[name] ?? '').trim() !== ''
    problems.delete(name)
    if (problem && !given && !production)
      return { state: 'note', name, text: 'not set; `npm start` brings its own' }
    if (problem) return { state: 'wrong', name, text: problem.problem, whatToDo: problem.whatToDo }
    return {
      state: 'ok',
      name,
      text: given ? shown(name, env[name] as string) : 'not set, the default is used',
    }
  })
  // Names that are no setting at all (a limit that does not exist).
  for (const [name, { problem, whatToDo }] of problems)
    findings.push({ state: 'wrong', name, text: problem, whatToDo })
  return findings
}

function shown(name: string, value: string): string {
  if (secrets.has(name)) return 'set'
  if (!value.includes('://')) return value
  try {
    const url = new URL(value)
    return `${url.protocol}//${url.host}${name === 'PUBLIC_URL' ? '' : url.pathname}`
  } catch {
    return 'set'
  }
}

async function examineDatabase(env: Environment): Promise<Finding[]> {
  const name = 'database'
  const read = readDatabaseConfig(env)
  if (!read.ok) return [{ state: 'note', name, text: 'not looked at, since its settings are missing' }]
  const { database, masterKeys } = read.config
  try {
    const found = await inspectDatabase(database.url, createKeys(masterKeys))
    const major = Math.floor(found.serverVersion / 10_000)
    const findings: Finding[] = []
    if (major < oldestPostgres)
      findings.push({
        state: 'wrong',
        name,
        text: `PostgreSQL ${major}`,
        whatToDo: `Use PostgreSQL ${oldestPostgres} or newer.`,
      })
    else findings.push({ state: 'ok', name, text: `PostgreSQL ${major}, reached as ${found.role}` })
    findings.push(
      found.bypasses === ''
        ? { state: 'ok', name: 'database role', text: 'tenants are kept apart' }
        : {
            state: 'note',
            name: 'database role',
            text: `${found.bypasses}; the server makes the role tessera_app and works as that`,
          },
    )
    if (found.missing.length === 0)
      findings.push(
        { state: 'ok', name: 'migrations', text: 'all applied' },
        { state: 'ok', name: 'master key', text: 'is the key of this database' },
      )
    else
      findings.push({
        state: 'wrong',
        name: 'migrations',
        text: `${found.missing.length} are missing`,
        whatToDo: 'Run `npx tessera migrate`.',
      })
    return findings
  } catch (error) {
    const text = error instanceof DatabaseNotReady ? error.message : 'cannot be read'
    return [{ state: 'wrong', name, text, whatToDo: 'Check DATABASE_URL, and that the server runs.' }]
  }
}

const patience = 5000

async function examineMail(env: Environment): Promise<Finding[]> {
  const name = 'mail server'
  if (!env['SMTP_URL'] || !URL.canParse(env['SMTP_URL'])) return []
  const { hostname, port, protocol } = new URL(env['SMTP_URL'])
  const number = Number(port === '' ? (protocol === 'smtps:' ? 465 : 587) : port)
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: number, timeout: patience })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.once('timeout', () => done(false))
  })
  if (reached) return [{ state: 'ok', name, text: `${hostname}:${number} answers` }]
  return [
    {
      state: 'wrong',
      name,
      text: `${hostname}:${number} does not answer`,
      whatToDo: 'Check SMTP_URL and the firewall.',
    },
  ]
}

async function examineProvider(env: Environment): Promise<Finding[]> {
  const name = 'payment provider'
  if (!env['STRIPE_SECRET_KEY']) return []
  const base = env['STRIPE_API_URL'] || 'https://api.stripe.com'
  try {
    const answer = await fetch(new URL('/v1/balance', base), {
      headers: { authorization: `Bearer ${env['STRIPE_SECRET_KEY']}` },
      signal: AbortSignal.timeout(patience),
    })
    if (answer.ok) return [{ state: 'ok', name, text: `${new URL(base).host} takes the key` }]
    const whatToDo =
      answer.status === 401
        ? 'Copy STRIPE_SECRET_KEY again from the dashboard; it may have been rolled.'
        : "Look at the provider's status page."
    return [{ state: 'wrong', name, text: `${new URL(base).host} answers ${answer.status}`, whatToDo }]
  } catch {
    return [
      {
        state: 'wrong',
        name,
        text: 'does not answer',
        whatToDo: 'Check the network, and STRIPE_API_URL where it is set.',
      },
    ]
  }
}
