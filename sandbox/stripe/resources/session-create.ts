import type Stripe from 'stripe'
import { invalidRequest, noSuchReference } from '../errors.ts'
import { checkSessionTotal } from '../minimum.ts'
import {
  absent,
  choice,
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  record,
  required,
  text,
} from '../params.ts'
import type { Values } from '../params.ts'
import type { World } from '../world.ts'
import { methodTypesFor } from './intent-life.ts'

const lineItemShape = {
  quantity: integer({ min: 1, max: 999_999 }),
  metadata: metadata(),
  price_data: required(
    record({
      currency: required(text()),
      unit_amount: integer({ min: 0, max: 99_999_999 }),
      unit_amount_decimal: absent(),
      tax_behavior: choice('exclusive', 'inclusive', 'unspecified'),
      recurring: absent(),
      product: absent(),
      product_data: record({
        name: required(text({ max: 250 })),
        description: text(),
        images: list(text()),
        metadata: metadata(),
        tax_code: text(),
        unit_label: text({ max: 12 }),
      }),
    }),
  ),
  price: absent(),
  adjustable_quantity: absent(),
  tax_rates: absent(),
}

const message = record({ message: required(text({ max: 1200 })) })

/** The parameters of a new session. What the provider has and this sandbox does not simulate is `absent`. */
export const createShape = {
  mode: required(choice('payment', 'setup', 'subscription')),
  line_items: list(record(lineItemShape)),
  success_url: text(),
  cancel_url: text(),
  client_reference_id: text({ max: 200 }),
  customer: text(),
  customer_email: text({ max: 800 }),
  customer_creation: choice('always', 'if_required'),
  currency: text(),
  expires_at: integer(),
  metadata: metadata(),
  locale: text(),
  submit_type: choice('auto', 'book', 'donate', 'pay', 'subscribe'),
  ui_mode: choice('hosted_page', 'embedded_page', 'elements', 'form'),
  origin_context: choice('web', 'mobile_app'),
  integration_identifier: text({ max: 200 }),
  billing_address_collection: choice('auto', 'required'),
  phone_number_collection: record({ enabled: required(flag()) }),
  allowed_payment_method_types: list(choice('card', 'us_bank_account')),
  allow_promotion_codes: flag(),
  payment_method_collection: choice('always', 'if_required'),
  adaptive_pricing: record({ enabled: flag() }),
  automatic_tax: record({ enabled: required(flag()) }),
  invoice_creation: record({ enabled: required(flag()) }),
  after_expiration: record({
    recovery: record({ enabled: required(flag()), allow_promotion_codes: flag() }),
  }),
  custom_text: record({
    after_submit: message,
    shipping_address: message,
    submit: message,
    terms_of_service_acceptance: message,
  }),
  consent_collection: record({
    promotions: choice('auto', 'none'),
    terms_of_service: choice('none', 'required'),
  }),
  payment_intent_data: record({
    capture_method: choice('automatic', 'automatic_async', 'manual'),
    description: text(),
    metadata: metadata(),
    receipt_email: text(),
    setup_future_usage: choice('off_session', 'on_session'),
    statement_descriptor: text({ max: 22 }),
    statement_descriptor_suffix: text({ max: 22 }),
    transfer_group: text(),
    application_fee_amount: absent(),
    on_behalf_of: absent(),
    shipping: absent(),
    transfer_data: absent(),
  }),
  branding_settings: absent(),
  custom_fields: absent(),
  customer_account: absent(),
  customer_update: absent(),
  discounts: absent(),
  excluded_payment_method_types: absent(),
  managed_payments: absent(),
  name_collection: absent(),
  optional_items: absent(),
  payment_method_configuration: absent(),
  payment_method_data: absent(),
  payment_method_options: absent(),
  permissions: absent(),
  redirect_on_completion: absent(),
  return_url: absent(),
  saved_payment_method_options: absent(),
  setup_intent_data: absent(),
  shipping_address_collection: absent(),
  shipping_options: absent(),
  subscription_data: absent(),
  tax_id_collection: absent(),
  wallet_options: absent(),
}

