import { Logger as JobLogger, run, runOnce, type Runner, type TaskList } from 'graphile-worker'
import { sql } from 'kysely'
import pg from 'pg'
import type { Tx } from '#platform/database'
import type { Logger } from '#platform/telemetry'

/** A kind of work that is done later. Its payload carries ids, never codes, links or keys: it lies in a table. */
export interface JobKind<Payload> {
  readonly name: string
  readonly maxAttempts: number
  readonly __payload?: Payload
}

export function defineJob<Payload>(name: string, options: { maxAttempts?: number } = {}): JobKind<Payload> {
  return { name, maxAttempts: options.maxAttempts ?? 25 }
}

export interface EnqueueOptions {
  /** Two jobs with one key are one job, as long as it has not begun. */
  key?: string
  runAt?: Date
}

/** A job exists only if its cause does: it is enqueued in the caller's transaction. */
export async function enqueue<Payload>(
  tx: Tx,
  kind: JobKind<Payload>,
  payload: Payload,
  options: EnqueueOptions = {},
): Promise<void> {
  await sql`select platform.add_job(${kind.name}, ${JSON.stringify(payload)}::json, ${options.key ?? null}, ${options.runAt ?? null}::timestamptz, ${kind.maxAttempts})`.execute(
    tx,
  )
}

export interface JobToAdd {
  kind: JobKind<never> | JobKind<unknown> | { name: string; maxAttempts: number }
  payload: unknown
  key: string
}

/** Many jobs in one statement, and so with one notification. */
export async function enqueueMany(tx: Tx, jobs: readonly JobToAdd[]): Promise<void> {
  if (jobs.length === 0) return
  await sql`select platform.add_jobs(
    ${jobs.map((job) => job.kind.name)}::text[], ${jobs.map((job) => JSON.stringify(job.payload))}::json[],
    ${jobs.map((job) => job.key)}::text[], ${jobs.map((job) => job.kind.maxAttempts)}::integer[])`.execute(tx)
}

/** What does a kind of job, wired in app.ts. Safe to repeat: a worker may die after the work and before saying so. */
export interface JobHandler {
  readonly name: string
  run(payload: unknown): Promise<void>
}

export function handles<Payload>(
  kind: JobKind<Payload>,
  run: (payload: Payload) => Promise<void>,
): JobHandler {
  return { name: kind.name, run: (payload) => run(payload as Payload) }
}

/** A tick: it asks the tables what is due. */
export interface Schedule {
  readonly name: string
  /** Five cron fields, in UTC. */
  readonly cron: string
  run(): Promise<void>
}

export interface JobRunner {
  stop(): Promise<void>
}

interface RunnerOptions {
  /** The application's address; the runner takes the role that may see the job tables. */
  url: string
  handlers: readonly JobHandler[]
  schedules: readonly Schedule[]
  log: Logger
}

/** Works off jobs until stopped; on stop it finishes what is under way. */
export async function startJobs(options: RunnerOptions & { concurrency: number }): Promise<JobRunner> {
  const pool = jobPool(options.url, options.concurrency + 2)
  const runner: Runner = await run({
    pgPool: pool,
    concurrency: options.concurrency,
    noHandleSignals: true,
    pollInterval: 1000,
    logger: quietUnlessFailing(options.log),
    taskList: taskList(options),
    crontab: options.schedules.map((schedule) => `${schedule.cron} ${cronName(schedule.name)}`).join('\n'),
  })
  return {
    async stop() {
      await runner.stop()
      await pool.end()
    },
  }
}

/** Works off everything that is due now, then returns: how tests let the world settle. */
export async function runDueJobs(options: RunnerOptions): Promise<void> {
  const pool = jobPool(options.url, 3)
  try {
    await runOnce({
      pgPool: pool,
      concurrency: 1,
      noHandleSignals: true,
      logger: quietUnlessFailing(options.log),
      taskList: taskList(options),
    })
  } finally {
    await pool.end()
  }
}

function jobPool(url: string, size: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: 'tessera jobs',
    options: '-c role=tessera_jobs',
  })
  // Broken idle connections are replaced by the pool; the library reports what it could not do.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

function taskList({ handlers, schedules, log }: RunnerOptions): TaskList {
  const tasks: TaskList = {}
  const add = (name: string, work: (payload: unknown) => Promise<void>) => {
    if (tasks[name]) throw new Error(`two handlers for job ${name}`)
    tasks[name] = async (payload, helpers) => {
      try {
        await work(payload)
      } catch (error) {
        const { attempts, max_attempts: most } = helpers.job
        if (attempts < most)
          log.warn({ job: name, attempt: attempts, err: error }, 'job failed, it will be tried again')
        else log.error({ job: name, attempt: attempts, err: error }, 'job failed for the last time')
        throw error
      }
    }
  }
  for (const handler of handlers) add(handler.name, (payload) => handler.run(payload))
  for (const schedule of schedules) add(cronName(schedule.name), () => schedule.run())
  return tasks
}

// The crontab's syntax knows no dots or hyphens in the first place of a name, and a schedule is not a job that anyone may enqueue.
function cronName(name: string): string {
  return `tick_${name.replaceAll(/[^a-z0-9]/g, '_')}`
}

function quietUnlessFailing(log: Logger): JobLogger {
  return new JobLogger(() => (level, message) => {
    // A task that failed was logged where it failed, with its job and by whether it is tried again.
    if (level === 'error' && !message.startsWith('Failed task')) log.error({ library: 'jobs' }, message)
  })
}
