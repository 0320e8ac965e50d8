import { createServer } from 'node:http'
import { closeHttp, createLifecycle, endWithSignals } from '#platform/lifecycle'
import { createLogger } from '#platform/telemetry'

/** A small server of its own process, for lifecycle.test.ts to end. Each answer takes 300 ms; /hang never comes. */
const say = (line: string) => void process.stdout.write(`${line}\n`)
const log = createLogger({ level: 'info', pretty: false })
const lifecycle = createLifecycle({ log, withinMs: Number(process.argv[2] ?? 20_000) })
endWithSignals(lifecycle, log)

lifecycle.onShutdown('database', () => say('database closed'))
const server = createServer((request, response) => {
  if (request.url === '/hang') return
  if (request.url === '/fault') {
    setTimeout(() => {
      throw new Error('nobody catches this')
    }, 0)
    return
  }
  say('begun')
  setTimeout(() => response.end('done'), 300)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  say(`listening ${typeof address === 'object' ? address?.port : ''}`)
})
lifecycle.onShutdown('http', async () => {
  await closeHttp(server, () => new Promise<void>((resolve) => void server.close(() => resolve())))
  say('http closed')
})
