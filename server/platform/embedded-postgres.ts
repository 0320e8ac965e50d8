import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, statSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import {
  findPostmaster,
  lifeOf,
  ownership,
  readIfThere,
  readPostmaster,
  withFolderLock,
} from './embedded-postgres-ownership.ts'
import type { Postmaster } from './embedded-postgres-ownership.ts'
import { EmbeddedPostgresError, prepareDataFolder, prepareProgram } from './embedded-postgres-program.ts'
import type { Account, Program } from './embedded-postgres-program.ts'

export { EmbeddedPostgresError, reachableDataDir } from './embedded-postgres-program.ts'

export type EmbeddedPostgresOptions = {
  /** Holds the data, the password, the port and the log. Made if it is not there. */
  dataDir: string
  /** Without it a free port is chosen once and kept in the data folder. */
  port?: number
  /** False gives up safety against power loss for speed; for tests. */
  durable?: boolean
  /** Further server settings, by name. */
  settings?: Record<string, string>
  log?: (line: string) => void
}

export type EmbeddedPostgres = {
  /** The superuser's address, on 127.0.0.1 only, with its password; names the database `postgres`. */
  readonly url: string
  readonly port: number
  /** The server's main process. It changes when the server had to be started again. */
  readonly pid: number
  /** True when the server was already running. */
  readonly attached: boolean
  /** Shuts the server down where it is ours (started here, or found orphaned); otherwise only lets go of it. */
  stop(): Promise<void>
}

type Ground = {
  folder: string
  data: string
  account: Account | undefined
  program: Program
  options: EmbeddedPostgresOptions
  log: (line: string) => void
}

const superuser = 'postgres'

