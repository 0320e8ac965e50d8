import { sql } from 'kysely'
import type { OrderId } from '#modules/tickets'
import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { claimLasts, type Message, type MessageId, type MessageState, type Template } from './message.ts'

export interface NewMessage {
  cause: string
  template: Template
  orderId: OrderId | null
  recipient: string
  locale: 'en' | 'de'
}

/** Writes those whose cause has no message yet, and says how many that were. */
export async function insertMessages(
  tx: Tx,
  orgId: OrgId,
  messages: readonly NewMessage[],
  now: Date,
): Promise<number> {
  const { rows } = await sql`
    insert into notifications.message (org_id, id, cause, template, order_id, recipient, locale, next_attempt_at, created_at)
    select ${orgId}::uuid, m.id, m.cause, m.template, m.order_id, m.recipient, m.locale, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${messages.map(() => newId())}::uuid[], ${messages.map((m) => m.cause)}::text[], ${messages.map((m) => m.template)}::text[],
      ${messages.map((m) => m.orderId)}::uuid[], ${messages.map((m) => m.recipient)}::text[], ${messages.map((m) => m.locale)}::text[])
      as m (id, cause, template, order_id, recipient, locale)
    on conflict (org_id, cause) do nothing returning id`.execute(tx)
  return rows.length
}

const columns = sql.raw(
  'org_id, id, cause, template, order_id, recipient, locale, state, attempts, next_attempt_at, last_error, provider_message_id, sent_at, created_at',
)

/**
 * Takes messages that are due, of all tenants, for this sender alone. A message waits while an earlier one of its order is
 * on its way, so that a refund is never spoken of before the tickets.
 */
export async function claimDue(tx: Tx, now: Date, most: number): Promise<Message[]> {
  const { rows } = await sql<Message>`
    update notifications.message m set state = 'sending', attempts = m.attempts + 1, claimed_at = ${now}::timestamptz
    where m.state = 'queued' and (m.org_id, m.id) in (
      select d.org_id, d.id from notifications.message d
      where d.state = 'queued' and d.next_attempt_at <= ${now}::timestamptz
        and not exists (
          select from notifications.message e
          where e.org_id = d.org_id and e.order_id = d.order_id and e.position < d.position and e.state in ('queued', 'sending'))
      order by d.next_attempt_at, d.position limit ${most} for update skip locked)
    returning ${columns}`.execute(tx)
  return rows
}

/** Senders that said nothing for too long are dead; what they had goes back to the queue at once. */
export async function releaseLost(tx: Tx, now: Date): Promise<number> {
  const { rows } = await sql`
    update notifications.message set state = 'queued', claimed_at = null, last_error = 'the sender stopped in the middle'
    where state = 'sending' and claimed_at < ${new Date(now.getTime() - claimLasts)}::timestamptz returning id`.execute(
    tx,
  )
  return rows.length
}

export interface Settled {
  state: Exclude<MessageState, 'sending'>
  nextAttemptAt?: Date
  lastError?: string
  providerMessageId?: string
  sentAt?: Date
}

/** Ends an attempt. False: this sender was held for dead meanwhile, and its claim is somebody else's. */
export async function settleAttempt(
  tx: Tx,
  message: Pick<Message, 'orgId' | 'id' | 'attempts'>,
  settled: Settled,
): Promise<boolean> {
  const { rows } = await sql`
    update notifications.message set state = ${settled.state}, claimed_at = null,
      next_attempt_at = coalesce(${settled.nextAttemptAt ?? null}::timestamptz, next_attempt_at),
      last_error = ${settled.lastError ?? null}, provider_message_id = ${settled.providerMessageId ?? null},
      sent_at = ${settled.sentAt ?? null}::timestamptz
    where org_id = ${message.orgId}::uuid and id = ${message.id}::uuid and state = 'sending' and attempts = ${message.attempts}
    returning id`.execute(tx)
  return rows.length === 1
}

export async function readMessagesOfOrder(tx: Tx, orgId: OrgId, orderId: OrderId): Promise<Message[]> {
  const { rows } = await sql<Message>`
    select ${columns} from notifications.message
    where org_id = ${orgId}::uuid and order_id = ${orderId}::uuid order by position`.execute(tx)
  return rows
}

/** Brings a waiting mail forward. Gives its id, or undefined when none waits. */
export async function bringForward(
  tx: Tx,
  orgId: OrgId,
  orderId: OrderId,
  template: Template,
  now: Date,
): Promise<MessageId | undefined> {
  const { rows } = await sql<{ id: MessageId }>`
    update notifications.message set next_attempt_at = least(next_attempt_at, ${now}::timestamptz)
    where org_id = ${orgId}::uuid and order_id = ${orderId}::uuid and template = ${template} and state = 'queued'
    returning id`.execute(tx)
  return rows[0]?.id
}

export interface LinkRequest {
  id: string
  email: string
}

export async function insertLinkRequest(tx: Tx, orgId: OrgId, email: string, now: Date): Promise<void> {
  await sql`
    insert into notifications.link_request (org_id, id, email, requested_at)
    values (${orgId}::uuid, ${newId()}::uuid, ${email}, ${now}::timestamptz)`.execute(tx)
}

export async function readLinkRequests(tx: Tx, orgId: OrgId, most: number): Promise<LinkRequest[]> {
  const { rows } = await sql<LinkRequest>`
    select id, email from notifications.link_request where org_id = ${orgId}::uuid order by id limit ${most}`.execute(
    tx,
  )
  return rows
}

export async function deleteLinkRequest(tx: Tx, orgId: OrgId, id: string): Promise<void> {
  await sql`delete from notifications.link_request where org_id = ${orgId}::uuid and id = ${id}::uuid`.execute(
    tx,
  )
}
