import { Problem, type ScanAnswer } from '@tessera/api-client'
import { describe, expect, it } from 'vitest'
import { signalOf, uncheckedFrom, type Verdict } from './verdict.ts'

const answer = (verdict: ScanAnswer['verdict']): Verdict => ({
  kind: 'answer',
  preview: false,
  answer: { verdict } as ScanAnswer,
})

describe('what the door shows', () => {
  it('is green only when the server said admitted', () => {
    expect(signalOf(answer('admitted'))).toBe('yes')
    expect(signalOf(answer('refused'))).toBe('no')
    for (const thrown of [
      new Problem({ code: 'network.unreachable', title: '', status: 0 }),
      new Problem({ code: 'server.unexpected', title: '', status: 500 }),
      new Problem({ code: 'server.busy', title: '', status: 503 }),
      new DOMException('late', 'AbortError'),
    ]) {
      expect(signalOf(uncheckedFrom(thrown))).toBe('unsure')
    }
  })

  it('says which of the ways a check can fail it was', () => {
    expect(uncheckedFrom(new Problem({ code: 'network.unreachable', title: '', status: 0 }))).toEqual({
      kind: 'unchecked',
      because: 'offline',
    })
    expect(uncheckedFrom(new DOMException('late', 'AbortError'))).toEqual({
      kind: 'unchecked',
      because: 'slow',
    })
  })
})
