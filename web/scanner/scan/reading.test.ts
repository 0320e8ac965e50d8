import { describe, expect, it } from 'vitest'
import { RepeatGuard } from './repeat.ts'
import { WedgeReader } from './wedge.ts'

const keysOf = (text: string) => [...text.split(''), 'Enter']

function type(reader: WedgeReader, keys: readonly string[], gap: number, from = 0) {
  return keys.map((key, index) => reader.take(key, from + index * gap))
}

describe('a hand scanner at the door', () => {
  it('is read when it types fast and ends with Enter, with spaces and signs of the ticket alphabet', () => {
    const answers = type(new WedgeReader(), keysOf('6BF $%*+-./:9'), 8)
    expect(answers.at(-1)).toEqual({ code: '6BF $%*+-./:9', swallow: true })
  })

  it('survives the Shift keys in between', () => {
    const answers = type(new WedgeReader(), ['Shift', 'A', 'Shift', 'B', 'C', 'D', 'E', 'F', 'Enter'], 8)
    expect(answers.at(-1)?.code).toBe('ABCDEF')
  })

  it('is not confused with a person who types, or who presses Enter on a button', () => {
    expect(type(new WedgeReader(), keysOf('HELLOWORLD'), 150).at(-1)).toEqual({
      code: null,
      swallow: false,
    })
    expect(new WedgeReader().take('Enter', 0)).toEqual({ code: null, swallow: false })
  })

  it('starts afresh after each code', () => {
    const reader = new WedgeReader()
    type(reader, keysOf('FIRST1'), 8)
    expect(type(reader, keysOf('SECOND'), 8, 500).at(-1)?.code).toBe('SECOND')
  })
})

describe('a ticket that stays in front of the camera', () => {
  it('is checked once, however long it is held up', () => {
    const guard = new RepeatGuard()
    const checked = Array.from({ length: 100 }, (_, i) => guard.isNew('A', i * 100)).filter(Boolean)
    expect(checked).toHaveLength(1)
  })

  it('is checked again once it was away for three seconds', () => {
    const guard = new RepeatGuard()
    guard.isNew('A', 0)
    expect(guard.isNew('A', 2999)).toBe(false)
    expect(guard.isNew('A', 2999 + 3000)).toBe(true)
  })

  it('is tried again every three seconds while its checks get no answer, and no more often', () => {
    const guard = new RepeatGuard()
    const checks: number[] = []
    for (let time = 0; time <= 10_000; time += 100) {
      if (!guard.isNew('A', time)) continue
      checks.push(time)
      guard.retryLater('A', time)
    }
    expect(checks).toEqual([0, 3000, 6000, 9000])
  })

  it('is checked once, too, when two telephones are held up side by side', () => {
    const guard = new RepeatGuard()
    const checked = Array.from({ length: 100 }, (_, i) => guard.isNew(i % 2 ? 'A' : 'B', i * 100)).filter(
      Boolean,
    )
    expect(checked).toHaveLength(2)
  })

  it('never hides the next ticket', () => {
    const guard = new RepeatGuard()
    guard.isNew('A', 0)
    expect(guard.isNew('B', 10)).toBe(true)
  })
})
