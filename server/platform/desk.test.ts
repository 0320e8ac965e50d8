import { describe, expect, it } from 'vitest'
import { createDesk } from '#platform/desk'
import { Problem } from '#platform/problem'

/** A clerk whose work ends when the test says so. */
function clerk() {
  const batches: (readonly number[])[] = []
  const doors: (() => void)[] = []
  const desk = createDesk<number, number>({
    batch: 3,
    line: 4,
    patience: 60_000,
    async serve(_key, requests) {
      batches.push(requests)
      await new Promise<void>((resolve) => doors.push(resolve))
      if (requests.includes(14)) throw Object.assign(new Error('away'), { code: 'ECONNRESET' })
      if (requests.includes(13)) throw new Error('thirteen')
      return requests.map((one) => (one < 0 ? new Error('negative') : one * 2))
    },
  })
  const finishOne = async () => {
    while (doors.length === 0) await new Promise((resolve) => setImmediate(resolve))
    doors.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { desk, batches, finishOne }
}

describe('a desk', () => {
  it('serves who comes now at once and everybody who came meanwhile together, each with an answer of their own', async () => {
    const { desk, batches, finishOne } = clerk()
    const first = desk.ask('a', 1)
    await new Promise((resolve) => setImmediate(resolve))
    const answers = Promise.allSettled([first, ...[2, -3, 4, 5].map((one) => desk.ask('a', one))])
    for (let time = 0; time < 3; time += 1) await finishOne()
    expect(batches).toEqual([[1], [2, -3, 4], [5]])
    expect(
      (await answers).map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message)),
    ).toEqual([2, 4, 'negative', 8, 10])
  })

  it('one bad request never fails its neighbours: after a refused transaction each is tried alone', async () => {
    const { desk, batches, finishOne } = clerk()
    const answers = Promise.allSettled([2, 13, 4].map((one) => desk.ask('a', one)))
    for (let time = 0; time < 4; time += 1) await finishOne()
    expect(batches).toEqual([[2, 13, 4], [2], [13], [4]])
    expect((await answers).map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('when the database is away nobody is tried alone: each is told at once', async () => {
    const { desk, batches, finishOne } = clerk()
    const answers = Promise.allSettled([2, 14, 4].map((one) => desk.ask('a', one)))
    await finishOne()
    expect((await answers).map((one) => one.status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(batches).toEqual([[2, 14, 4]])
  })

  it('a full line sends newcomers away with Retry-After instead of letting them hang', async () => {
    const { desk, finishOne } = clerk()
    const served = [1, 2, 3, 4].map((one) => desk.ask('a', one))
    const tooMuch = await desk.ask('a', 6).catch((error: unknown) => error)
    expect(tooMuch instanceof Problem && [tooMuch.code, tooMuch.retryAfterSeconds]).toEqual([
      'server.busy',
      2,
    ])
    for (let time = 0; time < 2; time += 1) await finishOne()
    expect(await Promise.all(served)).toEqual([2, 4, 6, 8])
  })

  it('when it closes it finishes who waits and takes nobody new', async () => {
    const { desk, finishOne } = clerk()
    const served = [1, 2].map((one) => desk.ask('a', one))
    const closed = desk.close()
    await expect(desk.ask('a', 3)).rejects.toMatchObject({ code: 'server.stopping' })
    await finishOne()
    await closed
    expect(await Promise.all(served)).toEqual([2, 4])
  })
})