type Create = Values<typeof createShape>

const shortestSeconds = 30 * 60
const longestSeconds = 24 * 60 * 60

function missing(param: string): never {
  throw invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

function notSimulated(what: string, param: string): never {
  throw invalidRequest(`The sandbox does not simulate ${what} yet.`, { code: 'sandbox_not_simulated', param })
}

/** Checks that need more than one parameter or the clock. */
export function checkCreate(world: World, params: Create): void {
  if (params.mode !== 'payment') notSimulated(`mode '${params.mode}'`, 'mode')
  if (params.ui_mode !== undefined && params.ui_mode !== 'hosted_page') {
    notSimulated(`ui_mode '${params.ui_mode}'`, 'ui_mode')
  }
  if (params.automatic_tax?.enabled) notSimulated('automatic tax', 'automatic_tax[enabled]')
  if (params.invoice_creation?.enabled) notSimulated('invoices', 'invoice_creation[enabled]')
  if (params.success_url === undefined) missing('success_url')
  for (const param of ['success_url', 'cancel_url'] as const) {
    const url = params[param]
    if (url !== undefined && !URL.canParse(url.replaceAll('{CHECKOUT_SESSION_ID}', 'x'))) {
      throw invalidRequest('Not a valid URL', { code: 'url_invalid', param })
    }
  }
  const items = params.line_items ?? []
  if (items.length === 0) missing('line_items')
  if (items.length > 100) {
    throw invalidRequest('You can only have up to 100 line items.', { param: 'line_items' })
  }
  for (const [i, item] of items.entries()) {
    const at = `line_items[${i}]`
    if (item.quantity === undefined) missing(`${at}[quantity]`)
    if (item.price_data.unit_amount === undefined) missing(`${at}[price_data][unit_amount]`)
    if (item.price_data.product_data === undefined) missing(`${at}[price_data][product_data]`)
    if (!/^[a-z]{3}$/i.test(item.price_data.currency)) {
      throw invalidRequest(`Invalid currency: ${item.price_data.currency}.`, {
        param: `${at}[price_data][currency]`,
      })
    }
    if (item.price_data.currency.toLowerCase() !== items[0]?.price_data.currency.toLowerCase()) {
      throw invalidRequest('All line items must have the same currency.', {
        param: `${at}[price_data][currency]`,
      })
    }
  }
  if (params.customer !== undefined && params.customer_email !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.')
  }
  if (params.customer_email !== undefined && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(params.customer_email)) {
    throw invalidRequest(`Invalid email address: ${params.customer_email}`, {
      code: 'email_invalid',
      param: 'customer_email',
    })
  }
  checkExpiry(world, params.expires_at)
}

/** Unverified wording: the range is documented, the sentences are not. */
function checkExpiry(world: World, expiresAt: number | undefined): void {
  if (expiresAt === undefined) return
  const ahead = expiresAt - world.clock.seconds()
  if (ahead < shortestSeconds) {
    throw invalidRequest(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    )
  }
  if (ahead > longestSeconds) {
    throw invalidRequest(
      'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      {
        param: 'expires_at',
      },
    )
  }
}

function lineItems(world: World, params: Create, currency: string): Stripe.LineItem[] {
  return (params.line_items ?? []).map((item) => {
    const unit = item.price_data.unit_amount ?? 0
    const quantity = item.quantity ?? 1
    const total = unit * quantity
    // The SDK turns `unit_amount_decimal` into a Decimal on arrival; on the wire it is a text.
    const decimal = String(unit) as unknown as Stripe.Decimal
    return {
      id: world.id('li_'),
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: total,
      amount_tax: 0,
      amount_total: total,
      currency,
      description: item.price_data.product_data?.name ?? null,
      metadata: mergeMetadata(null, item.metadata),
      price: {
        id: world.id('price_'),
        object: 'price',
        active: false,
        billing_scheme: 'per_unit',
        created: world.clock.seconds(),
        currency,
        custom_unit_amount: null,
        livemode: false,
        lookup_key: null,
        metadata: {},
        nickname: null,
        product: world.id('prod_'),
        recurring: null,
        tax_behavior: item.price_data.tax_behavior ?? 'unspecified',
        tiers_mode: null,
        transform_quantity: null,
        type: 'one_time',
        unit_amount: unit,
        unit_amount_decimal: decimal,
      },
      quantity,
    }
  })
}

