// A load generator that costs little: requests are written out before the clock starts, and answers are only counted.
// autocannon makes each request anew when bodies differ, and is then the bottleneck itself.
import { connect } from 'node:net'

export interface Load {
  port: number
  connections: number
  seconds: number
  /** Whole requests as they go over the wire, in groups that one connection sends one after the other. */
  requests: readonly (readonly Buffer[])[]
}

export interface Loaded {
  /** Groups of requests that were answered, and how many a second. */
  perSecond: number
  done: number
  /** Answers by status. */
  statuses: Record<string, number>
  /** Milliseconds. */
  p50: number
  p99: number
}

export function post(path: string, body: string, headers: Record<string, string> = {}): Buffer {
  const more = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`,
  )
}

export function get(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
}

/** Keeps every connection busy with one request at a time until the time or the requests are over. */
export async function load({ port, connections, seconds, requests }: Load): Promise<Loaded> {
  const statuses: Record<string, number> = {}
  const times: number[] = []
  let next = 0
  let done = 0
  const start = performance.now()
  const end = start + seconds * 1000
  let last = start
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      socket.setNoDelay(true)
      let sentAt = 0
      let head = ''
      let missing = -1
      let group: readonly Buffer[] = []
      let step = 0
      const send = () => {
        if (step === group.length) {
          if (step > 0) done += 1
          group = requests[next] ?? []
          step = 0
          next += 1
        }
        const request = group[step]
        if (request === undefined || (step === 0 && performance.now() >= end)) {
          socket.end()
          resolve()
          return
        }
        step += 1
        sentAt = performance.now()
        socket.write(request)
      }
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        if (missing < 0) {
          head += chunk.toString('latin1')
          const body = head.indexOf('\r\n\r\n')
          if (body < 0) return
          const length = /content-length: (\d+)/i.exec(head)
          missing = Number(length?.[1] ?? 0) - (head.length - body - 4)
        } else missing -= chunk.length
        if (missing > 0) return
        const status = head.slice(9, 12)
        statuses[status] = (statuses[status] ?? 0) + 1
        last = performance.now()
        times.push(last - sentAt)
        head = ''
        missing = -1
        send()
      })
    })
  await Promise.all(Array.from({ length: connections }, one))
  times.sort((left, right) => left - right)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return {
    perSecond: done / ((last - start) / 1000),
    done,
    statuses,
    p50: at(0.5),
    p99: at(0.99),
  }
}