/**
 * Starts PostgreSQL from npm on a folder, or attaches to the server that already runs there. One process owns the server and
 * takes it down when it exits; a server orphaned by a killed process gets a new owner, and one that dies under its owner
 * is started again. Refuses with one clear line (EmbeddedPostgresError): no package for this platform, a folder that its user
 * cannot enter or that is another's, data of another major version, a busy port.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { folder, account } = await prepareDataFolder(options.dataDir)
  const log = options.log ?? (() => undefined)
  const { server, attached, owned, ground } = await withFolderLock(folder, async () => {
    const program = await prepareProgram(folder, account)
    const ground: Ground = { folder, data: join(folder, 'data'), account, program, options, log }
    await makeCluster(ground)
    return { ground, ...(await attachOrStart(ground)) }
  })
  const url = await addressOf(ground, server)
  const held = { ground, server, owned, stopped: false }
  if (owned) keepRunning(held)
  return {
    url,
    port: server.port,
    get pid() {
      return held.server.pid
    },
    attached,
    stop: () => stop(held),
  }
}

async function attachOrStart(
  ground: Ground,
): Promise<{ server: Postmaster; attached: boolean; owned: boolean }> {
  const { folder, data, options, log } = ground
  const running = await findPostmaster(data, log)
  const owned = running === undefined || ownership.isVacant(folder)
  if (running !== undefined) {
    if (options.port === undefined || options.port === running.port) {
      if (owned) ownership.claim(folder)
      log(`attached to the database that was already running (process ${running.pid}, port ${running.port})`)
      return { server: running, attached: true, owned }
    }
    if (!owned)
      throw new EmbeddedPostgresError(
        `The database in ${folder} already runs on port ${running.port}, for another process, and not on ${options.port}.`,
      )
    await shutDown(ground, running.pid)
  }
  ownership.claim(folder)
  return { server: await startServer(ground), attached: false, owned: true }
}

// ---- making the cluster

/** Makes the data folder's contents in a folder beside it and renames it, so that a half-made cluster is never used. */
async function makeCluster(ground: Ground): Promise<void> {
  const { folder, data, account, program, options, log } = ground
  if (existsSync(join(data, 'PG_VERSION'))) return refuseOtherVersion(ground)
  if (existsSync(data))
    throw new EmbeddedPostgresError(`${data} is there, but it is not the data of a PostgreSQL server.`)
  for (const leftover of (await readdir(folder)).filter((name) => name.startsWith('unfinished-')))
    await rm(join(folder, leftover), { recursive: true, force: true })
  log(`making a database in ${folder}`)
  const password = randomBytes(24).toString('base64url')
  await writeFile(join(folder, 'password'), password, { mode: 0o600 })
  const unfinished = mkdtempSync(join(folder, 'unfinished-'))
  const passwordFile = join(unfinished, 'password') // a second one: the server's user may not read ours
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (account !== undefined)
    for (const path of [unfinished, passwordFile]) chownSync(path, account.uid, account.gid)
  const made = join(unfinished, 'data')
  await run(ground, program.initdb, [
    `--pgdata=${made}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(options.durable === false ? ['--no-sync'] : []),
  ])
  await rename(made, data)
  await rm(unfinished, { recursive: true, force: true })
}

function refuseOtherVersion({ data, folder, program }: Ground): void {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (made === program.major) return
  throw new EmbeddedPostgresError(
    `The data in ${folder} was made by PostgreSQL ${made}, and the embedded one is ${program.major}. Set DATABASE_URL to a PostgreSQL ${made} that serves it, or move the folder away and restore a backup.`,
  )
}

// ---- starting the server

async function startServer(ground: Ground): Promise<Postmaster> {
  const { folder, options, log } = ground
  const deadline = performance.now() + 30_000
  for (;;) {
    const port = await choosePort(ground)
    const outcome = await tryToStart(ground, port)
    if (typeof outcome !== 'string') {
      log(`the database runs on port ${port} (process ${outcome.pid})`)
      return outcome
    }
    // After a kill -9 the last of its processes may hold the memory for a moment, and a chosen port may have been taken just now.
    const isPassing = /pre-existing shared memory block|lock file .* already exists/.test(outcome)
    const isTaken = /Address already in use/.test(outcome)
    const mayTryAgain = (isPassing || (isTaken && options.port === undefined)) && performance.now() < deadline
    if (isTaken && !mayTryAgain) throw busyPort(port)
    if (!mayTryAgain)
      throw new EmbeddedPostgresError(
        `The database in ${folder} did not start: ${reasonIn(outcome)} (the log is ${join(folder, 'server.log')}).`,
      )
    await sleep(100)
  }
}

/** Answers the server once it takes connections, or what it logged before it gave up. */
async function tryToStart(ground: Ground, port: number): Promise<Postmaster | string> {
  const { data, program } = ground
  const logFile = await freshLog(ground)
  const logged = statSync(logFile).size
  const output = openSync(logFile, 'a', 0o600)
  const child = launch(ground, program.postgres, ['-D', data, ...settingsOf(ground, port)], {
    detached: true, // a Ctrl-C in the terminal is for us; we then take the server down in order
    stdio: ['ignore', output, output],
    cwd: data,
  })
  closeSync(output)
  child.unref()
  const ended = whenEnded(child)
  for (;;) {
    const early = await Promise.race([ended, sleep(10)])
    if (early instanceof Error) throw cannotRun(program.postgres, early)
    if (early !== undefined) return readFileSync(logFile, 'utf8').slice(logged)
    const seen = readPostmaster(data)
    if (seen !== undefined && seen.pid === child.pid && seen.status === 'ready') return seen
  }
}

function settingsOf({ options }: Ground, port: number): string[] {
  const settings: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    log_min_messages: 'warning',
    log_min_error_statement: 'panic', // a statement may carry personal data; the log does not
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
    ...options.settings,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function choosePort({ folder, options, log }: Ground): Promise<number> {
  if (options.port !== undefined) {
    if ((await bindable(options.port)) === undefined) throw busyPort(options.port)
    return options.port
  }
  const remembered = Number(readIfThere(join(folder, 'port')) ?? 0)
  const chosen = (await bindable(remembered)) ?? (await bindable(0)) ?? 0
  if (remembered !== 0 && chosen !== remembered)
    log(`port ${remembered} is in use; taking ${chosen} from now on`)
  await writeFile(join(folder, 'port'), String(chosen))
  return chosen
}

/** The port that this one gives (0: any free one); undefined when it is in use. */
function bindable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen({ port, host: '127.0.0.1' }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}

function busyPort(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Port ${port} is in use by another program, so the database cannot listen there. Stop that program or choose another port.`,
  )
}

async function freshLog({ folder }: Ground): Promise<string> {
  const path = join(folder, 'server.log')
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > 5_000_000) await rename(path, `${path}.1`)
  await writeFile(path, '', { flag: 'a', mode: 0o600 })
  return path
}

