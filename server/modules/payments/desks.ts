import { createDesk, type Desk } from '#platform/desk'
import type { Platform } from '#platform/platform'
import type { InboxRow } from './inbox-store.ts'
import { createLine, type Line } from './line.ts'
import type { PaymentProvider } from './provider.ts'
import { storeEvents } from './receive-webhook.ts'
import { settleAtDesk, type Settled, type Settling } from './settle-payment.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

/** What the operations of this module need: the platform, the provider, and what one process keeps for all requests. */
export interface PaymentsDeps extends Pick<
  Platform,
  'db' | 'clock' | 'log' | 'metrics' | 'events' | 'publicUrl'
> {
  provider: PaymentProvider
  payments: PaymentDesks
}

export interface PaymentDesks {
  /** One clerk per event: all payments of an event that are settled at a time share one transaction. */
  settling: Desk<Settling, Settled>
  /** One clerk for all webhooks: those that arrive together are one insert and one wake-up. */
  inbox: Desk<InboxRow, 'stored' | 'known'>
  bucket: TokenBucket
  line: Line
  webhookSecrets: readonly string[]
  close(): Promise<void>
}

export interface PaymentsOptions {
  provider: PaymentProvider
  /** PROVIDER_CALLS_PER_SECOND; Infinity where the provider has no limit. */
  callsPerSecond: number
  /** Several while one is being rolled. */
  webhookSecrets: readonly string[]
}

/** Sets up the module for one process. Close it last: whoever waits at a desk is served first. */
export function openPayments(
  platform: Omit<PaymentsDeps, 'provider' | 'payments'>,
  options: PaymentsOptions,
): PaymentsDeps {
  if (options.webhookSecrets.some((secret) => secret.trim() === ''))
    throw new Error('a webhook secret is empty')
  const patience = 20_000
  const settling = createDesk<Settling, Settled>({
    serve: (key, requests) => settleAtDesk(deps, key, requests),
    batch: 200,
    line: 10_000,
    patience,
  })
  const inbox = createDesk<InboxRow, 'stored' | 'known'>({
    serve: (_key, rows) => storeEvents(deps, rows),
    batch: 200,
    line: 10_000,
    patience,
  })
  const deps: PaymentsDeps = {
    ...platform,
    provider: options.provider,
    payments: {
      settling,
      inbox,
      bucket: createTokenBucket(options.callsPerSecond),
      line: createLine(platform.db),
      webhookSecrets: options.webhookSecrets,
      async close() {
        await inbox.close()
        await settling.close()
      },
    },
  }
  return deps
}
