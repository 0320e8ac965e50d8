import { asPlatform } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import { defineJob, enqueue } from '#platform/jobs'
import { killPoint } from '#platform/kill-point'
import type { PaymentsDeps } from './desks.ts'
import { insertEvents, type InboxId, type InboxRow } from './inbox-store.ts'
import type { PaymentId } from './payment.ts'
import { paymentsProblems } from './problems.ts'
import type { ProviderEvent } from './provider.ts'
import { verifyWebhook } from './stripe-webhook.ts'

export const drainInboxJob = defineJob<Record<string, never>>('payments.drain-inbox')

/**
 * Proves who sent it, stores it, and that is all: what it means is found out later, so that the provider has its answer
 * at once. An event that is known already is fine. Refuses with payments.bad-signature; nothing of a refused body is kept.
 */
export async function receiveWebhook(
  deps: PaymentsDeps,
  body: Buffer,
  signature: string,
): Promise<'stored' | 'known'> {
  const now = deps.clock.now()
  const verified = verifyWebhook(body, signature, deps.payments.webhookSecrets, now)
  if (!verified.ok) {
    deps.metrics.count('webhooks_refused', { why: verified.why })
    throw paymentsProblems.badSignature()
  }
  const outcome = await deps.payments.inbox.ask('inbox', rowOf(verified.event, 'webhook', now))
  deps.metrics.count('webhooks_received', { outcome })
  return outcome
}

/** Serves the inbox's desk: one insert and one wake-up for all that wait, committed before anyone is answered. */
export async function storeEvents(
  deps: Pick<PaymentsDeps, 'db'>,
  rows: readonly InboxRow[],
): Promise<('stored' | 'known')[]> {
  const distinct = [...new Map(rows.map((row) => [row.eventId, row])).values()]
  const stored = await asPlatform(deps.db, async (tx) => {
    const fresh = await insertEvents(tx, distinct)
    if (fresh.size > 0) await enqueue(tx, drainInboxJob, {}, { key: drainInboxJob.name })
    return rows.map((row) => (fresh.has(row.eventId) ? ('stored' as const) : ('known' as const)))
  })
  killPoint('payments.webhook-stored')
  return stored
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const asUuid = (text: string | undefined) => (text !== undefined && uuidShape.test(text) ? text : null)

export function rowOf(event: ProviderEvent, source: InboxRow['source'], now: Date): InboxRow {
  return {
    id: newId<InboxId>(),
    eventId: event.id,
    type: event.type,
    objectId: event.objectId,
    account: event.account,
    orgId: asUuid(event.metadata['org']) as OrgId | null,
    paymentId: asUuid(event.metadata['payment']) as PaymentId | null,
    providerPayment: event.providerPayment,
    source,
    happenedAt: event.happenedAt,
    receivedAt: now,
  }
}
