import type { Pool } from 'pg'

/**
 * The one source of time: the database's clock, plus an offset that tests move.
 * Several processes agree on what is due because they ask the same clock.
 */
export interface Clock {
  now(): Date
  /** Measures again how far this machine is from the database, and reads the offset. */
  sync(): Promise<void>
  /** Moves time forward for everybody who uses this database. Refused in production. */
  advance(milliseconds: number): Promise<void>
}

export async function createClock(pool: Pool, options: { movable: boolean }): Promise<Clock> {
  let skew = 0
  const sync = async () => {
    const before = Date.now()
    const { rows } = await pool.query<{ now: string; offset: number }>(
      `select extract(epoch from clock_timestamp()) * 1000 as now,
              coalesce((select (value #>> '{}')::bigint from platform.setting where name = 'clock-offset'), 0) as offset`,
    )
    const row = rows[0]
    if (!row) return
    const machine = (before + Date.now()) / 2
    skew = Number(row.now) - machine + (options.movable ? Number(row.offset) : 0)
  }
  await sync()
  return {
    now: () => new Date(Date.now() + skew),
    sync,
    async advance(milliseconds) {
      if (!options.movable) throw new Error('time cannot be moved in production')
      await pool.query(
        `insert into platform.setting (name, value) values ('clock-offset', to_jsonb($1::bigint))
         on conflict (name) do update set value = to_jsonb((platform.setting.value #>> '{}')::bigint + $1::bigint)`,
        [milliseconds],
      )
      await sync()
    },
  }
}

/** Milliseconds that only ever go up: for measuring how long something took. */
export function stopwatch(): () => number {
  const start = performance.now()
  return () => performance.now() - start
}
