#!/usr/bin/env node
// `npx tessera ...`. Imports what a command needs only once the version of Node is known to be right.
import { join, resolve } from 'node:path'

const oldest = 24
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `Tessera needs Node ${oldest} or newer; this is ${process.versions.node}. npm start and npx tessera bring the right one along: run npm install first.\n`,
  )
  process.exit(1)
}

const help = `npx tessera <command>

  doctor                    what is configured, what is missing and what does not answer; exit code 1 if something is wrong
  migrate                   brings the database to the newest shape (with DATABASE_OWNER_URL, or DATABASE_URL if that is the owner)
  api                       answers HTTP; run as many as you need
  worker                    works off jobs, mails and what is due; run as many as you need
  operator add <email>      makes a person who has signed up an operator of this installation
  operator remove <email>
  help

Settings come from the environment: .env.example lists them all. \`npm start\` needs none.
`

/** Ends the command with a sentence instead of a stack. */
class Refusal extends Error {}

const say = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)

type Command = (rest: string[]) => Promise<number>

const commands: Record<string, Command> = {
  help: async () => {
    process.stdout.write(help)
    return 0
  },
  doctor,
  migrate,
  operator,
  api: () => run('api'),
  worker: () => run('worker'),
}

async function doctor(): Promise<number> {
  const { examine } = await import('./doctor.ts')
  const findings = await examine(process.env)
  const signs = { ok: 'ok   ', note: 'note ', wrong: 'WRONG' }
  for (const { state, name, text, whatToDo } of findings) {
    say(
      `${signs[state]}  ${name.padEnd(26)} ${text}${whatToDo === undefined ? '' : `\n${' '.repeat(34)}${whatToDo}`}`,
    )
  }
  const wrong = findings.filter((one) => one.state === 'wrong').length
  say(wrong === 0 ? '\nNothing is wrong.' : `\n${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`)
  return wrong === 0 ? 0 : 1
}

async function migrate(): Promise<number> {
  const { prepareDatabase } = await import('#platform/prepare-database')
  const { machines } = await import('./machines.ts')
  return withDatabase(async (options) => {
    const { applied } = await prepareDatabase({ ...options, machines })
    say(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`)
    return 0
  })
}

async function operator([action, email]: string[]): Promise<number> {
  if ((action !== 'add' && action !== 'remove') || email === undefined)
    throw new Refusal('Say `npx tessera operator add <email>` or `npx tessera operator remove <email>`.')
  const { applicationAddress } = await import('#platform/prepare-database')
  const { openDatabase } = await import('#platform/database')
  const { grantOperator, withdrawOperator } = await import('#modules/identity')
  return withDatabase(async (options) => {
    const db = openDatabase({
      url: await applicationAddress(options),
      size: 2,
      applicationName: 'tessera command line',
    })
    try {
      const person =
        action === 'add' ? await grantOperator(db, email, 'command line') : await withdrawOperator(db, email)
      if (!person)
        throw new Refusal(
          `Nobody has signed up as ${email}. Sign up first (POST /v1/auth/sign-up/email), then run this again.`,
        )
      say(`${person.name} <${person.email}> is ${action === 'add' ? 'now' : 'no longer'} an operator.`)
      return 0
    } finally {
      await db.close()
    }
  })
}

type DatabaseOptions = { url: string; ownerUrl: string | undefined; keys: import('#platform/crypto').Keys }

/** The database of the settings; without any, that of `npm start`, whether it runs at the moment or not. */
async function withDatabase(work: (options: DatabaseOptions) => Promise<number>): Promise<number> {
  const { describeProblems, developmentSecrets, readDatabaseConfig } = await import('./config.ts')
  const { createKeys } = await import('#platform/crypto')
  let env: Record<string, string | undefined> = process.env
  let letGo: () => Promise<void> = async () => undefined
  if (!env['DATABASE_URL'] && env['NODE_ENV'] !== 'production') {
    const { reachableDataDir, startEmbeddedPostgres } = await import('#platform/embedded-postgres')
    const dataDir = resolve(env['DATA_DIR'] ?? '.tessera')
    const server = await startEmbeddedPostgres({ dataDir: reachableDataDir(join(dataDir, 'postgres')) })
    letGo = () => server.stop()
    env = { ...(await developmentSecrets(dataDir)), ...env, DATABASE_URL: server.url }
  }
  try {
    const read = readDatabaseConfig(env)
    if (!read.ok) throw new Refusal(describeProblems(read.problems))
    const { database, masterKeys } = read.config
    return await work({ url: database.url, ownerUrl: database.ownerUrl, keys: createKeys(masterKeys) })
  } finally {
    await letGo()
  }
}

/** Runs until it is told to end, so there is no exit code to give. */
async function run(role: 'api' | 'worker'): Promise<number> {
  const { startProcess } = await import('./start-process.ts')
  await startProcess(role)
  return new Promise<number>(() => undefined)
}

async function main([name = 'help', ...rest]: string[]): Promise<number> {
  const command = commands[name.replace(/^--?/, '')]
  if (!command) throw new Refusal(`There is no command ${name}.\n\n${help}`)
  return command(rest)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { DatabaseNotReady } = await import('#platform/prepare-database')
  const { EmbeddedPostgresError } = await import('#platform/embedded-postgres')
  const expected =
    error instanceof Refusal || error instanceof DatabaseNotReady || error instanceof EmbeddedPostgresError
  const wrongPassword = error instanceof Error && 'code' in error && error.code === '28P01'
  if (wrongPassword)
    complain(
      'The database does not take the password. If it is made from MASTER_KEY, this is not the key of this database.',
    )
  else
    complain(
      expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
    )
  process.exitCode = 1
}
