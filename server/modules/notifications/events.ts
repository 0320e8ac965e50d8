import { z } from 'zod'
import { defineEvent } from '#platform/events'

/** For alerts: a mail was given up, and its buyer has to be reached in another way. */
export const mailFailed = defineEvent(
  'mailFailed',
  1,
  z.object({
    messageId: z.string(),
    orderId: z.string().nullable(),
    template: z.string(),
    state: z.enum(['failed', 'bounced']),
  }),
)
