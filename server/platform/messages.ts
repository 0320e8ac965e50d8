import { sql } from 'kysely'
import pg from 'pg'
import type { Database, Tx } from '#platform/database'
import type { Logger } from '#platform/telemetry'

/**
 * Hints between processes ("this event changed, forget what you cached"), over LISTEN/NOTIFY. A hint may be lost when a
 * connection breaks, so every listener also has its own way to become right again (a short time to live, a tick).
 */
export interface Messages {
  subscribe(channel: string, listener: (payload: string) => void): () => void
  close(): Promise<void>
}

/** Sent when the transaction commits. Never in a hot transaction: NOTIFY makes commits wait for each other. */
export async function publish(tx: Tx, channel: string, payload: string): Promise<void> {
  await sql`select pg_notify('tessera', ${JSON.stringify([channel, payload])})`.execute(tx)
}

/** A hint of its own, outside any transaction. */
export async function publishNow(db: Database, channel: string, payload: string): Promise<void> {
  await db.pool.query(`select pg_notify('tessera', $1)`, [JSON.stringify([channel, payload])])
}

const firstPause = 200
const longestPause = 10_000

/** `url` must lead to PostgreSQL itself, not to a pooler in transaction mode. */
export async function listenForMessages(url: string, log: Logger): Promise<Messages> {
  const listeners = new Map<string, Set<(payload: string) => void>>()
  let client: pg.Client | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function connect(pause: number): Promise<void> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'tessera messages',
      keepAlive: true,
    })
    let lost = false
    const again = () => {
      if (lost || closed) return
      lost = true
      client = undefined
      timer = setTimeout(() => void connect(Math.min(pause * 2, longestPause)), pause)
      timer.unref()
    }
    fresh.on('error', again)
    fresh.on('end', again)
    fresh.on('notification', ({ payload }) => hear(payload))
    try {
      await fresh.connect()
      await fresh.query('listen tessera')
      client = fresh
    } catch (error) {
      log.warn({ err: error }, 'cannot listen for messages, trying again')
      again()
    }
  }

  function hear(text: string | undefined): void {
    if (text === undefined) return
    const [channel, payload] = JSON.parse(text) as [string, string]
    for (const listener of listeners.get(channel) ?? []) listener(payload)
  }

  await connect(firstPause)
  return {
    subscribe(channel, listener) {
      const set = listeners.get(channel) ?? new Set()
      listeners.set(channel, set.add(listener))
      return () => set.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
