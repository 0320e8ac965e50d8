import { stopwatch } from '#platform/clock'
import { asPlatform, type Database } from '#platform/database'
import { missingMigrations } from '#platform/prepare-database'
import type { Logger } from '#platform/telemetry'
import { jobHealth } from './operations-store.ts'

/** Resolves when all is well, and throws what is wrong. */
export type Probe = () => Promise<void>

export interface Check {
  ok: boolean
  milliseconds: number
  /** For operators and the log, never for the public answer: it may name hosts. */
  error?: unknown
}

export type CheckName = 'database' | 'migrations' | 'jobs' | 'provider' | 'mail'

export type Health = Record<CheckName, Check>

/** Without these a process can serve nobody. With the others ailing it still sells, and answers `degraded`. */
export const essential: readonly CheckName[] = ['database', 'migrations']

export const probeTimeoutMs = 5000
const rememberedForMs = 5000

export interface HealthOptions {
  db: Database
  log: Logger
  /** Whether the payment provider answers, and whether the mail server does. */
  probes: { provider: Probe; mail: Probe }
}

/** Looks at everything at most once in five seconds, whoever asks: looking is free for nobody. */
export function createHealth({ db, log, probes }: HealthOptions): () => Promise<Health> {
  const all: Record<CheckName, Probe> = {
    database: () => databaseAnswers(db),
    migrations: () => databaseIsMigrated(db),
    jobs: () => jobsAreWorkedOff(db),
    ...probes,
  }
  let last: { at: number; health: Promise<Health> } | undefined
  return () => {
    const now = performance.now()
    if (last === undefined || now - last.at > rememberedForMs) last = { at: now, health: look(all, log) }
    return last.health
  }
}

async function look(probes: Record<CheckName, Probe>, log: Logger): Promise<Health> {
  const names = Object.keys(probes) as CheckName[]
  const checks = await Promise.all(
    names.map(async (name) => {
      const check = await measured(name, probes[name])
      if (!check.ok) log.warn({ check: name, err: check.error }, 'not well')
      return [name, check] as const
    }),
  )
  return Object.fromEntries(checks) as Health
}

async function measured(name: string, probe: Probe): Promise<Check> {
  const elapsed = stopwatch()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} did not answer within ${probeTimeoutMs} ms`)),
      probeTimeoutMs,
    )
  })
  try {
    await Promise.race([probe(), late])
    return { ok: true, milliseconds: Math.round(elapsed()) }
  } catch (error) {
    return { ok: false, milliseconds: Math.round(elapsed()), error }
  } finally {
    clearTimeout(timer)
  }
}

export async function databaseAnswers({ pool }: Pick<Database, 'pool'>): Promise<void> {
  await pool.query('select 1')
}

async function databaseIsMigrated({ pool }: Pick<Database, 'pool'>): Promise<void> {
  const missing = await missingMigrations(pool)
  if (missing.length > 0) throw new Error(`the database lacks ${missing.join(', ')}`)
}

/** A tick comes every minute, so three without one means that no worker runs. */
export const oldestTickSeconds = 180

async function jobsAreWorkedOff(db: Database): Promise<void> {
  const jobs = await asPlatform(db, jobHealth)
  if (jobs.lastTickSeconds === null) throw new Error('no worker has run yet')
  if (jobs.lastTickSeconds > oldestTickSeconds)
    throw new Error(`the last tick was ${Math.round(jobs.lastTickSeconds)} s ago: no worker runs`)
  if (jobs.lateSeconds > oldestTickSeconds)
    throw new Error(`a job has waited for ${Math.round(jobs.lateSeconds)} s`)
}

export function statusOf(
  health: Health,
  stopping: boolean,
): { status: 'ok' | 'degraded' | 'down' | 'stopping'; http: 200 | 503 } {
  if (stopping) return { status: 'stopping', http: 503 }
  if (essential.some((name) => !health[name].ok)) return { status: 'down', http: 503 }
  const well = Object.values(health).every((check) => check.ok)
  return { status: well ? 'ok' : 'degraded', http: 200 }
}
