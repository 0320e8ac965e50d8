import { defineJob } from '#platform/jobs'

type Nothing = Record<string, never>

export const sendDueJob = defineJob<Nothing>('notifications.send-due')
export const answerLinkRequestsJob = defineJob<Nothing>('notifications.answer-link-requests')
