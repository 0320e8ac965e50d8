import { handles, type JobHandler, type Schedule } from '#platform/jobs'
import { answerLinkRequests } from './find-orders-by-mail.ts'
import { answerLinkRequestsJob, sendDueJob } from './job-kinds.ts'
import type { NotificationsDeps } from './notifications-deps.ts'
import { sendDueMessages } from './send-due-messages.ts'

export function notificationsHandlers(deps: NotificationsDeps): JobHandler[] {
  return [
    handles(sendDueJob, async () => void (await sendDueMessages(deps))),
    handles(answerLinkRequestsJob, async () => void (await answerLinkRequests(deps))),
  ]
}

/** The tick asks the rows what is due by our clock; jobs only make it sooner. */
export function notificationsSchedules(deps: NotificationsDeps): Schedule[] {
  return [
    {
      name: 'notifications.send-due',
      cron: '* * * * *',
      run: async () => void (await sendDueMessages(deps)),
    },
    {
      name: 'notifications.answer-link-requests',
      cron: '* * * * *',
      run: async () => void (await answerLinkRequests(deps)),
    },
  ]
}
