import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { createLifecycle } from '#platform/lifecycle'
import { createLogger } from '#platform/telemetry'

const silent = createLogger({ level: 'silent', pretty: false })
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Running {
  child: ChildProcess
  url: string
  output: () => string
  ended: Promise<{ code: number | null; signal: string | null; milliseconds: number }>
}

async function start(withinMs = 20_000): Promise<Running> {
  const begun = performance.now()
  const child = spawn(process.execPath, [
    fileURLToPath(new URL('./lifecycle-fixture.ts', import.meta.url)),
    String(withinMs),
  ])
  children.push(child)
  let output = ''
  child.stderr.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, milliseconds: performance.now() - begun }))
  })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      const found = /listening (\d+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => reject(new Error(output)))
  })
  return { child, url: `http://127.0.0.1:${port}`, output: () => output, ended }
}

/** Until the process has said so. */
async function says(running: Running, text: string): Promise<void> {
  while (!running.output().includes(text)) await new Promise((resolve) => setTimeout(resolve, 5))
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s every request that was under way gets its answer, then the process ends well',
  async (signal) => {
    const running = await start()
    const answers = Array.from({ length: 40 }, () => fetch(running.url).then((answer) => answer.text()))
    while (running.output().split('begun').length < 41) await new Promise((resolve) => setTimeout(resolve, 5))
    running.child.kill(signal)
    await says(running, 'stopping')
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 40 }, () => 'done'))
    const answered = performance.now()
    expect(await running.ended).toMatchObject({ code: 0, signal: null })
    // It does not sit and wait for connections that their callers keep for later.
    expect(performance.now() - answered).toBeLessThan(2000)
    await expect(fetch(running.url)).rejects.toThrow()
    // The server before the database, since requests under way still need it.
    expect(running.output()).toMatch(/http closed\n[^]*database closed\n/)
  },
)

test('what does not stop in time does not keep the rest from stopping, and the exit says so', async () => {
  const running = await start(500)
  const hanging = fetch(`${running.url}/hang`).catch(() => 'cut off')
  await fetch(running.url)
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 1 })
  expect(await hanging).toBe('cut off')
  expect(running.output()).toContain('http did not stop in time')
  expect(running.output()).toContain('database closed')
})

test('a second signal ends it at once', async () => {
  const running = await start()
  const hanging = fetch(`${running.url}/hang`).catch(() => 'cut off')
  await fetch(running.url)
  running.child.kill('SIGTERM')
  await says(running, 'stopping')
  const asked = performance.now()
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 1 })
  expect(performance.now() - asked).toBeLessThan(5000)
  expect(await hanging).toBe('cut off')
})

test('a fault that nobody caught is written down and ends the process, after the rest was stopped', async () => {
  const running = await start(1000)
  const lost = fetch(`${running.url}/fault`).catch(() => 'cut off')
  expect(await running.ended).toMatchObject({ code: 1 })
  expect(running.output()).toContain('nobody catches this')
  expect(running.output()).toContain('database closed')
  expect(await lost).toBe('cut off')
})

test('what was made last goes first, each waits for the one before, and a failure is told', async () => {
  const lifecycle = createLifecycle({ log: silent })
  const order: string[] = []
  for (const name of ['database', 'jobs', 'http']) {
    lifecycle.onShutdown(name, async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
      if (name === 'jobs') throw new Error('a job failed to finish')
    })
  }
  expect(lifecycle.stopping()).toBe(false)
  const [first, second] = [lifecycle.shutdown('test'), lifecycle.shutdown('again')]
  expect(lifecycle.stopping()).toBe(true)
  expect(await first).toBe(1)
  expect(await second).toBe(1)
  expect(order).toEqual([
    'http begins',
    'http ends',
    'jobs begins',
    'jobs ends',
    'database begins',
    'database ends',
  ])
})
