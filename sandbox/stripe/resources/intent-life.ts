import type Stripe from 'stripe'
import type { World } from '../world.ts'

export interface NewIntent {
  amount: number
  currency: string
  captureMethod?: 'automatic' | 'automatic_async' | 'manual' | undefined
  confirmationMethod?: 'automatic' | 'manual' | undefined
  customer?: string | null | undefined
  description?: string | undefined
  metadata?: Record<string, string> | undefined
  receiptEmail?: string | undefined
  setupFutureUsage?: 'off_session' | 'on_session' | undefined
  statementDescriptor?: string | undefined
  statementDescriptorSuffix?: string | undefined
  transferGroup?: string | undefined
  methodTypes: string[]
  automaticMethods: Stripe.PaymentIntent.AutomaticPaymentMethods | null
  session?: string | undefined
  returnUrl?: string | undefined
}

/** Makes a payment intent and sends `payment_intent.created`. */
export function createIntent(world: World, wanted: NewIntent): Stripe.PaymentIntent {
  const id = world.id('pi_')
  const intent: Stripe.PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: wanted.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: wanted.automaticMethods,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: wanted.captureMethod ?? 'automatic_async',
    client_secret: `${id}_secret_${world.random.text(25)}`,
    confirmation_method: wanted.confirmationMethod ?? 'automatic',
    created: world.clock.seconds(),
    currency: wanted.currency,
    customer: wanted.customer ?? null,
    customer_account: null,
    description: wanted.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: { ...wanted.metadata },
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: wanted.methodTypes,
    payment_record: null,
    processing: null,
    receipt_email: wanted.receiptEmail ?? null,
    review: null,
    setup_future_usage: wanted.setupFutureUsage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: wanted.statementDescriptor ?? null,
    statement_descriptor_suffix: wanted.statementDescriptorSuffix ?? null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: wanted.transferGroup ?? null,
  }
  world.store.paymentIntents.insert(intent)
  world.store.intentWork.insert({
    id,
    session: wanted.session ?? null,
    challenged: null,
    returnUrl: wanted.returnUrl ?? null,
  })
  world.emit('payment_intent.created', intent)
  return intent
}

/** The methods that this sandbox can take in a currency. */
export function methodTypesFor(currency: string): string[] {
  return currency === 'usd' ? ['card', 'us_bank_account'] : ['card']
}

/** Cancels an intent, whatever the cause, and tells it. */
export function endIntent(world: World, intent: Stripe.PaymentIntent, reason: string | null): void {
  intent.status = 'canceled'
  intent.amount_capturable = 0
  intent.canceled_at = world.clock.seconds()
  intent.cancellation_reason = reason
  intent.next_action = null
  world.emit('payment_intent.canceled', intent)
}
