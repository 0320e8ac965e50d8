import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { lifeOf } from './embedded-postgres-ownership.ts'
import { reachableDataDir, startEmbeddedPostgres } from './embedded-postgres.ts'
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65534
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-database-'))
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options)
  cleanUps.push(() => server.stop())
  return server
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited too long until ${what}`)
    await sleep(20)
  }
}

type Child = {
  pid: number
  line(): Promise<string>
  lines: string[]
  kill(signal: NodeJS.Signals): void
  gone: Promise<unknown>
}

/** Another node process with `server` started on the folder; it says `{pid, url, attached}` and then runs the rest. */
function nodeProcess(
  dataDir: string,
  rest = 'await new Promise(() => setInterval(() => {}, 1000))',
  uid?: number,
): Child {
  const code = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)}
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} }).catch((error) => {
      process.stdout.write(error.name + ': ' + error.message + '\\n')
      process.exit(1)
    })
    const say = (line) => process.stdout.write(line + '\\n')
    say(JSON.stringify({ pid: server.pid, url: server.url, attached: server.attached }))
    ${rest}`
  const as = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
    ...as,
  })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  cleanUps.push(async () => {
    kill('SIGKILL')
    await gone
  })
  const line = async () => {
    await until('the other process speaks', () => lines.length > 0)
    return lines.shift() ?? ''
  }
  return { pid: child.pid ?? 0, line, lines, kill, gone }
}

const started = async (child: Child) =>
  JSON.parse(await child.line()) as { pid: number; url: string; attached: boolean }

/** The server of a killed process must not outlive the test. */
function takeDownLater(dataDir: string): void {
  cleanUps.push(() => startEmbeddedPostgres({ dataDir }).then((server) => server.stop()))
}

describe('a database without installing one', () => {
  it('starts in an empty folder and is there again with its rows after a stop', async () => {
    const dataDir = temporaryFolder()
    const first = await start({ dataDir })
    expect(first.attached).toBe(false)
    await ask(first.url, 'create table kept (n int); insert into kept values (7)')
    await first.stop()
    expect(lifeOf(first.pid)).toBeUndefined()
    const second = await start({ dataDir })
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 7 }])
    expect(second.port).toBe(first.port)
  })

  it('speaks UTF-8 and UTC, syncs every commit, and answers on this machine only, to those with the password', async () => {
    const dataDir = temporaryFolder()
    const server = await start({ dataDir })
    const setting = async (name: string) => (await ask(server.url, `show ${name}`))[0]?.[name.toLowerCase()]
    expect(await setting('server_encoding')).toBe('UTF8')
    expect((await ask(server.url, 'show timezone'))[0]).toEqual({ TimeZone: 'UTC' })
    expect(await setting('fsync')).toBe('on')
    expect(await setting('synchronous_commit')).toBe('on')
    expect(await setting('listen_addresses')).toBe('127.0.0.1')
    expect(await ask(server.url, "select upper('žluť') as word")).toEqual([{ word: 'ŽLUŤ' }])
    const withoutPassword = server.url.replace(/:[^:@/]+@/, ':guess@')
    await expect(ask(withoutPassword, 'select 1')).rejects.toThrow('password authentication failed')
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600)
    expect(server.url).toContain(readFileSync(join(dataDir, 'password'), 'utf8'))
  })

  it('takes down the server when the process ends, by itself or by a signal that nobody handles', async () => {
    const dataDir = temporaryFolder()
    const leaving = nodeProcess(dataDir, 'process.exit(0)')
    const { pid } = await started(leaving)
    await until('the server has gone', () => lifeOf(pid) === undefined)
    const signalled = nodeProcess(dataDir)
    const again = await started(signalled)
    signalled.kill('SIGTERM')
    await signalled.gone
    await until('the server has gone', () => lifeOf(again.pid) === undefined)
  })
})

