import { Problem, shop, type Order } from '@tessera/api-client'
import { useEffect, useRef, useState } from 'react'
import { orders } from '../storage.ts'
import { isOver, outcomeOf, type Outcome } from './outcome.ts'
import { startFailure, type StartFailure } from './start-failure.ts'

type Progress = {
  order: Order | null
  trouble: Problem | null
  /** Why the payment could not be started; it is not tried again until the buyer asks. */
  failure: StartFailure | null
  accept: (order: Order) => void
}

/**
 * Follows an order until it is paid or its money went back. It first makes the server ask the payment
 * provider, then keeps looking: quickly at the beginning, more calmly later, at once when the page is
 * looked at again. A missing network is retried for as long as the page is open.
 */
export function useOrderProgress(
  orderId: string,
  token: string,
  failedBefore: StartFailure | null,
): Progress {
  const [order, setOrder] = useState<Order | null>(null)
  const [trouble, setTrouble] = useState<Problem | null>(null)
  const [failure, setFailure] = useState(failedBefore)
  const [round, setRound] = useState(0)
  const latest = useRef<Order | null>(null)

  const keep = (next: Order) => {
    latest.current = next
    orders.save(next, token)
    setOrder(next)
  }

  useEffect(() => {
    let stopped = false
    const outcome = latest.current ? outcomeOf(latest.current) : null
    // A start that failed is not repeated behind the buyer's back: from then on, our books are read.
    const begins = outcome === 'starting' && failure === null
    const look = async () => {
      try {
        const next = await ask(orderId, token, outcome, round, begins)
        if (stopped) return
        setTrouble(null)
        keep(next)
      } catch (thrown) {
        if (stopped) return
        if (!(thrown instanceof Problem)) throw thrown
        const failed = begins ? startFailure(thrown) : null
        if (failed) setFailure(failed)
        setTrouble(failed ? null : thrown)
      }
      setRound((before) => before + 1)
    }
    if (outcome === 'paid' || outcome === 'returned') return undefined
    // Over, but a payment may have been on its way: looked at for a while longer.
    if (outcome && isOver(outcome) && round > LAST_LOOK) return undefined
    const timer = setTimeout(() => void look(), outcome === null && round === 0 ? 0 : waitFor(outcome, round))
    const onVisible = () => {
      if (document.visibilityState !== 'visible') return
      clearTimeout(timer)
      void look()
    }
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
    // A round is one look; everything else is read when it begins.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [orderId, token, round])

  const accept = (next: Order) => {
    setFailure(null)
    keep(next)
  }
  return { order, trouble, failure, accept }
}

/** After this many looks, an order that is over is left alone. */
const LAST_LOOK = 12

/** How often the provider itself is asked before only our own books are read. */
const ASKED_DIRECTLY = 8

async function ask(
  orderId: string,
  token: string,
  outcome: Outcome | null,
  round: number,
  begins: boolean,
): Promise<Order> {
  if (begins) return shop.startPayment(orderId, token)
  if (outcome === 'starting' || outcome === 'line' || outcome === 'declined' || round >= ASKED_DIRECTLY)
    return shop.order(orderId, token)
  try {
    return await shop.checkPayment(orderId, token)
  } catch (thrown) {
    // There may be nothing to ask about (no payment was begun, or it is long over): our own books know.
    if (thrown instanceof Problem && thrown.status >= 400 && thrown.status < 500 && thrown.status !== 404) {
      return shop.order(orderId, token)
    }
    throw thrown
  }
}

function waitFor(outcome: Outcome | null, round: number): number {
  if (outcome === 'line' || outcome === 'starting' || outcome === null) return 2000
  return Math.min(2000 + round * 1000, 15_000)
}
