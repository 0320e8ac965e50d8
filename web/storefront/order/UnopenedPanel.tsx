import type { Order } from '@tessera/api-client'
import { Button, EmptyState, useTranslation, wordsFor } from '@tessera/ui'
import { TriangleAlert } from 'lucide-react'
import type { StartFailure } from './start-failure.ts'
import { useActions } from './useActions.ts'

type Props = { order: Order; token: string; failure: StartFailure; onChange: (order: Order) => void }

/** The payment page could not be opened: what happened, that nothing is lost, and the way to try again. */
export function UnopenedPanel({ order, token, failure, onChange }: Props) {
  const { t } = useTranslation()
  const { busy, problem, pay, cancel } = useActions(order, token, onChange)
  // The newest try is the one to be told about.
  const { code, detail, requestId } = problem ?? failure
  // A refusal may be that the time for the places is over; then the order itself says so at the next look.
  const refused = problem !== null && problem.status >= 400 && problem.status < 500
  return (
    <EmptyState
      level={1}
      icon={TriangleAlert}
      tone="negative"
      title={t('return.unopened.title')}
      actions={
        <>
          <Button busy={busy === 'pay'} onClick={() => void pay()}>
            {t('return.unopened.again')}
          </Button>
          {order.allowedActions.includes('cancel') && (
            <Button look="secondary" busy={busy === 'cancel'} onClick={() => void cancel()}>
              {t('return.open.cancel')}
            </Button>
          )}
        </>
      }
    >
      <p>{wordsFor(`problem.${code}`) ?? detail}</p>
      {!refused && <p className="mt-2 font-semibold text-ink">{t('return.unopened.held')}</p>}
      <p className="mt-5 text-sm">
        {order.event.name} · {t('order.number', { number: order.number })}
      </p>
      {requestId && <p className="mt-1 text-sm">{t('ui.reference', { id: requestId })}</p>}
    </EmptyState>
  )
}
