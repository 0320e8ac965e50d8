import type Stripe from 'stripe'
import { ApiError, invalidRequest, noSuch, noSuchReference } from '../errors.ts'
import { page, within } from '../lists.ts'
import { checkMinimum } from '../minimum.ts'
import {
  absent,
  amount,
  choice,
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  paging,
  record,
  required,
  text,
  timeRange,
} from '../params.ts'
import type { Values } from '../params.ts'
import { attemptPayment } from '../payments.ts'
import type { Attempt } from '../payments.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { IntentWork } from '../store.ts'
import type { World } from '../world.ts'
import { createIntent, endIntent, methodTypesFor } from './intent-life.ts'
import { createMethod, methodShape, resolveMethod } from './payment-methods.ts'

/** Finds a payment intent, or refuses with the provider's 404. */
export function existingIntent(world: World, id: string): Stripe.PaymentIntent {
  const intent = world.store.paymentIntents.get(id)
  if (!intent) throw noSuch('payment_intent', id, 'intent')
  return intent
}

function unexpectedState(intent: Stripe.PaymentIntent, message: string): ApiError {
  return invalidRequest(message, { code: 'payment_intent_unexpected_state', payment_intent: intent })
}

function work(world: World, intent: Stripe.PaymentIntent): IntentWork {
  return world.store.intentWork.get(intent.id) as IntentWork
}

/** Turns a refused attempt into the 402 that the API answers with. */
function declinedError(
  intent: Stripe.PaymentIntent,
  attempt: Extract<Attempt, { kind: 'declined' }>,
): ApiError {
  return new ApiError(402, {
    type: 'card_error',
    code: attempt.decline.code,
    decline_code: attempt.decline.declineCode,
    message: attempt.decline.message,
    param: attempt.decline.param,
    charge: attempt.charge?.id,
    payment_intent: structuredClone(intent),
    payment_method: intent.last_payment_error?.payment_method,
    advice_code: attempt.charge?.outcome?.advice_code ?? undefined,
    network_decline_code: attempt.charge?.outcome?.network_decline_code ?? undefined,
  })
}

const confirmable = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action'])

function confirm(
  world: World,
  intent: Stripe.PaymentIntent,
  options: { method: Stripe.PaymentMethod | undefined; offSession: boolean; refuseAction: boolean },
): Stripe.PaymentIntent {
  if (!confirmable.has(intent.status)) {
    throw unexpectedState(
      intent,
      intent.status === 'succeeded'
        ? 'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.'
        : `This PaymentIntent's status is ${intent.status}, but must be requires_payment_method, requires_confirmation, or requires_action to be confirmed.`,
    )
  }
  const chosen =
    options.method ??
    (intent.payment_method ? world.store.paymentMethods.get(intent.payment_method as string) : undefined)
  if (!chosen) {
    throw unexpectedState(
      intent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    )
  }
  const attempt = attemptPayment(world, intent, chosen, {
    offSession: options.offSession || options.refuseAction,
    authenticated: false,
  })
  if (attempt.kind === 'declined') throw declinedError(intent, attempt)
  return intent
}

const cancelable = new Set([
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
])

function cancel(world: World, intent: Stripe.PaymentIntent, reason: string | null): Stripe.PaymentIntent {
  if (!cancelable.has(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing.`,
    )
  }
  const held = intent.status === 'requires_capture'
  if (work(world, intent).session !== null && !held) {
    throw unexpectedState(
      intent,
      'You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout Session instead.',
    )
  }
  endIntent(world, intent, reason)
  const charge = held ? world.store.charges.get(intent.latest_charge as string) : undefined
  if (charge) {
    charge.amount_refunded = charge.amount
    charge.refunded = true
    world.emit('charge.refunded', charge, { amount_refunded: 0, refunded: false })
  }
  return intent
}

function capture(
  world: World,
  intent: Stripe.PaymentIntent,
  wanted: number | undefined,
): Stripe.PaymentIntent {
  const charge = world.store.charges.get((intent.latest_charge as string | null) ?? '')
  if (intent.status !== 'requires_capture' || !charge) {
    if (intent.status === 'succeeded' && intent.capture_method === 'manual') {
      throw unexpectedState(
        intent,
        'The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released.',
      )
    }
    throw unexpectedState(
      intent,
      `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
    )
  }
  const captured = wanted ?? intent.amount_capturable
  if (captured > intent.amount_capturable) {
    throw invalidRequest(
      `The amount (${captured}) you requested to capture is greater than the amount you can capture (${intent.amount_capturable}) for this PaymentIntent.`,
      { code: 'amount_too_large', param: 'amount_to_capture', payment_intent: intent },
    )
  }
  charge.captured = true
  charge.amount_captured = captured
  if (world.settings.partialCaptureCountsAsRefunded) charge.amount_refunded = charge.amount - captured
  intent.status = 'succeeded'
  intent.amount_capturable = 0
  intent.amount_received = captured
  world.emit('charge.captured', charge, { captured: false, amount_captured: 0 })
  world.emit('payment_intent.succeeded', intent)
  world.later('charge.book', charge.id, world.settings.balanceTransactionDelayMs)
  return intent
}