/** Signs in once, which proves that address, port and password belong together. */
async function addressOf({ folder }: Ground, server: Postmaster): Promise<string> {
  const password = readIfThere(join(folder, 'password'))?.trim() ?? ''
  const url = `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/postgres`
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The database in ${folder} runs, but does not let us in: ${(error as Error).message}. Its password is in ${join(folder, 'password')}.`,
    )
  } finally {
    await client.end().catch(() => undefined)
  }
  return url
}

// ---- keeping and stopping it

type Held = { ground: Ground; server: Postmaster; owned: boolean; stopped: boolean; watch?: NodeJS.Timeout }

const heldHere = new Set<Held>()

/** Starts the server again when it dies, and takes it down with this process. */
function keepRunning(held: Held): void {
  if (heldHere.size === 0) {
    process.on('exit', leaveInOrder)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  }
  heldHere.add(held)
  let busy = false
  held.watch = setInterval(() => {
    if (busy || lifeOf(held.server.pid) !== undefined) return
    busy = true
    startAgain(held)
      .catch((error: Error) => {
        held.ground.log(error.message)
        return sleep(5_000, undefined, { ref: false }) // what keeps it down will not be gone in a moment
      })
      .finally(() => (busy = false))
  }, 250)
  held.watch.unref()
}

async function startAgain(held: Held): Promise<void> {
  const { ground } = held
  await withFolderLock(ground.folder, async () => {
    if (held.stopped || !ownership.isMine(ground.folder)) return
    ground.log('the database has died; starting it again')
    const options = { ...ground.options, port: held.server.port } // clients hold this address
    held.server =
      (await findPostmaster(ground.data, ground.log)) ?? (await startServer({ ...ground, options }))
  })
}

async function stop(held: Held): Promise<void> {
  if (held.stopped) return
  held.stopped = true
  clearInterval(held.watch)
  const { folder } = held.ground
  if (held.owned)
    await withFolderLock(folder, async () => {
      if (!ownership.isMine(folder)) return
      await shutDown(held.ground, held.server.pid)
      ownership.leave(folder)
    })
  heldHere.delete(held)
  if (heldHere.size > 0) return
  process.off('exit', leaveInOrder)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
}

/** A fast shutdown: sessions are ended, everything committed is on disk when it is done. */
async function shutDown({ program, folder }: Ground, pid: number): Promise<void> {
  const life = lifeOf(pid)
  if (life === undefined) return
  askToStop(program, pid)
  const deadline = performance.now() + 60_000
  while (lifeOf(pid) === life) {
    if (performance.now() > deadline)
      throw new EmbeddedPostgresError(
        `The database in ${folder} (process ${pid}) did not stop within a minute.`,
      )
    await sleep(10)
  }
}

function askToStop(program: Program, pid: number): void {
  if (process.platform === 'win32') spawnSync(program.pgCtl, ['kill', 'INT', String(pid)])
  else process.kill(pid, 'SIGINT')
}

/** The process is going without having called stop: the server finishes on its own, and the next start waits for that. */
function leaveInOrder(): void {
  for (const { ground, server } of heldHere) {
    if (!ownership.isMine(ground.folder) || lifeOf(server.pid) === undefined) continue
    askToStop(ground.program, server.pid)
    ownership.leave(ground.folder)
  }
}

/** Where nobody else handles the signal, it would end the process without an `exit`; so we leave in order and let it happen. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  leaveInOrder()
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

// ---- processes

function launch({ account }: Ground, file: string, words: string[], options: SpawnOptions): ChildProcess {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid }
  return spawn(file, words, { ...options, ...as, env })
}

async function run(ground: Ground, file: string, words: string[]): Promise<void> {
  const child = launch(ground, file, words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: ground.folder })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (said += bytes.toString()))
  const ended = await whenEnded(child)
  if (ended instanceof Error) throw cannotRun(file, ended)
  if (ended !== 'exit 0')
    throw new EmbeddedPostgresError(`The database could not be made: ${reasonIn(said)}.`)
}

function whenEnded(child: ChildProcess): Promise<string | Error> {
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`))
  })
}

/** A program that is there and still "not found" lacks its loader: the binaries are for glibc. */
function cannotRun(file: string, error: NodeJS.ErrnoException): EmbeddedPostgresError {
  const why =
    error.code === 'ENOENT' && existsSync(file) ? 'this system has no glibc' : (error.code ?? error.message)
  return new EmbeddedPostgresError(
    `${file} cannot be run (${why}). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
  )
}

function reasonIn(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((one) => /FATAL|PANIC|error:/.test(one)) ?? lines.at(-1) ?? 'it said nothing'
  return line.replace(/^.*?(FATAL|PANIC|error):\s*/, '').trim()
}
