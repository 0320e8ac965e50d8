import type { Order } from '@tessera/api-client'

/** What there is to say about an order on its way to being paid. */
export type Outcome =
  | 'paid'
  | 'returned'
  | 'bank'
  | 'declined'
  | 'failed'
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
  if (state === 'awaiting_funds') return 'bank'
  if (state === 'cancelled') return notice?.code === 'payment-declined' ? 'failed' : 'cancelled'
  if (state === 'expired') return 'expired'
  if (payment?.state === 'processing') return 'bank'
  if (notice?.code === 'payment-declined' || payment?.state === 'failed') return 'declined'
  if (state === 'awaiting_session') return 'line'
  if (state === 'awaiting_payment') return 'open'
  return 'starting'
}

/** True when the order no longer holds any places. A payment that was already on its way can still make it paid. */
export function isOver(outcome: Outcome): boolean {
  return outcome === 'returned' || outcome === 'failed' || outcome === 'cancelled' || outcome === 'expired'
}
