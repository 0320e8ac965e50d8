import type Stripe from 'stripe'
import { Collection } from './collection.ts'

/** What the sandbox knows of a session beside what the wire shows. */
export interface SessionWork {
  id: string
  lineItems: Stripe.LineItem[]
  /** `payment_intent_data`, kept until the buyer confirms and the payment intent is made. */
  intentData: {
    capture_method?: 'automatic' | 'automatic_async' | 'manual' | undefined
    description?: string | undefined
    metadata?: Record<string, string> | undefined
    receipt_email?: string | undefined
    setup_future_usage?: 'off_session' | 'on_session' | undefined
    statement_descriptor?: string | undefined
    statement_descriptor_suffix?: string | undefined
    transfer_group?: string | undefined
  }
  /** The secret part of the recovery address, once the session has expired with recovery on. */
  recoveryToken: string | null
}

/** What the sandbox knows of a payment intent beside what the wire shows. */
export interface IntentWork {
  id: string
  /** The checkout session that owns it, which also forbids confirming or cancelling it directly. */
  session: string | null
  /** The payment method of the attempt that waits for 3-D Secure. */
  challenged: string | null
  returnUrl: string | null
}

/** What the sandbox knows of a payment method: which test card or bank it stands for. */
export interface MethodWork {
  id: string
  cardNumber: string | null
  bankOutcome: 'succeeds' | 'fails' | null
  /** Authenticated once for later use; such a card needs no 3-D Secure off session. */
  setUp: boolean
}

/** What the sandbox knows of a charge. */
export interface ChargeWork {
  id: string
  cardNumber: string | null
  bankOutcome: 'succeeds' | 'fails' | null
  /** Sum of refunds that are under way and not yet on `amount_refunded`. */
  refundsPending: number
}

/** An event; its data is kept as text, exactly as it was when it happened. */
export interface EventRecord {
  id: string
  type: string
  created: number
  objectId: string
  /** JSON of `data`. */
  data: string
  request: { id: string | null; idempotency_key: string | null }
  pendingWebhooks: number
}

export interface EndpointRecord {
  id: string
  wire: Stripe.WebhookEndpoint
  secret: string
  /** A secret that was rolled and still signs until then. */
  formerSecret: { secret: string; until: number } | null
  /** Made by a control of the sandbox and not by the API. */
  configured: boolean
}

export interface DeliveryAttempt {
  at: number
  status: number | null
  /** Why there is no answer, or the beginning of the answer's body. */
  note: string
  tampered: boolean
}

export interface DeliveryRecord {
  id: string
  event: string
  endpoint: string
  state: 'pending' | 'succeeded' | 'failed' | 'dropped'
  attempts: DeliveryAttempt[]
  nextAttemptAt: number | null
  /** Names of the faults that shaped it, for the log. */
  faults: string[]
  tamper: boolean
  /** How many later deliveries to the same endpoint go first. */
  heldBehind: number
}

export interface IdempotencyRecord {
  id: string
  fingerprint: string
  endpoint: string
  createdAt: number
  /** The request that ran; null marks one that is still in flight. */
  answer: { status: number; body: string; requestId: string } | null
}

/** All state of the sandbox, in one place, as plain data. */
export class Store {
  readonly sessions = new Collection<Stripe.Checkout.Session>({
    payment_intent: (row) => row.payment_intent as string | null,
    customer: (row) => row.customer as string | null,
  })
  readonly paymentIntents = new Collection<Stripe.PaymentIntent>({
    customer: (row) => row.customer as string | null,
  })
  readonly charges = new Collection<Stripe.Charge>({
    payment_intent: (row) => row.payment_intent as string | null,
    customer: (row) => row.customer as string | null,
    transfer_group: (row) => row.transfer_group,
  })
  readonly refunds = new Collection<Stripe.Refund>({
    charge: (row) => row.charge as string | null,
    payment_intent: (row) => row.payment_intent as string | null,
  })
  readonly balanceTransactions = new Collection<Stripe.BalanceTransaction>({
    source: (row) => row.source as string | null,
    type: (row) => row.type,
  })
  readonly customers = new Collection<Stripe.Customer>({ email: (row) => row.email })
  /** Deleted customers can still be fetched, as a note that they are gone. */
  readonly deletedCustomers = new Collection<{ id: string }>()
  readonly paymentMethods = new Collection<Stripe.PaymentMethod>({
    customer: (row) => row.customer as string | null,
  })
  readonly events = new Collection<EventRecord>({ type: (row) => row.type, object: (row) => row.objectId })
  readonly endpoints = new Collection<EndpointRecord>()
  readonly deliveries = new Collection<DeliveryRecord>({ event: (row) => row.event })
  readonly idempotency = new Collection<IdempotencyRecord>()

  readonly sessionWork = new Collection<SessionWork>({ recovery: (row) => row.recoveryToken })
  readonly intentWork = new Collection<IntentWork>()
  readonly methodWork = new Collection<MethodWork>()
  readonly chargeWork = new Collection<ChargeWork>()

  /** Every collection by name, for keeping the state in a file. */
  collections(): Record<string, Collection<{ id: string }>> {
    const out: Record<string, Collection<{ id: string }>> = {}
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Collection) out[name] = value
    }
    return out
  }
}