/** Refuses to confirm what belongs to a session, whose page is the only way to pay it. */
function refuseSessionIntent(world: World, intent: Stripe.PaymentIntent): void {
  if (work(world, intent).session === null) return
  throw unexpectedState(
    intent,
    'You cannot confirm this PaymentIntent because it was created by a Checkout Session.',
  )
}

const commonShape = {
  description: text({ emptyable: true }),
  metadata: metadata(),
  payment_method: text(),
  payment_method_data: record(methodShape),
  receipt_email: text({ emptyable: true }),
  setup_future_usage: choice('off_session', 'on_session'),
  statement_descriptor: text({ max: 22, emptyable: true }),
  statement_descriptor_suffix: text({ max: 22, emptyable: true }),
  customer: text(),
  shipping: absent(),
  mandate_data: absent(),
  payment_method_options: absent(),
  application_fee_amount: absent(),
  transfer_data: absent(),
}

const createShape = {
  ...commonShape,
  amount: required(amount()),
  currency: required(text()),
  automatic_payment_methods: record({
    enabled: required(flag()),
    allow_redirects: choice('always', 'never'),
  }),
  allowed_payment_method_types: list(choice('card', 'us_bank_account')),
  capture_method: choice('automatic', 'automatic_async', 'manual'),
  confirm: flag(),
  confirmation_method: choice('automatic', 'manual'),
  error_on_requires_action: flag(),
  off_session: flag(),
  return_url: text(),
  transfer_group: text(),
  use_stripe_sdk: flag(),
  on_behalf_of: absent(),
  confirmation_token: absent(),
  mandate: absent(),
}

function chosenMethod(
  world: World,
  params: {
    payment_method?: string | undefined
    payment_method_data?: Values<typeof methodShape> | undefined
  },
): Stripe.PaymentMethod | undefined {
  if (params.payment_method_data) return createMethod(world, params.payment_method_data)
  if (params.payment_method !== undefined)
    return resolveMethod(world, params.payment_method, 'payment_method')
  return undefined
}

function create(world: World, params: Values<typeof createShape>): Stripe.PaymentIntent {
  const currency = params.currency.toLowerCase()
  checkMinimum(params.amount, currency, 'amount')
  if (params.customer !== undefined && !world.store.customers.has(params.customer)) {
    throw noSuchReference('customer', params.customer, 'customer')
  }
  const method = chosenMethod(world, params)
  const intent = createIntent(world, {
    amount: params.amount,
    currency,
    captureMethod: params.capture_method,
    confirmationMethod: params.confirmation_method,
    customer: params.customer,
    description: params.description,
    metadata: params.metadata === '' ? {} : params.metadata,
    receiptEmail: params.receipt_email,
    setupFutureUsage: params.setup_future_usage,
    statementDescriptor: params.statement_descriptor,
    statementDescriptorSuffix: params.statement_descriptor_suffix,
    transferGroup: params.transfer_group,
    methodTypes: params.allowed_payment_method_types ?? methodTypesFor(currency),
    automaticMethods: {
      allow_redirects: params.automatic_payment_methods?.allow_redirects ?? 'always',
      enabled: params.automatic_payment_methods?.enabled ?? true,
    },
    returnUrl: params.return_url,
  })
  if (params.confirm === true) {
    return confirm(world, intent, {
      method,
      offSession: params.off_session === true,
      refuseAction: params.error_on_requires_action === true,
    })
  }
  if (method) {
    intent.payment_method = method.id
    intent.status = 'requires_confirmation'
  }
  return intent
}

