import { Problem, type ScanAnswer } from '@tessera/api-client'

/** Why a code was not checked. Not checked is never shown as a yes or a no. */
export type UncheckedBecause = 'offline' | 'slow' | 'server' | 'busy'

export type Verdict =
  | { kind: 'answer'; answer: ScanAnswer; preview: boolean }
  | { kind: 'unchecked'; because: UncheckedBecause }

/** What is shown for a scan that ended in an error. */
export function uncheckedFrom(thrown: unknown): Verdict {
  if (thrown instanceof DOMException && thrown.name === 'AbortError')
    return { kind: 'unchecked', because: 'slow' }
  if (!(thrown instanceof Problem)) throw thrown
  if (thrown.offline) return { kind: 'unchecked', because: 'offline' }
  if (thrown.status === 429 || thrown.status === 503) return { kind: 'unchecked', because: 'busy' }
  return { kind: 'unchecked', because: 'server' }
}

/** How a verdict is signalled: by colour, shape, sound and vibration. */
export type Signal = 'yes' | 'no' | 'unsure'

/** Green only for an answer that says admitted. */
export function signalOf(verdict: Verdict): Signal {
  if (verdict.kind === 'unchecked') return 'unsure'
  return verdict.answer.verdict === 'admitted' ? 'yes' : 'no'
}
