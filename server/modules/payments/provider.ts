import type { BalanceTransaction } from '#modules/ledger'
import type { SessionRequest } from './payment.ts'

/**
 * What a call to the provider came to. Only `ok` and `refused` are certain. `unknown` means that it may have happened:
 * it is asked again with the same key, and never taken for a failure. `busy` means that it certainly did not happen.
 */
export type Answer<Value> =
  | { outcome: 'ok'; value: Value }
  | { outcome: 'refused'; status: number; code: string; param: string | null; message: string }
  | { outcome: 'busy'; reason: 'rate-limit' | 'breaker-open' }
  /** `stored`: the provider keeps this answer under the key, so asking again with it will never say more. */
  | {
      outcome: 'unknown'
      reason: 'timeout' | 'connection' | 'server-error' | 'unreadable' | 'in-flight'
      stored: boolean
    }

export interface ProviderSession {
  id: string
  status: 'open' | 'complete' | 'expired'
  paymentStatus: 'paid' | 'unpaid' | 'no_payment_required'
  /** Minor units. */
  amount: number
  currency: string
  url: string | null
  expiresAt: Date
  clientReference: string | null
  metadata: Record<string, string>
  payment: ProviderPayment | null
}

export interface ProviderPayment {
  id: string
  status: string
  amountReceived: number
  chargeId: string | null
}

export interface ProviderCharge {
  id: string
  paymentId: string | null
  metadata: Record<string, string>
  /** Comes seconds after the payment. */
  balanceTransaction: BalanceTransaction | null
}

export interface ProviderRefund {
  id: string
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled'
  amount: number
  currency: string
  paymentId: string | null
  metadata: Record<string, string>
  failureReason: string | null
  balanceTransaction: BalanceTransaction | null
  failureBalanceTransaction: BalanceTransaction | null
}

/** Something that the provider says has happened: ids and kinds, nothing personal. */
export interface ProviderEvent {
  id: string
  type: string
  happenedAt: Date
  account: string | null
  objectId: string
  providerPayment: string | null
  metadata: Record<string, string>
}

export interface RefundRequest {
  providerPayment: string
  amount: number
  metadata: Record<string, string>
}

/** The payment provider, as the rest of the module sees it. No call throws for what the provider or the network does. */
export interface PaymentProvider {
  createSession(request: SessionRequest, key: string): Promise<Answer<ProviderSession>>
  retrieveSession(sessionId: string): Promise<Answer<ProviderSession>>
  /** Sessions made since then that name this payment: for finding one whose answer was lost. */
  findSession(paymentId: string, since: Date): Promise<Answer<ProviderSession | undefined>>
  expireSession(sessionId: string, key: string): Promise<Answer<ProviderSession>>
  refundPayment(request: RefundRequest, key: string): Promise<Answer<ProviderRefund>>
  retrieveRefund(refundId: string): Promise<Answer<ProviderRefund>>
  listRefunds(providerPayment: string): Promise<Answer<ProviderRefund[]>>
  retrieveCharge(chargeId: string): Promise<Answer<ProviderCharge>>
  retrieveEvent(eventId: string): Promise<Answer<ProviderEvent>>
  /** Oldest first. The provider keeps them for 30 days. */
  listEvents(since: Date, types: readonly string[]): Promise<Answer<ProviderEvent[]>>
  /** Whether the provider answers us at all, for health. */
  probe(): Promise<Answer<true>>
}
