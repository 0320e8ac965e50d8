import { createServer } from 'node:http'
import { closeHttp, createLifecycle, endWithSignals } from '#platform/lifecycle'
import { createLogger } from '#platform/telemetry'

/** A small server of its own process, for lifecycle.test.ts to end. Each answer takes 300 ms; /hang never comes. */
const log = createLogger({ level: 'info', pretty: false })
const lifecycle = createLifecycle({ log, withinMs: Number(process.argv[2] ?? 20_000) })
endWithSignals(lifecycle, log)

lifecycle.onShutdown('database', () => log.info('database closed'))
const server = createServer((request, response) => {
  if (request.url === '/hang') return
  if (request.url === '/fault') {
    setTimeout(() => {
      throw new Error('nobody catches this')
    }, 0)
    return
  }
  setTimeout(() => response.end('done'), 300)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`listening ${typeof address === 'object' ? address?.port : ''}\n`)
})
lifecycle.onShutdown('http', () =>
  closeHttp(server, () => new Promise<void>((resolve) => void server.close(() => resolve()))),
)
