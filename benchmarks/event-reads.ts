// Reading an event with live availability, against the same server's empty GET, while places are being held.
import { get, load } from './load.ts'
import { aHotEvent, ground, inOwnProcess, round, type Row } from './ground.ts'
import { publicId } from '../server/platform/ids.ts'

const seconds = Number(process.env['SECONDS'] ?? 8)

export async function run(): Promise<Row[]> {
  const base = await ground()
  try {
    const show = await aHotEvent(base, { price: 4500 })
    const server = await inOwnProcess<{ port: number }>('product-server.ts', { URL_OF_DATABASE: base.url })
    const measure = async (path: string) => {
      const requests = Array.from({ length: 400_000 }, () => [get(path)])
      const result = await load({ port: server.ready.port, connections: 128, seconds, requests })
      if (Object.keys(result.statuses).join() !== '200')
        throw new Error(`answers: ${JSON.stringify(result.statuses)}`)
      return result.perSecond
    }
    const empty = `/empty/${publicId('evt', show.eventId)}`
    const event = `/v1/organisers/b-${show.orgId}/events/hot-${show.eventId}`
    await measure(empty)
    const yardstick = await measure(empty)
    await measure(event)
    const ours = await measure(event)
    await server.stop()
    return [
      {
        what: 'read an event with live availability, 128 connections',
        figure: `${round(ours)}/s`,
        yardstick: `empty GET ${round(yardstick)}/s`,
        ratio: (ours / yardstick).toFixed(2),
        target: '>= 0.7',
      },
    ]
  } finally {
    await base.close()
  }
}

if (import.meta.main) for (const row of await run()) process.stdout.write(`${JSON.stringify(row)}\n`)
