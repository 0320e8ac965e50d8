import { errorCode } from '#platform/database'
import { serverProblems } from '#platform/problem'

/**
 * A desk serves everyone who is waiting in one go. Many small writes that meet one row would each wait for the one
 * before to reach the disk; at a desk the clerk takes the whole queue into one transaction and answers each alone.
 */
export interface Desk<Request, Answer> {
  /** Waits in line under `key` (one clerk per key). Refuses with server.busy when the line is full or the wait too long. */
  ask(key: string, request: Request): Promise<Answer>
  /** Takes nobody new, and resolves when everybody in line was answered. */
  close(): Promise<void>
  waiting(): number
}

export interface DeskOptions<Request, Answer> {
  /** Serves a whole line. Gives one answer for each request, in order; an Error among them is thrown to that one only. */
  serve(key: string, requests: readonly Request[]): Promise<readonly (Answer | Error)[]>
  /** How many are served in one go. */
  batch: number
  /** How many may wait for one clerk before newcomers are refused. */
  line: number
  /** How long one may wait before being served, in milliseconds. */
  patience: number
}

/**
 * The database is away or full (SQLSTATE classes 08, 53, 57, 58), or the connection is lost: trying each alone would only
 * make it worse. Anything else may be what one request brought.
 */
function failsForAll(error: unknown): boolean {
  if (/^(?:08|53|57|58|E[A-Z]{3,})/.test(errorCode(error) ?? '')) return true
  const message = error instanceof Error ? error.message : ''
  return /pool after calling end|[Cc]onnection terminated|timeout exceeded when trying to connect/.test(
    message,
  )
}

/** Those who arrive in the same turn of the event loop are served together: a clerk looks up once before beginning. */
function everybodyWhoComesNow(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

interface Waiting<Request, Answer> {
  request: Request
  since: number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export function createDesk<Request, Answer>(options: DeskOptions<Request, Answer>): Desk<Request, Answer> {
  const lines = new Map<string, Waiting<Request, Answer>[]>()
  const busy = new Set<Promise<void>>()
  let closed = false
  let waiting = 0

  async function work(key: string, line: Waiting<Request, Answer>[]): Promise<void> {
    while (line.length > 0) {
      const batch = line.splice(0, options.batch)
      waiting -= batch.length
      const patient = batch.filter((one) => {
        if (performance.now() - one.since <= options.patience) return true
        one.reject(serverProblems.busy({ retryAfterSeconds: 2 }))
        return false
      })
      if (patient.length > 0) await serveAll(key, patient)
    }
    lines.delete(key)
  }

  async function serveAll(key: string, batch: Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await options.serve(
        key,
        batch.map((one) => one.request),
      )
      for (const [index, one] of batch.entries()) {
        const answer = answers[index]
        if (answer instanceof Error) one.reject(answer)
        else one.resolve(answer as Answer)
      }
    } catch (error) {
      // What one request brought may have failed the transaction for all: then each is tried alone, so that no neighbour suffers.
      if (batch.length > 1 && !failsForAll(error)) for (const one of batch) await serveAll(key, [one])
      else for (const one of batch) one.reject(error)
    }
  }

  return {
    ask(key, request) {
      if (closed) return Promise.reject(serverProblems.stopping({ retryAfterSeconds: 1 }))
      const line = lines.get(key)
      if (line && line.length >= options.line)
        return Promise.reject(serverProblems.busy({ retryAfterSeconds: 2 }))
      return new Promise<Answer>((resolve, reject) => {
        const one = { request, since: performance.now(), resolve, reject }
        waiting += 1
        if (line) {
          line.push(one)
          return
        }
        const fresh = [one]
        lines.set(key, fresh)
        const running = everybodyWhoComesNow()
          .then(() => work(key, fresh))
          .finally(() => busy.delete(running))
        busy.add(running)
      })
    },
    async close() {
      closed = true
      await Promise.all(busy)
    },
    waiting: () => waiting,
  }
}