const updateShape = {
  ...commonShape,
  amount: amount(),
  transfer_group: text(),
}

function update(
  world: World,
  intent: Stripe.PaymentIntent,
  params: Values<typeof updateShape>,
): Stripe.PaymentIntent {
  const open = confirmable.has(intent.status)
  if (params.amount !== undefined) {
    if (!open) {
      throw unexpectedState(
        intent,
        `This PaymentIntent's amount could not be updated because it has a status of ${intent.status}. You may only update the amount of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.`,
      )
    }
    checkMinimum(params.amount, intent.currency, 'amount')
    intent.amount = params.amount
  }
  for (const key of [
    'description',
    'receipt_email',
    'statement_descriptor',
    'statement_descriptor_suffix',
  ] as const) {
    const value = params[key]
    if (value !== undefined) intent[key] = value === '' ? null : value
  }
  if (params.metadata !== undefined) intent.metadata = mergeMetadata(intent.metadata, params.metadata)
  if (params.transfer_group !== undefined) intent.transfer_group = params.transfer_group
  if (params.setup_future_usage !== undefined) intent.setup_future_usage = params.setup_future_usage
  const method = chosenMethod(world, params)
  if (method && open) {
    intent.payment_method = method.id
    intent.status = 'requires_confirmation'
  }
  return intent
}

export const paymentIntentRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/v1/payment_intents',
    returns: 'payment_intent',
    params: createShape,
    run: create,
  }),
  route({
    method: 'GET',
    path: '/v1/payment_intents',
    returns: listOf('payment_intent'),
    params: { ...paging, created: timeRange(), customer: text() },
    run: (world, params) =>
      page(world.store.paymentIntents, params, {
        url: '/v1/payment_intents',
        resource: 'payment_intent',
        from: params.customer === undefined ? undefined : ['customer', params.customer],
        keep: (row) => within(params.created, row.created),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/payment_intents/:id',
    returns: 'payment_intent',
    params: { client_secret: text() },
    run: (world, _params, { id = '' }) => existingIntent(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id',
    returns: 'payment_intent',
    params: updateShape,
    run: (world, params, { id = '' }) => update(world, existingIntent(world, id), params),
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    returns: 'payment_intent',
    params: {
      payment_method: text(),
      payment_method_data: record(methodShape),
      off_session: flag(),
      error_on_requires_action: flag(),
      return_url: text(),
      receipt_email: text({ emptyable: true }),
      setup_future_usage: choice('off_session', 'on_session'),
      capture_method: choice('automatic', 'automatic_async', 'manual'),
      use_stripe_sdk: flag(),
      confirmation_token: absent(),
      mandate_data: absent(),
      shipping: absent(),
    },
    run(world, params, { id = '' }) {
      const intent = existingIntent(world, id)
      refuseSessionIntent(world, intent)
      const method = chosenMethod(world, params)
      if (params.return_url !== undefined) work(world, intent).returnUrl = params.return_url
      if (params.receipt_email !== undefined) intent.receipt_email = params.receipt_email
      if (params.setup_future_usage !== undefined) intent.setup_future_usage = params.setup_future_usage
      if (params.capture_method !== undefined && confirmable.has(intent.status)) {
        intent.capture_method = params.capture_method
      }
      const refuseAction = params.error_on_requires_action === true
      return confirm(world, intent, { method, offSession: params.off_session === true, refuseAction })
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/capture',
    returns: 'payment_intent',
    params: {
      amount_to_capture: integer({ min: 1 }),
      final_capture: flag(),
      metadata: metadata(),
      application_fee_amount: absent(),
      transfer_data: absent(),
    },
    run(world, params, { id = '' }) {
      const intent = existingIntent(world, id)
      const captured = capture(world, intent, params.amount_to_capture)
      if (params.metadata !== undefined) captured.metadata = mergeMetadata(captured.metadata, params.metadata)
      return captured
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    returns: 'payment_intent',
    params: { cancellation_reason: choice('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned') },
    run: (world, params, { id = '' }) =>
      cancel(world, existingIntent(world, id), params.cancellation_reason ?? null),
  }),
]
