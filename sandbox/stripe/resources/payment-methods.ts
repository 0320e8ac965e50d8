import { createHash } from 'node:crypto'
import type Stripe from 'stripe'
import { findCard, notATestCard, passesLuhn } from '../cards.ts'
import type { Decline } from '../cards.ts'
import { ApiError, invalidRequest, noSuch, noSuchReference } from '../errors.ts'
import { page } from '../lists.ts'
import { choice, integer, mergeMetadata, metadata, paging, record, required, text } from '../params.ts'
import type { Values } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { World } from '../world.ts'

export interface Billing {
  email?: string | undefined
  name?: string | undefined
  phone?: string | undefined
  country?: string | undefined
  postalCode?: string | undefined
}

export interface CardDetails {
  number: string
  expMonth: number
  expYear: number
  cvc: string | undefined
}

/** The error of a card that is refused before any payment is tried. */
export function cardError(decline: Decline, extra: object = {}): ApiError {
  return new ApiError(402, {
    type: 'card_error',
    code: decline.code,
    decline_code: decline.declineCode,
    message: decline.message,
    param: decline.param,
    ...extra,
  })
}

/** Refuses card details as the provider does: number, expiry, security code. */
export function checkCard(world: World, details: CardDetails): void {
  const known = findCard(details.number)
  const number = details.number.replaceAll(/[\s-]/g, '')
  if (known?.refusedAtOnce) throw cardError(known.refusedAtOnce)
  if (!known && !passesLuhn(number)) {
    const decline = { code: 'incorrect_number', message: 'Your card number is incorrect.', param: 'number' }
    throw cardError(decline)
  }
  const today = new Date(world.clock.now())
  const month = today.getUTCFullYear() * 12 + today.getUTCMonth()
  if (!(details.expMonth >= 1 && details.expMonth <= 12)) {
    throw cardError({
      code: 'invalid_expiry_month',
      message: "Your card's expiration month is invalid.",
      param: 'exp_month',
    })
  }
  if (details.expYear * 12 + details.expMonth - 1 < month) {
    throw cardError({
      code: 'invalid_expiry_year',
      message: "Your card's expiration year is invalid.",
      param: 'exp_year',
    })
  }
  const digits = known?.brand === 'amex' ? 4 : 3
  const cvc = details.cvc
  if (
    cvc !== undefined &&
    !(/^\d+$/.test(cvc) && (cvc.length === digits || (digits === 4 && cvc.length === 3)))
  ) {
    throw cardError({ code: 'invalid_cvc', message: "Your card's security code is invalid.", param: 'cvc' })
  }
  if (!known) throw cardError(notATestCard)
}

function billingDetails(billing: Billing): Stripe.PaymentMethod.BillingDetails {
  return {
    address: {
      city: null,
      country: billing.country ?? null,
      line1: null,
      line2: null,
      postal_code: billing.postalCode ?? null,
      state: null,
    },
    email: billing.email ?? null,
    name: billing.name ?? null,
    phone: billing.phone ?? null,
    tax_id: null,
  }
}

function fingerprint(number: string): string {
  return createHash('sha256').update(number).digest('base64url').replaceAll(/[-_]/g, '0').slice(0, 16)
}

