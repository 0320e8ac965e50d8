import type { Payment } from './payment.ts'
import type { ProviderSession } from './provider.ts'

/** What a session means for the payment that it was made for. */
export type Verdict =
  | { kind: 'open' }
  | { kind: 'paid' | 'processing'; sessionId: string; providerPayment: string; providerCharge: string | null }
  | { kind: 'failed'; sessionId: string; because: string }
  | { kind: 'expired'; sessionId: string }
  /** The provider says something that was not agreed. A person has to look. */
  | { kind: 'mismatch'; because: string }
  /** Nobody was ever asked for a session, so nobody can have paid. */
  | { kind: 'never-asked' }
  /** The provider refused to make a session. */
  | { kind: 'refused'; because: string }
  /** The provider could not be asked until long after the session's own end. */
  | { kind: 'given-up' }

/**
 * Reads a session as the provider gave it just now. The session decides, but its word that it is paid counts only where
 * the payment behind it succeeded for the whole amount: a session can be complete while money is only authorised.
 */
export function readVerdict(
  payment: Pick<Payment, 'id' | 'adoptedFrom' | 'orgId' | 'orderId' | 'amount' | 'currency'>,
  session: ProviderSession,
): Verdict {
  const strange = differences(payment, session)
  if (strange !== undefined) return { kind: 'mismatch', because: strange }
  if (session.status === 'open') return { kind: 'open' }
  if (session.status === 'expired') return { kind: 'expired', sessionId: session.id }
  const { payment: behind } = session
  if (!behind) return { kind: 'mismatch', because: 'the session is complete without a payment' }
  const references = { sessionId: session.id, providerPayment: behind.id, providerCharge: behind.chargeId }
  if (session.paymentStatus === 'paid' && behind.status === 'succeeded') {
    if (behind.amountReceived === payment.amount) return { kind: 'paid', ...references }
    return { kind: 'mismatch', because: `received ${behind.amountReceived} instead of ${payment.amount}` }
  }
  if (behind.status === 'processing') return { kind: 'processing', ...references }
  if (behind.status === 'requires_payment_method' || behind.status === 'canceled') {
    return { kind: 'failed', sessionId: session.id, because: behind.status }
  }
  return {
    kind: 'mismatch',
    because: `the session is ${session.paymentStatus}, the payment ${behind.status}`,
  }
}

function differences(
  payment: Pick<Payment, 'id' | 'adoptedFrom' | 'orgId' | 'orderId' | 'amount' | 'currency'>,
  session: ProviderSession,
): string | undefined {
  if (session.amount !== payment.amount || session.currency !== payment.currency) {
    return `the session is about ${session.amount} ${session.currency} instead of ${payment.amount} ${payment.currency}`
  }
  const labels = session.metadata
  if (
    labels['payment'] !== (payment.adoptedFrom ?? payment.id) ||
    labels['org'] !== payment.orgId ||
    session.clientReference !== payment.orderId
  ) {
    return 'the session belongs to another payment'
  }
  return undefined
}
