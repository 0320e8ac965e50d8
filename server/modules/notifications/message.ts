import type { Id, OrgId } from '#platform/ids'
import type { Machine, NamedMachine } from '#platform/state-machine'
import type { OrderId } from '#modules/tickets'

export type MessageId = Id<'msg'>
export type Template = 'tickets' | 'payment-returned' | 'order-links'

export type MessageState = 'queued' | 'sending' | 'sent' | 'failed' | 'bounced' | 'dropped'
type MessageEvent = 'claim' | 'accept' | 'postpone' | 'fail' | 'bounce' | 'drop'

export const messageMachine = {
  queued: { claim: 'sending' },
  // A sender that died goes back to the queue too: the mail is sent again with the same Message-ID.
  sending: { accept: 'sent', postpone: 'queued', fail: 'failed', bounce: 'bounced', drop: 'dropped' },
  sent: {}, // the mail server took it
  failed: {}, // given up; an alert says so
  bounced: {}, // there is no such mailbox
  dropped: {}, // when its turn came there was nothing left to say
} satisfies Machine<MessageState, MessageEvent>

export const notificationsMachines: NamedMachine[] = [
  { table: 'notifications.message', machine: messageMachine },
]

export interface Message {
  orgId: OrgId
  id: MessageId
  cause: string
  template: Template
  orderId: OrderId | null
  recipient: string
  locale: 'en' | 'de'
  state: MessageState
  attempts: number
  nextAttemptAt: Date
  lastError: string | null
  providerMessageId: string | null
  sentAt: Date | null
  createdAt: Date
}

const minute = 60_000

/** How long to wait after each failed attempt, in milliseconds; after the attempt that follows the last pause it is given up. */
export const pauses: readonly number[] = [1, 5, 30, 2 * 60, 6 * 60, 24 * 60].map(
  (minutes) => minutes * minute,
)

/** When to try again after so many attempts; undefined when it is time to give up. */
export function nextAttempt(attempts: number, now: Date): Date | undefined {
  const pause = pauses[attempts - 1]
  return pause === undefined ? undefined : new Date(now.getTime() + pause)
}

/** A sender that has said nothing for so long is dead: longer than all time-outs of the mail server's client together. */
export const claimLasts = 5 * minute
