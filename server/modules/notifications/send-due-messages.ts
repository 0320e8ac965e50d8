import { actAs, asPlatform, withOrg } from '#platform/database'
import { publicId } from '#platform/ids'
import { killPoint } from '#platform/kill-point'
import { scrub, type Logger } from '#platform/telemetry'
import { mailFailed } from './events.ts'
import { claimDue, releaseLost, settleAttempt, type Settled } from './message-store.ts'
import { nextAttempt, type Message } from './message.ts'
import type { NotificationsDeps } from './notifications-deps.ts'
import { renderMessage } from './render-message.ts'
import type { OutgoingMail, SendOutcome } from './mail-transport.ts'

const batch = 10
const actor = 'job:notifications.send-due'

/**
 * Sends every message that is due, and ends when nothing is, or when the mail server cannot be reached. Any number may run
 * at once. At least once: a sender that dies between sending and writing it down leaves a message that is sent again
 * under the same Message-ID. Returns how many the mail server took.
 */
export async function sendDueMessages(deps: NotificationsDeps): Promise<number> {
  const lost = await asPlatform(deps.db, async (tx) => {
    await actAs(tx, actor, 'the sender stopped in the middle')
    return releaseLost(tx, deps.clock.now())
  })
  if (lost > 0) deps.log.warn({ messages: lost }, 'messages were left behind by a sender that stopped')
  let sent = 0
  for (;;) {
    const claimed = await asPlatform(deps.db, async (tx) => {
      await actAs(tx, actor)
      return claimDue(tx, deps.clock.now(), batch)
    })
    const outcomes = await Promise.all(claimed.map((message) => sendOne(deps, message)))
    sent += outcomes.filter((outcome) => outcome === 'accepted').length
    // Nobody is served by trying the rest against a closed door; their turn comes with the next tick.
    if (claimed.length < batch || outcomes.includes('unreachable')) return sent
  }
}

type Result = SendOutcome['kind'] | 'dropped'

async function sendOne(deps: NotificationsDeps, message: Message): Promise<Result> {
  const outcome = await attempt(deps, message)
  killPoint('notifications.mail-sent')
  const settled = settledBy(outcome, message, deps.clock.now())
  const ours = await withOrg(deps.db, message.orgId, async (tx) => {
    await actAs(tx, actor, settled.lastError)
    const moved = await settleAttempt(tx, message, settled)
    if (moved && (settled.state === 'failed' || settled.state === 'bounced')) {
      const { id, orderId, template } = message
      await deps.events.emit(tx, message.orgId, mailFailed, [
        { messageId: id, orderId, template, state: settled.state },
      ])
    }
    return moved
  })
  deps.metrics.count('mails', { template: message.template, outcome: outcome.kind })
  tell(deps.log, message, outcome, ours)
  return outcome.kind
}

type Attempt = SendOutcome | { kind: 'dropped' }

async function attempt(deps: NotificationsDeps, message: Message): Promise<Attempt> {
  try {
    const rendered = await renderMessage(deps, message)
    if (!rendered) return { kind: 'dropped' }
    const mail: OutgoingMail = {
      ...rendered,
      messageId: messageIdOf(message, deps.publicUrl),
      from: { name: rendered.fromName, address: addressIn(deps.mailFrom) },
      to: message.recipient,
    }
    return await deps.mail.send(mail)
  } catch (error) {
    return {
      kind: 'later',
      reason: scrub(error instanceof Error ? error.message : String(error)).slice(0, 300),
    }
  }
}

function settledBy(outcome: Attempt, message: Message, now: Date): Settled {
  if (outcome.kind === 'accepted')
    return { state: 'sent', sentAt: now, providerMessageId: outcome.providerMessageId }
  if (outcome.kind === 'dropped') return { state: 'dropped' }
  const lastError = outcome.reason
  if (outcome.kind === 'bounced') return { state: 'bounced', lastError }
  const again = outcome.kind === 'refused' ? undefined : nextAttempt(message.attempts, now)
  return again ? { state: 'queued', nextAttemptAt: again, lastError } : { state: 'failed', lastError }
}

/** The same for every attempt at this message, and for no other. */
export function messageIdOf(message: Pick<Message, 'id'>, publicUrl: string): string {
  return `<${publicId('msg', message.id)}@${new URL(publicUrl).hostname}>`
}

function addressIn(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()
}

function tell(log: Logger, message: Message, outcome: Attempt, ours: boolean): void {
  const fact = {
    messageId: message.id,
    orgId: message.orgId,
    orderId: message.orderId,
    template: message.template,
    attempt: message.attempts,
  }
  if (!ours) log.warn({ ...fact, outcome: outcome.kind }, 'a message was settled by another sender meanwhile')
  else if (outcome.kind === 'accepted' || outcome.kind === 'dropped') log.info(fact, `mail ${outcome.kind}`)
  else log.warn({ ...fact, reason: outcome.reason }, `mail ${outcome.kind}`)
}
