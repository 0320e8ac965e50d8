import { withOrg } from '#platform/database'
import { enqueue } from '#platform/jobs'
import { answerLinkRequestsJob } from './job-kinds.ts'
import { deleteLinkRequest, insertLinkRequest, readLinkRequests, type LinkRequest } from './message-store.ts'
import type { NotificationsDeps } from './notifications-deps.ts'
import { messageFor, queueMessages } from './queue-messages.ts'

const quarterOfAnHour = 15 * 60_000

/**
 * Somebody looks for the orders of an address. The same is done and answered whether there are any or not; a job looks
 * later, and only the mailbox learns what it found.
 */
export async function requestOrderLinks(deps: NotificationsDeps, email: string): Promise<void> {
  await withOrg(deps.db, deps.platformOrgId, async (tx) => {
    await insertLinkRequest(tx, deps.platformOrgId, deps.emailKey(email), deps.clock.now())
    await enqueue(tx, answerLinkRequestsJob, {}, { key: answerLinkRequestsJob.name })
  })
}

/**
 * Queues one mail for each address that has orders, and forgets the others. However often and from wherever an address is
 * asked for, it gets at most one such mail in a quarter of an hour. Returns how many mails were queued.
 */
export async function answerLinkRequests(deps: NotificationsDeps): Promise<number> {
  let queued = 0
  for (;;) {
    const requests = await withOrg(deps.db, deps.platformOrgId, (tx) =>
      readLinkRequests(tx, deps.platformOrgId, 50),
    )
    if (requests.length === 0) return queued
    for (const request of requests) queued += await answerOne(deps, request)
  }
}

async function answerOne(deps: NotificationsDeps, { id, email }: LinkRequest): Promise<number> {
  const [newest] = await deps.findOrdersOf(email, 1)
  const [order] = newest
    ? await withOrg(deps.db, newest.orgId, (tx) => deps.readOrders(tx, newest.orgId, [newest.id]))
    : []
  const quarter = Math.floor(deps.clock.now().getTime() / quarterOfAnHour)
  const cause = `order-links:${deps.keys.mac('order-links', email)}:${quarter}`
  return withOrg(deps.db, deps.platformOrgId, async (tx) => {
    await deleteLinkRequest(tx, deps.platformOrgId, id)
    if (!order) return 0
    // To the address as it stands in the order: what was typed just now may be another mailbox.
    return queueMessages(deps, tx, deps.platformOrgId, [
      { ...messageFor(order, 'order-links', cause), orderId: null },
    ])
  })
}
