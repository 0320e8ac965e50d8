import { closeHttp, createLifecycle, endWithSignals } from '#platform/lifecycle'
import { drainOutbox } from '#platform/events'
import { startJobs } from '#platform/jobs'
import { armKillPoint } from '#platform/kill-point'
import { createLogger } from '#platform/telemetry'
import { createTessera } from '../../app.ts'
import { reactions } from '../../reactions.ts'
import { testConfig } from '../test-config.ts'

/**
 * The real server, HTTP and jobs, in a process of its own for stories to kill. Only tests start it: this file is not
 * part of what is shipped, so that nothing that is can be armed. TESSERA_KILL_AT names the place where it dies.
 */
const env = (name: string) => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is missing`)
  return value
}

export type Order = { arm: string } | { tick: true }
export type Word = { listening: string } | { ticked: true }

const say = (word: Word) => void process.send?.(word)
const databaseUrl = env('TEST_APPLICATION_URL')
const config = testConfig(
  {},
  { databaseUrl, stripe: env('TEST_STRIPE_URL'), smtpPort: Number(env('TEST_SMTP_PORT')) },
)
if (config.mode !== 'test') throw new Error('only tests may be killed')
const killAt = process.env['TESSERA_KILL_AT']
if (killAt) armKillPoint(killAt)

const log = createLogger({ level: 'error', pretty: false })
const lifecycle = createLifecycle({ log })
endWithSignals(lifecycle, log)
const tessera = await createTessera({ config, databaseUrl, log })
lifecycle.onShutdown('server', () => closeHttp(tessera.http.server, () => tessera.close()))
const jobs = await startJobs({
  url: databaseUrl,
  handlers: tessera.handlers,
  schedules: tessera.schedules,
  log,
  concurrency: 4,
})
lifecycle.onShutdown('jobs', () => jobs.stop())

process.on('message', (order: Order) => {
  if ('arm' in order) armKillPoint(order.arm)
  else void tick()
})
// Whoever started it is gone: then nobody wants it any more.
process.on('disconnect', () => process.exit(1))

/** What the clock does every minute, now: a story does not wait for a real one. */
async function tick(): Promise<void> {
  await tessera.deps.clock.sync()
  for (const schedule of tessera.schedules) await schedule.run()
  await drainOutbox(tessera.deps.db, reactions)
  say({ ticked: true })
}

say({ listening: await tessera.http.listen({ host: '127.0.0.1', port: 0 }) })
