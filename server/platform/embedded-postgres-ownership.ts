import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './embedded-postgres-program.ts'

/** What `postmaster.pid` says about the server on a data folder. */
export type Postmaster = { pid: number; port: number; status: string }

/**
 * A living process, told apart from a later one with the same number; undefined once it is gone. A zombie is gone:
 * in a container nobody may ever collect it.
 */
export function lifeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return isSignalable(pid) ? String(pid) : undefined
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${pid} ${fields[18] ?? ''} ${readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}`
}

/** Runs the work while no other process starts or stops the server of this folder. A lock left by a dead process is taken over. */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, 'lock')
  const mine = `${lifeOf(process.pid) ?? ''} ${crypto.randomUUID()}`
  const deadline = performance.now() + 120_000
  while (!(await take(lock, mine))) {
    if (performance.now() > deadline)
      throw new EmbeddedPostgresError(
        `Another process has been starting the database in ${folder} for two minutes.`,
      )
    await sleep(30)
  }
  try {
    return await work()
  } finally {
    if (readIfThere(lock) === mine) rmSync(lock, { force: true })
  }
}

async function take(lock: string, mine: string): Promise<boolean> {
  const mark = `${lock}.${mine.split(' ').at(-1) ?? ''}`
  writeFileSync(mark, mine, { mode: 0o600 })
  try {
    linkSync(mark, lock) // there with its content, or not at all
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(mark, { force: true })
  }
  const held = readIfThere(lock)
  if (held === undefined || isHeldByTheLiving(held)) return false
  // Two processes may both see the dead holder. Each puts its own mark over it, and after a moment the last one stands.
  // PostgreSQL's own interlock on the data folder is behind this, should a process sleep at just the wrong time.
  writeFileSync(mark, mine, { mode: 0o600 })
  renameSync(mark, lock)
  await sleep(100)
  return readIfThere(lock) === mine
}

function isHeldByTheLiving(held: string): boolean {
  const pid = Number(held.split(' ')[0])
  const life = lifeOf(pid)
  return life !== undefined && held.startsWith(`${life} `)
}

/** Which process stops the server: the one that started it, or that found it orphaned. */
export const ownership = {
  claim(folder: string): void {
    writeFileSync(join(folder, 'owner'), lifeOf(process.pid) ?? '', { mode: 0o600 })
  },
  isMine(folder: string): boolean {
    return readIfThere(join(folder, 'owner')) === lifeOf(process.pid)
  },
  /** Nobody who could stop it is alive any more. */
  isVacant(folder: string): boolean {
    const owner = readIfThere(join(folder, 'owner'))
    if (owner === undefined || owner === '') return true
    return lifeOf(Number(owner.split(' ')[0])) !== owner
  },
  leave(folder: string): void {
    rmSync(join(folder, 'owner'), { force: true })
  },
}

/**
 * The server that runs on this data folder, once it takes connections; undefined when there is none. Waits for one that
 * is starting, and for one that is going away. A file left by a dead server, or whose number now belongs to another program, counts as none.
 */
export async function findPostmaster(
  data: string,
  log: (line: string) => void,
): Promise<Postmaster | undefined> {
  const deadline = performance.now() + 120_000
  let told = false
  for (;;) {
    const seen = readPostmaster(data)
    if (seen === undefined || lifeOf(seen.pid) === undefined) return undefined
    if (!isPostgresOn(seen.pid, data)) {
      rmSync(join(data, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (seen.status === 'ready') return seen
    if (performance.now() > deadline)
      throw new EmbeddedPostgresError(
        `The database in ${data} (process ${seen.pid}) has been "${seen.status}" for two minutes.`,
      )
    if (!told) log(`the database in ${data} is ${seen.status || 'starting'}; waiting for it`)
    told = true
    await sleep(25)
  }
}

/** Reads `postmaster.pid`; its fourth line is the port, its eighth the state. */
export function readPostmaster(data: string): Postmaster | undefined {
  const lines = readIfThere(join(data, 'postmaster.pid'))?.split('\n')
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() }
}

/** After a restart of the machine or of a container the old number may belong to any program. */
function isPostgresOn(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return true
  const words = readIfThere(`/proc/${pid}/cmdline`)?.split('\0') ?? []
  return basename(words[0] ?? '').startsWith('postgres') && words.includes(data)
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A small file's text; undefined when it is not there (or has just gone). */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
