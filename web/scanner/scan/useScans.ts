import { door, newId, Problem, type ScanAnswer } from '@tessera/api-client'
import { now } from '@tessera/ui'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { addresses } from '../addresses.ts'
import { RepeatGuard } from './repeat.ts'
import { signal } from './signals.ts'
import { signalOf, uncheckedFrom, type Verdict } from './verdict.ts'

/** After this time without an answer a scan counts as not checked. */
const PATIENCE_MS = 8000

type Options = {
  orgId: string
  eventId: string
  gate: string
  preview: boolean
  sound: boolean
  onCounts: (counts: ScanAnswer['counts']) => void
}

/**
 * Checks codes one after the other, in the order in which they were read, and keeps the last verdict. A scan
 * that got no answer is kept as it was sent: read again, it is the same scan, so that nobody is told "already inside"
 * because of an answer that was lost on the way.
 */
export function useScans(options: Options) {
  const [verdict, setVerdict] = useState<(Verdict & { number: number }) | null>(null)
  const [checking, setChecking] = useState(false)
  const navigate = useNavigate()
  const latest = useRef(options)
  const guard = useRef(new RepeatGuard())
  const unanswered = useRef(new Map<string, ScanBody>())
  const queue = useRef(Promise.resolve())
  const number = useRef(0)
  useEffect(() => {
    latest.current = options
  })

  const check = useCallback(
    async (code: string) => {
      const { preview, sound, onCounts } = latest.current
      setChecking(true)
      let next: Verdict
      try {
        const answer = await send(code, latest.current, unanswered.current)
        onCounts(answer.counts)
        next = { kind: 'answer', answer, preview }
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.status === 401) {
          await navigate(addresses.signIn)
          return
        }
        next = uncheckedFrom(thrown)
        guard.current.retryLater(code, now())
      } finally {
        setChecking(false)
      }
      number.current += 1
      setVerdict({ ...next, number: number.current })
      signal(signalOf(next), sound)
    },
    [navigate],
  )

  const take = useCallback(
    (raw: string) => {
      const code = raw.trim()
      if (code === '' || !guard.current.isNew(code, now())) return
      queue.current = queue.current.then(() => check(code))
    },
    [check],
  )

  const clear = useCallback(() => setVerdict(null), [])
  return { verdict, checking, take, clear }
}

type ScanBody = Parameters<typeof door.scan>[2]

async function send(code: string, options: Options, unanswered: Map<string, ScanBody>): Promise<ScanAnswer> {
  const { orgId, eventId, gate, preview } = options
  const limit = AbortSignal.timeout(PATIENCE_MS)
  const where = gate === '' ? {} : { gate }
  try {
    if (preview) return await door.previewScan(orgId, eventId, { code, ...where }, limit)
    const scannedAt = new Date(now()).toISOString()
    const body = unanswered.get(code) ?? { id: newId('scn'), code, scannedAt, ...where }
    unanswered.set(code, body)
    const answer = await door.scan(orgId, eventId, body, limit)
    unanswered.delete(code)
    return answer
  } catch (thrown) {
    if (limit.aborted) throw new DOMException('No answer in time', 'AbortError')
    throw thrown
  }
}
