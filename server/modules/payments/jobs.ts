import type { OrgId } from '#platform/ids'
import { handles, type JobHandler, type Schedule } from '#platform/jobs'
import { askAboutPayments, chaseBalanceTransactions, chaseReturns, fillGaps } from './ask-about-payments.ts'
import type { PaymentsDeps } from './desks.ts'
import { drainInbox } from './drain-inbox.ts'
import { openWaiting, openWaitingJob } from './open-session.ts'
import type { ReturnId } from './payment.ts'
import { drainInboxJob } from './receive-webhook.ts'
import { settleReturnJob } from './return-payment.ts'
import { settleReturn } from './settle-return.ts'

export function paymentsHandlers(deps: PaymentsDeps): JobHandler[] {
  return [
    handles(drainInboxJob, async () => void (await drainInbox(deps))),
    handles(openWaitingJob, async () => openWaiting(deps)),
    handles(settleReturnJob, async ({ orgId, returnId }) => {
      const outcome = await settleReturn(deps, orgId as OrgId, returnId as ReturnId)
      if (outcome === 'waiting') throw new Error(`no certain answer yet for return ${returnId}`)
    }),
  ]
}

export function paymentsSchedules(deps: PaymentsDeps): Schedule[] {
  return [
    { name: 'payments.drain-inbox', cron: '* * * * *', run: async () => void (await drainInbox(deps)) },
    { name: 'payments.open-waiting', cron: '* * * * *', run: async () => openWaiting(deps) },
    {
      name: 'payments.ask-about-payments',
      cron: '* * * * *',
      run: async () => void (await askAboutPayments(deps)),
    },
    { name: 'payments.fill-gaps', cron: '*/5 * * * *', run: async () => void (await fillGaps(deps)) },
    {
      name: 'payments.chase-returns',
      cron: '*/10 * * * *',
      run: async () => void (await chaseReturns(deps)),
    },
    {
      name: 'payments.chase-balance-transactions',
      cron: '*/10 * * * *',
      run: async () => void (await chaseBalanceTransactions(deps)),
    },
  ]
}
