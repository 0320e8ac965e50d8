/**
 * Everything about the provider that is a matter of pricing, of timing, or that could not be verified.
 * No correctness of a shop may depend on a value of this file; tests are welcome to vary each of them.
 */
export interface Settings {
  /** The one API version that is spoken; a request that names another is refused. */
  apiVersion: string
  /** Currency of an empty balance. */
  defaultCurrency: string

  /** Card pricing: basis points of the amount, plus a fixed sum in minor units. */
  cardFeeBasisPoints: number
  cardFeeFixed: number
  /** Bank debit pricing: basis points of the amount, up to a cap in minor units. */
  bankFeeBasisPoints: number
  bankFeeCap: number
  /** Unverified: how the provider rounds the percentage. */
  feeRounding: 'half_up' | 'down' | 'up'

  /** How long after a charge its balance transaction (and `charge.updated`) arrives. */
  balanceTransactionDelayMs: number
  /** Calendar days until money moves from pending to available; 0 settles at once. Unverified for test mode. */
  settlementDays: number
  /** How long a bank debit is `processing`. */
  bankDebitDelayMs: number
  /** How long a refund of the "pending first" card stays pending. */
  refundPendingMs: number
  /** When a refund of the "fails later" card fails. */
  refundFailureMs: number
  /** Unverified: a refund that the balance cannot cover is booked anyway, waits as pending, or is refused. */
  refundOnEmptyBalance: 'allow' | 'pending' | 'refuse'
  /** Unverified: whether the released rest of a partial capture counts as refunded on the charge. */
  partialCaptureCountsAsRefunded: boolean
  /** How long an authorised card payment can be captured. */
  captureWindowMs: number

  /** Unverified: where `checkout.session.completed` stands among the events of a card payment. */
  sessionCompletedPosition: 'last' | 'before_intent_succeeded' | 'first'
  /** Unverified: `payment_status` of a completed session whose payment is only authorised. */
  manualCapturePaymentStatus: 'unpaid' | 'paid'
  /** Unverified: whether an expiring session cancels its payment intent. */
  cancelIntentOnSessionExpiry: boolean
  /** Unverified: the reason on a payment intent whose authorisation ran out. */
  holdExpiryReason: 'automatic' | 'expired'
  /** Whether the "highest risk" card is blocked, as the provider's default rule does. */
  blockHighestRisk: boolean

  /** Requests per second before 429; null leaves the bucket open. The provider's own sandbox allows 25. */
  rateLimitPerSecond: number | null
  /** How long an idempotency key is remembered. */
  idempotencyRetentionMs: number
  /** How long events can be listed and fetched. */
  eventRetentionMs: number

  /** Unverified: the wait before the answer to a webhook counts as missing (real time). */
  webhookTimeoutMs: number
  /** Unverified: the pauses between tries of one delivery, by the sandbox's clock. */
  webhookRetryPausesMs: number[]
  /**
   * Which clock dates signatures: the base clock (a shop whose clock was not advanced still accepts them) or the
   * sandbox's own.
   */
  webhookSignatureClock: 'base' | 'sandbox'
  /** How many deliveries are under way at once; 1 keeps the usual order, more is faster. */
  webhookConcurrency: number
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The provider's live behaviour: growing pauses over three days. */
export const liveRetryPauses = [
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  6 * hour,
  12 * hour,
  day,
  day + 3 * hour,
]

/** The provider's own test mode: three tries over a few hours. */
export const testModeRetryPauses = [hour, 3 * hour]

export const defaultSettings: Settings = {
  apiVersion: '2026-10-28.endive',
  defaultCurrency: 'usd',
  cardFeeBasisPoints: 290,
  cardFeeFixed: 30,
  bankFeeBasisPoints: 80,
  bankFeeCap: 500,
  feeRounding: 'half_up',
  balanceTransactionDelayMs: 3 * second,
  settlementDays: 2,
  bankDebitDelayMs: 4 * day,
  refundPendingMs: day,
  refundFailureMs: 3 * day,
  refundOnEmptyBalance: 'allow',
  partialCaptureCountsAsRefunded: true,
  captureWindowMs: 7 * day,
  sessionCompletedPosition: 'last',
  manualCapturePaymentStatus: 'unpaid',
  cancelIntentOnSessionExpiry: true,
  holdExpiryReason: 'automatic',
  blockHighestRisk: true,
  rateLimitPerSecond: null,
  idempotencyRetentionMs: day,
  eventRetentionMs: 30 * day,
  webhookTimeoutMs: 10 * second,
  webhookRetryPausesMs: liveRetryPauses,
  webhookSignatureClock: 'base',
  webhookConcurrency: 1,
}