/** Makes a card payment method. Refuses details that `checkCard` refuses. */
export function createCardMethod(world: World, details: CardDetails, billing: Billing): Stripe.PaymentMethod {
  checkCard(world, details)
  const known = findCard(details.number)
  const number = details.number.replaceAll(/[\s-]/g, '')
  const brand = known?.brand ?? 'visa'
  const method: Stripe.PaymentMethod = {
    id: world.id('pm_'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: billingDetails(billing),
    card: {
      brand,
      checks: {
        address_line1_check: null,
        address_postal_code_check: billing.postalCode ? 'pass' : null,
        cvc_check: details.cvc === undefined ? null : 'unchecked',
      },
      country: known?.country ?? 'US',
      display_brand: brand === 'amex' ? 'american_express' : brand,
      exp_month: details.expMonth,
      exp_year: details.expYear,
      fingerprint: fingerprint(number),
      funding: 'credit',
      generated_from: null,
      last4: number.slice(-4),
      networks: { available: [brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: world.clock.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  }
  world.store.paymentMethods.insert(method)
  world.store.methodWork.insert({ id: method.id, cardNumber: number, bankOutcome: null, setUp: false })
  return method
}

/** Makes a US bank account payment method whose debit succeeds or fails later. */
export function createBankMethod(
  world: World,
  outcome: 'succeeds' | 'fails',
  billing: Billing,
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: world.id('pm_'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: billingDetails(billing),
    created: world.clock.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'us_bank_account',
    us_bank_account: {
      account_holder_type: 'individual',
      account_type: 'checking',
      bank_name: 'STRIPE TEST BANK',
      financial_connections_account: null,
      fingerprint: fingerprint(`bank/${outcome}`),
      last4: outcome === 'succeeds' ? '6789' : '1116',
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: '110000000',
      status_details: {},
    },
  }
  world.store.paymentMethods.insert(method)
  world.store.methodWork.insert({ id: method.id, cardNumber: null, bankOutcome: outcome, setUp: false })
  return method
}

/** Makes a payment method of a card's `pm_card_..` or `tok_..` name, or of its bare number. */
export function methodOfTestCard(
  world: World,
  name: string,
  billing: Billing = {},
): Stripe.PaymentMethod | undefined {
  const known = findCard(name)
  if (!known) return undefined
  const cvc = known.brand === 'amex' ? '1234' : '123'
  const expYear = new Date(world.clock.now()).getUTCFullYear() + 1
  return createCardMethod(world, { number: known.number, expMonth: 12, expYear, cvc }, billing)
}

/** Finds a payment method by id, or makes one of a test card's name. */
export function resolveMethod(world: World, id: string, param: string): Stripe.PaymentMethod {
  const found = world.store.paymentMethods.get(id)
  if (found) return found
  const named = id.startsWith('pm_card_') ? methodOfTestCard(world, id) : undefined
  if (!named) throw noSuchReference('PaymentMethod', id, param)
  return named
}

const addressShape = {
  city: text({ emptyable: true }),
  country: text({ emptyable: true }),
  line1: text({ emptyable: true }),
  line2: text({ emptyable: true }),
  postal_code: text({ emptyable: true }),
  state: text({ emptyable: true }),
}

/** The parameters of a payment method, as `payment_method_data` or as an endpoint of its own. */
export const methodShape = {
  type: required(choice('card', 'us_bank_account')),
  card: record({
    number: text(),
    exp_month: integer(),
    exp_year: integer(),
    cvc: text(),
    token: text(),
  }),
  us_bank_account: record({
    account_holder_type: choice('individual', 'company'),
    account_number: text(),
    account_type: choice('checking', 'savings'),
    routing_number: text(),
  }),
  billing_details: record({
    email: text({ emptyable: true }),
    name: text({ emptyable: true }),
    phone: text({ emptyable: true }),
    address: record(addressShape),
  }),
  metadata: metadata(),
}

/** Bank account numbers of the provider's tests whose debit fails; all others succeed. */
const failingAccounts = new Set(['000111111116', '000111111113', '000222222227', '000333333335'])

const blank = (value: string | undefined) => (value === '' ? undefined : value)

/** Makes a payment method of its parameters. */
export function createMethod(world: World, params: Values<typeof methodShape>): Stripe.PaymentMethod {
  const details = params.billing_details
  const address = details?.address
  const billing: Billing = {
    email: blank(details?.email),
    name: blank(details?.name),
    phone: blank(details?.phone),
    country: blank(address?.country),
    postalCode: blank(address?.postal_code),
  }
  const method = params.type === 'card' ? cardOf(world, params, billing) : bankOf(world, params, billing)
  for (const key of ['city', 'line1', 'line2', 'state'] as const) {
    if (method.billing_details.address) method.billing_details.address[key] = blank(address?.[key]) ?? null
  }
  method.metadata = mergeMetadata(null, params.metadata)
  return method
}

function bankOf(world: World, params: Values<typeof methodShape>, billing: Billing): Stripe.PaymentMethod {
  const account = params.us_bank_account?.account_number
  if (account === undefined) throw missing('us_bank_account[account_number]')
  return createBankMethod(world, failingAccounts.has(account) ? 'fails' : 'succeeds', billing)
}

function cardOf(world: World, params: Values<typeof methodShape>, billing: Billing): Stripe.PaymentMethod {
  const { number, exp_month: expMonth, exp_year: expYear, cvc, token } = params.card ?? {}
  if (token !== undefined) {
    const method = methodOfTestCard(world, token, billing)
    if (!method) throw noSuchReference('token', token, 'card[token]')
    return method
  }
  if (number === undefined) throw missing('card[number]')
  if (expMonth === undefined) throw missing('card[exp_month]')
  if (expYear === undefined) throw missing('card[exp_year]')
  return createCardMethod(world, { number, expMonth, expYear, cvc }, billing)
}

function missing(param: string): ApiError {
  return invalidRequest(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
}

function existing(world: World, id: string): Stripe.PaymentMethod {
  const method = world.store.paymentMethods.get(id)
  if (!method) throw noSuch('PaymentMethod', id)
  return method
}

export const paymentMethodRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/v1/payment_methods',
    returns: 'payment_method',
    params: methodShape,
    run: (world, params) => createMethod(world, params),
  }),
  route({
    method: 'GET',
    path: '/v1/payment_methods',
    returns: listOf('payment_method'),
    params: { ...paging, customer: required(text()), type: choice('card', 'us_bank_account') },
    run: (world, params) =>
      page(world.store.paymentMethods, params, {
        url: '/v1/payment_methods',
        resource: 'PaymentMethod',
        from: ['customer', params.customer],
        keep: (row) => params.type === undefined || row.type === params.type,
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/payment_methods/:id',
    returns: 'payment_method',
    params: {},
    run: (world, _params, { id = '' }) => existing(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/payment_methods/:id/attach',
    returns: 'payment_method',
    params: { customer: required(text()) },
    run(world, params, { id = '' }) {
      const method = resolveMethod(world, id, 'id')
      if (!world.store.customers.has(params.customer)) {
        throw noSuchReference('customer', params.customer, 'customer')
      }
      const known = findCard(world.store.methodWork.get(method.id)?.cardNumber ?? '')
      if (known?.decline && !known.attaches) throw cardError(known.decline)
      method.customer = params.customer
      world.store.paymentMethods.touch(method)
      world.emit('payment_method.attached', method)
      return method
    },
  }),
  route({
    method: 'POST',
    path: '/v1/payment_methods/:id/detach',
    returns: 'payment_method',
    params: {},
    run(world, _params, { id = '' }) {
      const method = existing(world, id)
      const former = method.customer
      if (former === null) {
        throw invalidRequest(
          'The payment method you provided is not attached to a customer so detachment is impossible.',
        )
      }
      method.customer = null
      world.store.paymentMethods.touch(method)
      world.emit('payment_method.detached', method, { customer: former })
      return method
    },
  }),
]
