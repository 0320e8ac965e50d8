import type { OrderForTickets, OrderId, TicketsIssued } from '#modules/tickets'
import { asPlatform, onCommit, type Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { enqueue } from '#platform/jobs'
import type { QueueDeps } from './notifications-deps.ts'
import { sendDueJob } from './job-kinds.ts'
import { insertMessages, type NewMessage } from './message-store.ts'

/**
 * Writes messages down in the transaction of their cause; a cause that has its message already gets no second one.
 * The senders are woken after the commit. Should that be lost, the next tick finds the rows.
 */
export async function queueMessages(
  deps: QueueDeps,
  tx: Tx,
  orgId: OrgId,
  messages: readonly NewMessage[],
): Promise<number> {
  if (messages.length === 0) return 0
  const fresh = await insertMessages(tx, orgId, messages, deps.clock.now())
  if (fresh > 0) wakeAfter(deps, tx)
  return fresh
}

/** Outside the transaction, since the wake-up is one row for everybody and must not make sales wait for each other. */
export function wakeAfter(deps: QueueDeps, tx: Tx): void {
  onCommit(tx, () => void wakeSenders(deps))
}

async function wakeSenders(deps: QueueDeps): Promise<void> {
  try {
    await asPlatform(deps.db, (tx) => enqueue(tx, sendDueJob, {}, { key: sendDueJob.name }))
  } catch (err) {
    deps.log.warn({ err }, 'the senders of mail could not be woken; the next tick will')
  }
}

/** The mail with the tickets, for a whole batch of orders, within the transaction that issued them. */
export async function queueTicketMail(
  deps: QueueDeps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly TicketsIssued[],
): Promise<void> {
  const orders = await deps.readOrders(tx, orgId, [...new Set(facts.map((fact) => fact.orderId))])
  await queueMessages(
    deps,
    tx,
    orgId,
    orders.map((order) => messageFor(order, 'tickets', causeOfTickets(order.id))),
  )
}

/** The mail that explains why a payment goes back. Once for each payment. */
export async function queuePaymentReturnedMail(
  deps: QueueDeps,
  tx: Tx,
  orgId: OrgId,
  facts: readonly { orderId: string; paymentId: string }[],
): Promise<void> {
  const orders = new Map(
    (await deps.readOrders(tx, orgId, [...new Set(facts.map((fact) => fact.orderId as OrderId))])).map(
      (order) => [order.id, order],
    ),
  )
  const messages = facts.flatMap((fact) => {
    const order = orders.get(fact.orderId as OrderId)
    return order ? [messageFor(order, 'payment-returned', `payment:${fact.paymentId}:returned`)] : []
  })
  await queueMessages(deps, tx, orgId, messages)
}

export function causeOfTickets(orderId: OrderId): string {
  return `order:${orderId}:tickets`
}

export function messageFor(
  order: OrderForTickets,
  template: NewMessage['template'],
  cause: string,
): NewMessage {
  return {
    cause,
    template,
    orderId: order.id,
    recipient: order.buyerEmail,
    locale: order.locale === 'de' ? 'de' : 'en',
  }
}