describe('two processes on one folder', () => {
  it('share one server, and only the one that started it takes it down', async () => {
    const dataDir = temporaryFolder()
    const owner = await start({ dataDir })
    const guest = await started(nodeProcess(dataDir, 'await server.stop(); say("let go"); process.exit(0)'))
    expect(guest).toEqual({ pid: owner.pid, url: owner.url, attached: true })
    const sameProcess = await startEmbeddedPostgres({ dataDir })
    await sameProcess.stop()
    expect(await ask(owner.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await owner.stop()
    expect(lifeOf(owner.pid)).toBeUndefined()
  })

  it('start at the same moment in an empty folder and agree on one server', async () => {
    const dataDir = temporaryFolder()
    const children = [1, 2, 3].map(() => nodeProcess(dataDir))
    takeDownLater(dataDir)
    const answers = await Promise.all(children.map(started))
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(1)
    expect(answers.filter((answer) => !answer.attached)).toHaveLength(1)
  })
})

describe('when a process is killed', () => {
  it('the server it left behind is found again, keeps its rows, and has a new owner', async () => {
    const dataDir = temporaryFolder()
    const killed = nodeProcess(dataDir)
    const orphan = await started(killed)
    await ask(orphan.url, 'create table kept (n int); insert into kept values (1)')
    killed.kill('SIGKILL')
    await killed.gone
    expect(lifeOf(orphan.pid)).toBeDefined()
    const server = await start({ dataDir })
    expect(server).toMatchObject({ pid: orphan.pid, attached: true })
    expect(await ask(server.url, 'select n from kept')).toEqual([{ n: 1 }])
    await server.stop()
    expect(lifeOf(orphan.pid)).toBeUndefined()
  })

  it('no committed row is lost, whether it hits us, the server, or both', async () => {
    const dataDir = temporaryFolder()
    const writing = `
      const { Client } = await import('pg')
      const client = new Client({ connectionString: server.url })
      client.on('error', () => {})
      await client.connect()
      await client.query('create table if not exists kept (n int primary key)')
      const { rows } = await client.query('select coalesce(max(n), 0) as n from kept')
      const hang = () => new Promise(() => setInterval(() => {}, 1000))
      for (let n = rows[0].n + 1; ; n++) {
        await client.query('insert into kept values ($1)', [n]).catch(hang)
        say(String(n))
      }`
    takeDownLater(dataDir)
    let committed = 0
    for (const victims of [['server', 'us'], ['us', 'server'], ['us'], ['server', 'us']]) {
      const child = nodeProcess(dataDir, writing)
      const { pid } = await started(child)
      await until('some rows are committed', () => child.lines.length > 50)
      for (const victim of victims) process.kill(victim === 'us' ? child.pid : pid, 'SIGKILL')
      await child.gone
      committed = Math.max(committed, ...child.lines.map(Number))
    }
    const server = await start({ dataDir })
    const [found] = await ask(server.url, 'select count(*)::int as count, max(n) as last from kept')
    expect(found?.['last']).toBeGreaterThanOrEqual(committed)
    expect(found?.['count']).toBe(found?.['last'])
  })

  it('a server that dies under a running process comes back at the same address', async () => {
    const dataDir = temporaryFolder()
    const server = await start({ dataDir })
    await ask(server.url, 'create table kept (n int); insert into kept values (5)')
    const before = server.pid
    process.kill(before, 'SIGKILL')
    const rows = () => ask(server.url, 'select n from kept').catch(() => [])
    await until('the server is back', async () => (await rows()).length === 1)
    expect(server.pid).not.toBe(before)
    expect(await rows()).toEqual([{ n: 5 }])
  })

  it('a number in the old process file that now belongs to another program does not keep the server down', async () => {
    const dataDir = temporaryFolder()
    await (await start({ dataDir })).stop()
    const file = join(dataDir, 'data', 'postmaster.pid')
    const owner = statSync(join(dataDir, 'data'))
    writeFileSync(file, `${process.pid}\n${join(dataDir, 'data')}\n1\n1\n\n127.0.0.1\n1 1\nready   \n`)
    chownSync(file, owner.uid, owner.gid)
    writeFileSync(join(dataDir, 'lock'), '999999999 1 boot left-by-the-dead')
    const server = await start({ dataDir })
    expect(server.attached).toBe(false)
  })
})

describe('refusals are one clear line', () => {
  it('a port that another program uses', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    cleanUps.push(() => other.close())
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await expect(startEmbeddedPostgres({ dataDir: temporaryFolder(), port })).rejects.toMatchObject({
      name: 'EmbeddedPostgresError',
      message: `Port ${port} is in use by another program, so the database cannot listen there. Stop that program or choose another port.`,
    })
  })

  it('but a port that we chose ourselves is chosen anew', async () => {
    const dataDir = temporaryFolder()
    const first = await start({ dataDir })
    await first.stop()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(first.port, '127.0.0.1', resolve))
    cleanUps.push(() => other.close())
    expect((await start({ dataDir })).port).not.toBe(first.port)
  })

  it('data of a newer PostgreSQL', async () => {
    const dataDir = temporaryFolder()
    await (await start({ dataDir })).stop()
    writeFileSync(join(dataDir, 'data', 'PG_VERSION'), '19\n')
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      /made by PostgreSQL 19, and the embedded one is 18\. Set DATABASE_URL/,
    )
  })

  it.runIf(isRoot)(
    'a folder that the user of the database cannot enter, which a reachable one replaces',
    async () => {
      const home = join(temporaryFolder(), 'home')
      mkdirSync(home)
      chmodSync(join(home, '..'), 0o755)
      chmodSync(home, 0o700)
      const dataDir = join(home, 'data')
      await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
        new RegExp(`who may not enter ${home}\\.`),
      )
      expect(reachableDataDir(dataDir)).toMatch(/^\/var\/lib\/tessera\/data-[0-9a-f]{12}$/)
      chmodSync(home, 0o711)
      expect(reachableDataDir(dataDir)).toBe(dataDir)
    },
  )
})

describe.runIf(isRoot)('an ordinary user', () => {
  it('runs it as themselves; root later does so too, and another user is refused', async () => {
    const dataDir = temporaryFolder()
    chmodSync(dataDir, 0o755)
    chownSync(dataDir, nobody, nobody)
    const theirs = nodeProcess(dataDir, 'await server.stop(); say("stopped"); process.exit(0)', nobody)
    const { pid, attached } = await started(theirs)
    expect(attached).toBe(false)
    await theirs.gone
    expect(lifeOf(pid)).toBeUndefined()
    expect(statSync(join(dataDir, 'data')).uid).toBe(nobody)
    const roots = await start({ dataDir })
    expect(readFileSync(`/proc/${roots.pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s+${nobody}`, 'm'))
    const stranger = nodeProcess(dataDir, '', 12345)
    expect(await stranger.line()).toMatch(
      /^EmbeddedPostgresError: .*belongs to user id 65534, and you are 12345/,
    )
  })
})
