import { Problem, shop, type EventPage, type Hold, type Quote } from '@tessera/api-client'
import { languageOf, useLocale } from '@tessera/ui'
import { useState } from 'react'
import { useNavigate, useRevalidator } from 'react-router'
import { addresses } from '../addresses.ts'
import { startFailure, type StartFailure } from '../order/start-failure.ts'
import { asProblem } from '../problem-text.ts'
import { baskets, browserKey, drafts, holds, orders } from '../storage.ts'
import { showFieldErrors, type BuyerFormState, type BuyerValues } from './buyer-form.ts'

type Situation = { event: EventPage; hold: Hold; quote: Quote; form: BuyerFormState; onEnded: () => void }

/**
 * Places the order and takes the buyer to the payment page, or to the tickets when there is nothing to pay.
 * One hold makes one order, so pressing twice or sending again after a lost answer is safe.
 */
export function usePlaceOrder({ event, hold, quote, form, onEnded }: Situation) {
  const navigate = useNavigate()
  const { revalidate } = useRevalidator()
  const locale = useLocale()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  const refuse = async (problem: Problem) => {
    setProblem(problem)
    showFieldErrors(form, problem)
    if (problem.code === 'orders.hold-ended') onEnded()
    if (problem.code === 'orders.limit-per-buyer')
      form.setError('email', { message: 'problem.orders.limit-per-buyer' })
    if (problem.code === 'orders.terms-changed') {
      form.resetField('terms')
      form.resetField('refund')
    }
    if (problem.code === 'orders.terms-changed' || problem.code === 'orders.price-changed') await revalidate()
  }

  const place = async (values: BuyerValues) => {
    if (busy) return
    setBusy(true)
    setProblem(null)
    try {
      const { guestToken, ...order } = await shop.placeOrder(event.id, browserKey(), {
        holdId: hold.id,
        buyer: { name: values.name.trim(), email: values.email.trim() },
        accept: { termsVersion: event.terms.version, refundPolicyVersion: event.refundPolicy.version },
        expectedTotal: quote.total,
        locale: languageOf(locale),
      })
      orders.save(order, guestToken)
      holds.save(event.id, { id: hold.id, lines: hold.lines, orderId: order.id })
      baskets.save(event.id, {})
      drafts.save({ name: values.name, email: values.email })
      if (order.state === 'paid') {
        await navigate(addresses.order(order.id), { replace: true, state: { justPaid: true } })
        return
      }
      await goToPayment(order.id, guestToken, (address, failure) =>
        navigate(address, { replace: true, state: { failure } }),
      )
    } catch (thrown) {
      await refuse(asProblem(thrown))
      setBusy(false)
    }
  }
  return { place, busy, problem }
}

// Leaves `busy` set: the page is on its way to somewhere else. Whatever goes wrong from here on, the order
// exists, and its own page knows how to go on.
async function goToPayment(
  orderId: string,
  token: string,
  navigate: (address: string, failure: StartFailure | null) => void | Promise<void>,
): Promise<void> {
  let failure: StartFailure | null = null
  try {
    const order = await shop.startPayment(orderId, token)
    if (order.state === 'awaiting_payment' && order.payment?.url) {
      window.location.assign(order.payment.url)
      return
    }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    failure = startFailure(thrown)
  }
  await navigate(addresses.orderReturn(orderId), failure)
}
