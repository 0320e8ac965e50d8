import { describe, expect, it } from 'vitest'
import { createMemory } from './memory.ts'
import { decimalOf, localTime } from './structured-data.ts'

describe('what was read a moment ago', () => {
  function aMemory(keepFor = 100) {
    const world = { now: 0, source: 'one' as string | undefined, readings: 0, release: [] as (() => void)[] }
    const memory = createMemory<string, string>({
      async read() {
        const seen = world.source
        world.readings += 1
        await new Promise<void>((resolve) => world.release.push(resolve))
        return seen
      },
      now: () => world.now,
      keepFor,
      keepNothingFor: 10,
      most: 2,
    })
    const read = async (key = 'a') => {
      const answer = memory.read(key)
      for (const go of world.release.splice(0)) go()
      return answer
    }
    return { world, memory, read }
  }

  it('is read once for a crowd that asks at the same moment, and again when it is old', async () => {
    const { world, memory, read } = aMemory()
    const crowd = [memory.read('a'), memory.read('a'), memory.read('a')]
    for (const go of world.release.splice(0)) go()
    expect([await Promise.all(crowd), world.readings]).toEqual([['one', 'one', 'one'], 1])
    world.now = 99
    expect([memory.atHand('a'), await read(), world.readings]).toEqual(['one', 'one', 1])
    world.now = 100
    expect([memory.atHand('a'), await read(), world.readings]).toEqual([undefined, 'one', 2])
  })

  it('is not kept when a change came while it was being read', async () => {
    const { world, memory, read } = aMemory()
    const before = memory.read('a')
    world.source = 'two'
    memory.forget()
    for (const go of world.release.splice(0)) go()
    expect(await before).toBe('one')
    expect(memory.atHand('a')).toBeUndefined()
    expect(await read()).toBe('two')
  })

  it('forgets only what a change concerns, and soon asks again for what was not there', async () => {
    const { world, memory, read } = aMemory()
    await read('a')
    await read('b')
    memory.forget((_value, key) => key === 'a')
    expect([memory.atHand('a'), memory.atHand('b')]).toEqual([undefined, 'one'])
    world.source = undefined
    expect(await read('a')).toBeUndefined()
    world.source = 'here'
    world.now = 10
    expect(await read('a')).toBe('here')
  })

  it('holds no more than it may', async () => {
    const { memory, read } = aMemory()
    for (const key of ['a', 'b', 'c']) await read(key)
    expect([memory.atHand('a'), memory.atHand('b'), memory.atHand('c')]).toEqual([undefined, 'one', 'one'])
  })
})

describe('what search engines read', () => {
  it('has prices with as many decimals as the currency', () => {
    const decimals = [
      [4500, 'EUR'],
      [5, 'EUR'],
      [0, 'EUR'],
      [4500, 'JPY'],
      [4500, 'KWD'],
      [7, 'KWD'],
    ] as const
    expect(decimals.map(([amount, currency]) => decimalOf({ amount, currency }))).toEqual([
      '45.00',
      '0.05',
      '0.00',
      '4500',
      '4.500',
      '0.007',
    ])
  })

  it('has times with the offset of the place, in summer as in winter', () => {
    expect(localTime('2026-12-12T19:00:00.000Z', 'Europe/Berlin')).toBe('2026-12-12T20:00:00+01:00')
    expect(localTime('2026-07-12T18:00:00.000Z', 'Europe/Berlin')).toBe('2026-07-12T20:00:00+02:00')
    expect(localTime('2026-07-12T18:00:00.000Z', 'Asia/Kolkata')).toBe('2026-07-12T23:30:00+05:30')
  })
})
