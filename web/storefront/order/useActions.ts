import { shop, type Order, type Problem } from '@tessera/api-client'
import { useState } from 'react'
import { asProblem } from '../problem-text.ts'

/** What a buyer can do with an unpaid order: go to the payment page, or let the places go. */
export function useActions(order: Order, token: string, onChange: (order: Order) => void) {
  const [busy, setBusy] = useState<'pay' | 'cancel' | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const run = async (name: 'pay' | 'cancel', work: () => Promise<void>) => {
    if (busy) return
    setBusy(name)
    setProblem(null)
    try {
      await work()
    } catch (thrown) {
      setProblem(asProblem(thrown))
    } finally {
      setBusy(null)
    }
  }
  const pay = () =>
    run('pay', async () => {
      const next = await shop.startPayment(order.id, token)
      if (next.state === 'awaiting_payment' && next.payment?.url) window.location.assign(next.payment.url)
      else onChange(next)
    })
  const cancel = () => run('cancel', async () => onChange(await shop.cancelOrder(order.id, token)))
  return { busy, problem, pay, cancel }
}
