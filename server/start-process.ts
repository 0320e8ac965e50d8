import { createKeys } from '#platform/crypto'
import { startJobs } from '#platform/jobs'
import { closeHttp, createLifecycle, endWithSignals } from '#platform/lifecycle'
import { DatabaseNotReady, prepareDatabase } from '#platform/prepare-database'
import { createLogger, type Logger } from '#platform/telemetry'
import { createTessera, type Tessera } from './app.ts'
import { describeProblems, readConfig, type Config } from './config.ts'
import { machines } from './machines.ts'
import { buildWebApps } from './web-apps.ts'

/** Reads the settings, wires, starts, and ends well: the whole life of a production process. */
export async function startProcess(role: 'api' | 'worker'): Promise<void> {
  const read = readConfig(process.env)
  if (!read.ok) {
    process.stderr.write(`Tessera cannot start.\n${describeProblems(read.problems)}\n`)
    process.exit(1)
  }
  const { config } = read
  const log = createLogger({ level: config.logLevel, pretty: false })
  const lifecycle = createLifecycle({ log })
  endWithSignals(lifecycle, log)
  try {
    await open(role, config, log, lifecycle)
    log.info({ role, mode: config.mode }, 'started')
  } catch (error) {
    log.fatal({ err: error }, 'cannot start')
    if (error instanceof DatabaseNotReady) process.stderr.write(`Tessera cannot start.\n${error.message}\n`)
    await lifecycle.shutdown('cannot start')
    process.exit(1)
  }
}

async function open(
  role: 'api' | 'worker',
  config: Config,
  log: Logger,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<void> {
  const keys = createKeys(config.masterKeys)
  const { applicationUrl, applied } = await prepareDatabase({ ...config.database, keys, machines })
  if (applied.length > 0) log.info({ applied }, 'migrated')
  const webApps = role === 'api' ? await buildWebApps(`${config.dataDir}/web`, log) : undefined
  const tessera = await createTessera({
    config,
    databaseUrl: applicationUrl,
    log,
    webApps,
    stopping: lifecycle.stopping,
  })
  lifecycle.onShutdown(role, () => closeHttp(tessera.http.server, () => tessera.close()))
  if (role === 'worker') await work(tessera, applicationUrl, log, lifecycle)
  // The worker listens too: somebody has to ask it whether it is well.
  await tessera.http.listen({ host: config.host, port: config.port })
}

async function work(
  tessera: Tessera,
  url: string,
  log: Logger,
  lifecycle: ReturnType<typeof createLifecycle>,
): Promise<void> {
  const jobs = await startJobs({
    url,
    handlers: tessera.handlers,
    schedules: tessera.schedules,
    log,
    concurrency: 8,
  })
  lifecycle.onShutdown('jobs', () => jobs.stop())
}
