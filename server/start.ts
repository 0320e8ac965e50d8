// `npm start`: everything in one process on a machine that has nothing: the embedded database, the payment sandbox, a
// mailbox, the API, the worker and the web apps. For trying out and developing; production runs api.ts and worker.ts.
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { startMailSandbox } from '@tessera/sandbox-mail'
import { startStripeSandbox } from '@tessera/sandbox-stripe'
import { EmbeddedPostgresError, reachableDataDir, startEmbeddedPostgres } from '#platform/embedded-postgres'
import { createKeys } from '#platform/crypto'
import { startJobs } from '#platform/jobs'
import { closeHttp, createLifecycle, endWithSignals } from '#platform/lifecycle'
import { DatabaseNotReady, prepareDatabase } from '#platform/prepare-database'
import { createLogger } from '#platform/telemetry'
import { createTessera } from './app.ts'
import { describeProblems, developmentSecrets, readConfig, type Config } from './config.ts'
import { demoPeople, fillDemo } from './demo-people.ts'
import { machines } from './machines.ts'
import { buildWebApps } from './web-apps.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
// The terminal is for people; what goes wrong while stopping is said, the steps are not.
const quiet = createLogger({ level: 'error', pretty: process.stdout.isTTY })
/** The folders that hold what people do here. */
const keptIn: string[] = []
const lifecycle = createLifecycle({ log: quiet })

async function start(): Promise<void> {
  const environment = { ...process.env }
  const dataDir = resolve(environment['DATA_DIR'] ?? '.tessera')
  keptIn.push(dataDir)
  const port = Number(environment['PORT'] ?? 4000)
  const isFresh = !existsSync(join(dataDir, 'secrets'))
  const databaseFolder = reachableDataDir(join(dataDir, 'postgres'))
  if (isFresh && environment['DATABASE_URL'] === undefined && existsSync(join(databaseFolder, 'data'))) {
    throw new Refused(
      `There is a database in ${databaseFolder}, but its keys were in ${dataDir} and are gone.\nTo begin again, delete ${databaseFolder} too.`,
    )
  }
  const secrets = await developmentSecrets(dataDir)
  const database = environment['DATABASE_URL'] ?? (await embeddedDatabase(databaseFolder, dataDir))
  const mail = await startMailSandbox({ httpPort: await freePort(port + 20) })
  lifecycle.onShutdown('mailbox', () => mail.close())
  const stripe = await startStripeSandbox({
    port: await freePort(port + 10),
    apiKey: secrets.STRIPE_SECRET_KEY,
    // The database remembers what the provider said, so the provider has to remember it too.
    stateFile: join(dataDir, 'payment-sandbox.json'),
  })
  lifecycle.onShutdown('payment sandbox', () => stripe.close())

  const read = readConfig(
    {
      LOG_LEVEL: 'warn',
      ...secrets,
      ...environment,
      DATABASE_URL: database,
      STRIPE_API_URL: stripe.url,
      STRIPE_SECRET_KEY: secrets.STRIPE_SECRET_KEY,
      STRIPE_WEBHOOK_SECRET: secrets.STRIPE_WEBHOOK_SECRET,
      SMTP_URL: `smtp://127.0.0.1:${mail.smtpPort}`,
    },
    { launched: true },
  )
  if (!read.ok) throw new Refused(describeProblems(read.problems))
  await run(read.config, { dataDir, stripe, mailbox: mail.url })
}

interface Launched {
  dataDir: string
  stripe: Awaited<ReturnType<typeof startStripeSandbox>>
  mailbox: string
}

async function run(config: Config, { dataDir, stripe, mailbox }: Launched): Promise<void> {
  const log = createLogger({ level: config.logLevel, pretty: process.stdout.isTTY })
  const [{ applicationUrl: url }, webApps] = await Promise.all([
    prepareDatabase({ ...config.database, keys: createKeys(config.masterKeys), machines }),
    buildWebApps(join(dataDir, 'web'), { info: (line: string) => say(line) }),
  ])
  const tessera = await createTessera({
    config,
    databaseUrl: url,
    log,
    webApps,
    stopping: lifecycle.stopping,
  })
  lifecycle.onShutdown('server', () => closeHttp(tessera.http.server, () => tessera.close()))
  await tessera.http.listen({ host: config.host, port: config.port })
  stripe.setWebhook({
    url: `http://127.0.0.1:${config.port}/v1/webhooks/stripe`,
    secret: config.stripe.webhookSecret,
  })
  const demo = await fillDemo(tessera)
  const jobs = await startJobs({
    url,
    handlers: tessera.handlers,
    schedules: tessera.schedules,
    log,
    concurrency: 4,
  })
  lifecycle.onShutdown('jobs', () => jobs.stop())
  say(`
  Tessera is open, in test mode: no real money moves.

    The shop          ${config.publicUrl}/${demo.organiserSlug}
    The door          ${config.publicUrl}/door/
    Mailbox           ${mailbox}
    Payment sandbox   ${stripe.url}
    API reference     ${config.publicUrl}/reference

  Sign in at the door as ${demoPeople.door.email} with the password ${demoPeople.password}
  (${demoPeople.owner.email} owns the organisation). Pay with the card 4242 4242 4242 4242.
  Stop with Ctrl+C; what you did is kept in ${keptIn.join(' and ')}.
`)
}

async function embeddedDatabase(folder: string, dataDir: string): Promise<string> {
  if (!folder.startsWith(dataDir)) keptIn.push(folder)
  const server = await startEmbeddedPostgres({ dataDir: folder })
  lifecycle.onShutdown('database', () => server.stop())
  return server.url
}

/** This port if nobody has it, else one that the system chooses. */
function freePort(wanted: number): Promise<number> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(0))
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => done(wanted)))
  })
}

/** A refusal to start that explains itself; anything else is a mistake of ours and shows where. */
class Refused extends Error {}

endWithSignals(lifecycle, quiet)

start().catch((error: unknown) => {
  const known =
    error instanceof Refused || error instanceof EmbeddedPostgresError || error instanceof DatabaseNotReady
  const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  const text = busy
    ? `Port ${process.env['PORT'] ?? 4000} is in use. Stop what runs there, or choose another: PORT=4100 npm start`
    : error instanceof Error
      ? known
        ? error.message
        : (error.stack ?? error.message)
      : String(error)
  process.stderr.write(`Tessera cannot start.\n${text}\n`)
  void lifecycle.shutdown('cannot start').then(() => process.exit(1))
})