function customText(params: Create): Stripe.Checkout.Session['custom_text'] {
  const given = params.custom_text
  return {
    after_submit: given?.after_submit ?? null,
    shipping_address: given?.shipping_address ?? null,
    submit: given?.submit ?? null,
    terms_of_service_acceptance: given?.terms_of_service_acceptance ?? null,
  }
}

const noDetails = (email: string): Stripe.Checkout.Session.CustomerDetails => ({
  address: null,
  business_name: null,
  email,
  individual_name: null,
  name: null,
  phone: null,
  tax_exempt: 'none',
  tax_ids: null,
})

/** Makes an open session. Creation sends no event. */
export function createSession(world: World, params: Create): Stripe.Checkout.Session {
  const currency = (params.line_items?.[0]?.price_data.currency ?? '').toLowerCase()
  if (params.currency !== undefined && params.currency.toLowerCase() !== currency) {
    throw invalidRequest('The currency of the line items and of the session must be the same.', {
      param: 'currency',
    })
  }
  if (params.customer !== undefined && !world.store.customers.has(params.customer)) {
    throw noSuchReference('customer', params.customer, 'customer')
  }
  const items = lineItems(world, params, currency)
  const total = items.reduce((sum, item) => sum + item.amount_total, 0)
  checkSessionTotal(total, currency)
  const { metadata: intentMetadata, ...intentData } = params.payment_intent_data ?? {}
  const id = world.id('cs_test_')
  const now = world.clock.seconds()
  const recovery = params.after_expiration?.recovery
  const session: Stripe.Checkout.Session = {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: params.adaptive_pricing?.enabled ?? false },
    after_expiration: recovery
      ? {
          recovery: {
            allow_promotion_codes: recovery.allow_promotion_codes ?? false,
            enabled: recovery.enabled,
            expires_at: null,
            url: null,
          },
        }
      : null,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: params.consent_collection
      ? {
          payment_method_reuse_agreement: null,
          promotions: params.consent_collection.promotions ?? null,
          terms_of_service: params.consent_collection.terms_of_service ?? null,
        }
      : null,
    created: now,
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: customText(params),
    customer: params.customer ?? null,
    customer_account: null,
    customer_creation: params.customer === undefined ? (params.customer_creation ?? 'if_required') : null,
    customer_details: params.customer_email === undefined ? null : noDetails(params.customer_email),
    customer_email: params.customer_email ?? null,
    discounts: [],
    expires_at: params.expires_at ?? now + longestSeconds,
    integration_identifier: params.integration_identifier ?? null,
    invoice: null,
    invoice_creation: {
      enabled: false,
      invoice_data: {
        account_tax_ids: null,
        custom_fields: null,
        description: null,
        footer: null,
        issuer: null,
        metadata: {},
        rendering_options: null,
      },
    },
    livemode: false,
    locale: params.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata(null, params.metadata),
    mode: 'payment',
    origin_context: params.origin_context ?? null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: params.payment_method_collection ?? 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: params.allowed_payment_method_types ?? methodTypesFor(currency),
    payment_status: total === 0 ? 'no_payment_required' : 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: params.phone_number_collection?.enabled ?? false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: params.submit_type ?? null,
    subscription: null,
    success_url: params.success_url ?? null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${world.publicUrl}/c/pay/${id}`,
    wallet_options: null,
  }
  world.store.sessions.insert(session)
  world.store.sessionWork.insert({
    id,
    lineItems: items,
    intentData: { ...intentData, ...(intentMetadata ? { metadata: intentMetadata } : {}) },
    recoveryToken: null,
  })
  world.scheduler.add('session.expire', id, session.expires_at * 1000)
  return session
}
