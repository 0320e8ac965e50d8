// The whole product in a process of its own, as production runs it, plus empty routes of the same shape as yardsticks.
import { z } from 'zod'
import { createTessera } from '../server/app.ts'
import { anyone } from '../server/platform/http.ts'
import { idOf } from '../server/platform/ids.ts'
import { startJobs } from '../server/platform/jobs.ts'
import { createLogger } from '../server/platform/telemetry.ts'
import { benchmarkConfig } from './ground.ts'
import { recordedProvider } from './recorded-provider.ts'

const { URL_OF_DATABASE = '', STRIPE_URL, WITH_JOBS } = process.env
const log = createLogger({ level: 'error', pretty: false })
const config = benchmarkConfig(URL_OF_DATABASE, STRIPE_URL)
const tessera = await createTessera({
  config,
  databaseUrl: URL_OF_DATABASE,
  log,
  ...(STRIPE_URL === undefined ? { provider: recordedProvider() } : {}),
})
const page = z.object({ name: z.string(), tickets: z.array(z.object({ name: z.string(), left: z.int() })) })
tessera.http.get(
  '/empty/:eventId',
  {
    schema: { params: z.object({ eventId: idOf('evt') }), response: { 200: page } },
    config: { access: anyone, limit: 'reads' },
  },
  async () => ({ name: 'Hot', tickets: [{ name: 'Standard', left: 5 }] }),
)
const url = await tessera.http.listen({ host: '127.0.0.1', port: 0 })
const jobs = WITH_JOBS
  ? await startJobs({
      url: URL_OF_DATABASE,
      handlers: tessera.handlers.filter((one) => !one.name.startsWith('notifications')),
      schedules: [],
      log,
      concurrency: 4,
    })
  : undefined
process.send?.({ url, port: Number(new URL(url).port), pid: process.pid })

async function stop(): Promise<void> {
  await jobs?.stop()
  await tessera.close()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
