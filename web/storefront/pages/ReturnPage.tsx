import type { Order } from '@tessera/api-client'
import { Spinner, useTranslation } from '@tessera/ui'
import { useEffect, useRef } from 'react'
import { useLoaderData, useLocation, useNavigate, type LoaderFunctionArgs } from 'react-router'
import { addresses } from '../addresses.ts'
import { LockedOrder } from '../order/LockedOrder.tsx'
import { isOver, outcomeOf } from '../order/outcome.ts'
import { OutcomePanel } from '../order/OutcomePanel.tsx'
import { failureIn, isUnopened } from '../order/start-failure.ts'
import { UnopenedPanel } from '../order/UnopenedPanel.tsx'
import { useOrderProgress } from '../order/useOrderProgress.ts'
import { holds, orders } from '../storage.ts'
import { Shell } from './Shell.tsx'

/** The order's id and the token this device has for it. */
export function loader({ params }: LoaderFunctionArgs) {
  const orderId = params['orderId'] ?? ''
  return { orderId, token: orders.load(orderId)?.token ?? null }
}

/** Where the payment page sends the buyer back to: it resolves by itself and says how things stand. */
export function Component() {
  const { orderId, token } = useLoaderData<typeof loader>()
  if (token === null) return <LockedOrder />
  return <Progress key={orderId} orderId={orderId} token={token} />
}

function Progress({ orderId, token }: { orderId: string; token: string }) {
  const { t } = useTranslation()
  const { state } = useLocation()
  const { order, trouble, failure, accept } = useOrderProgress(orderId, token, failureIn(state))
  useWayOn(order)
  if (trouble && !order && (trouble.status === 404 || trouble.status === 401 || trouble.status === 403)) {
    return <LockedOrder />
  }
  const known = order ?? orders.load(orderId)?.order ?? null
  return (
    <Shell
      title={t('order.number', { number: known?.number ?? '' })}
      {...(known ? { organiser: known.event.organiser } : {})}
    >
      <div className="mx-auto flex max-w-xl flex-col px-5 py-12 sm:py-20">
        <div aria-live="polite">
          {order && failure && isUnopened(order) ? (
            <UnopenedPanel order={order} token={token} failure={failure} onChange={accept} />
          ) : order && outcomeOf(order) !== 'paid' ? (
            <OutcomePanel order={order} token={token} onChange={accept} />
          ) : (
            <div className="flex flex-col items-center py-12 text-center">
              <Spinner className="size-10 border-3 text-accent-text" />
              <h1 className="mt-7 text-2xl">{t('return.checking.title')}</h1>
              <p className="mt-3 text-muted">{t('return.checking.text')}</p>
            </div>
          )}
        </div>
        <p role="status" className="mt-4 text-center font-medium text-warning">
          {trouble && t('return.trouble')}
        </p>
      </div>
    </Shell>
  )
}

// Paid: on to the tickets. Out of the line: on to the payment page, but only from the line, so that whoever
// comes back from the payment page is not sent there again.
function useWayOn(order: Order | null): void {
  const navigate = useNavigate()
  const sawLine = useRef(false)
  useEffect(() => {
    if (!order) return
    const outcome = outcomeOf(order)
    if ((outcome === 'paid' || isOver(outcome)) && holds.load(order.event.id)?.orderId === order.id)
      holds.forget(order.event.id)
    if (outcome === 'line' || outcome === 'starting') sawLine.current = true
    if (outcome === 'paid')
      void navigate(addresses.order(order.id), { replace: true, state: { justPaid: true } })
    if (outcome === 'open' && sawLine.current && order.payment?.url) {
      sawLine.current = false
      window.location.assign(order.payment.url)
    }
  }, [order, navigate])
}
