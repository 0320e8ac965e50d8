import type { Order } from '@tessera/api-client'

/** What there is to say about an order on its way to being paid. */
export type Outcome =
  | 'paid'
  | 'returned'
  | 'bank'
  | 'declined'
  | 'cancelled'
  | 'expired'
  | 'line'
  | 'open'
  | 'starting'

/** Reads an order's state, its payment and its notice as one outcome. Money comes first: what was returned is never called cancelled. */
export function outcomeOf(order: Order): Outcome {
  const { state, payment, notice } = order
  if (state === 'paid' || state === 'partially_refunded') return 'paid'
  if (notice?.code === 'payment-returned' || payment?.state === 'returned') return 'returned'
  if (state === 'refunded') return 'paid'
  if (
    state === 'awaiting_funds' ||
    payment?.state === 'processing' ||
    notice?.code === 'bank-still-confirming'
  ) {
    return 'bank'
  }
  if (state === 'cancelled') return 'cancelled'
  if (state === 'expired' || notice?.code === 'hold-ended') return 'expired'
  if (notice?.code === 'payment-declined' || payment?.state === 'failed') return 'declined'
  if (state === 'awaiting_session') return 'line'
  if (state === 'awaiting_payment') return 'open'
  return 'starting'
}

/** True when nothing more will happen by itself. */
export function isFinal(outcome: Outcome): boolean {
  return outcome === 'paid' || outcome === 'returned' || outcome === 'cancelled' || outcome === 'expired'
}
