import type Stripe from 'stripe'
import { findCard } from '../cards.ts'
import type { Decline, TestCard } from '../cards.ts'
import { noSuch } from '../errors.ts'
import { processingFee } from '../fees.ts'
import { page, within } from '../lists.ts'
import { mergeMetadata, metadata, paging, text, timeRange } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { World } from '../world.ts'
import { bookEntry, settlementTime } from './balance-transactions.ts'
import { endIntent } from './intent-life.ts'

function outcomeOf(
  world: World,
  known: TestCard | undefined,
  decline: Decline | null,
): Stripe.Charge.Outcome {
  const score = known?.risk === 'highest' ? 95 : known?.risk === 'elevated' ? 70 : world.random.below(50)
  const base = { network_advice_code: null, risk_level: known?.risk ?? 'normal', risk_score: score }
  if (!decline) {
    return {
      ...base,
      advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: known?.risk === 'elevated' ? 'elevated_risk_level' : null,
      seller_message: 'Payment complete.',
      type: 'authorized',
    }
  }
  if (decline.blocked) {
    return {
      ...base,
      advice_code: null,
      network_decline_code: null,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    }
  }
  return {
    ...base,
    advice_code: 'try_again_later',
    network_decline_code: '01',
    network_status: 'declined_by_network',
    reason: decline.declineCode ?? decline.code,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  }
}

interface CardUse {
  authenticated: boolean
  captureBefore: number | null
  authorizedAmount: number | null
}

function cardDetails(
  world: World,
  method: Stripe.PaymentMethod,
  intent: Stripe.PaymentIntent,
  use: CardUse,
): Stripe.Charge.PaymentMethodDetails {
  const card = method.card as Stripe.PaymentMethod.Card
  return {
    card: {
      amount_authorized: use.authorizedAmount,
      authorization_code: use.authorizedAmount === null ? null : world.random.text(6).toUpperCase(),
      brand: card.brand,
      ...(use.captureBefore === null ? {} : { capture_before: use.captureBefore }),
      checks: {
        address_line1_check: null,
        address_postal_code_check: card.checks?.address_postal_code_check ?? null,
        cvc_check: card.checks?.cvc_check === null ? null : 'pass',
      },
      country: card.country,
      electronic_commerce_indicator: use.authenticated ? '05' : null,
      exp_month: card.exp_month,
      exp_year: card.exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint: card.fingerprint ?? null,
      funding: card.funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4: card.last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: card.brand,
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
      regulated_status: card.regulated_status,
      three_d_secure: use.authenticated
        ? {
            authentication_flow: 'challenge',
            electronic_commerce_indicator: '05',
            exemption_indicator: null,
            result: 'authenticated',
            result_reason: null,
            transaction_id: world.random.text(36),
            version: '2.2.0',
          }
        : null,
      transaction_link_id: null,
      wallet: null,
    },
    type: 'card',
  }
}

function bankDetails(method: Stripe.PaymentMethod): Stripe.Charge.PaymentMethodDetails {
  const bank = method.us_bank_account as Stripe.PaymentMethod.UsBankAccount
  return {
    type: 'us_bank_account',
    us_bank_account: {
      account_holder_type: bank.account_holder_type,
      account_type: bank.account_type,
      bank_name: bank.bank_name,
      fingerprint: bank.fingerprint,
      last4: bank.last4,
      payment_reference: null,
      routing_number: bank.routing_number,
    },
  }
}

interface NewCharge {
  status: 'succeeded' | 'pending' | 'failed'
  captured: boolean
  decline: Decline | null
  authenticated: boolean
}

/** Records the charge of one attempt of a payment intent. Sends no event. */
export function createCharge(
  world: World,
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
  attempt: NewCharge,
): Stripe.Charge {
  const work = world.store.methodWork.get(method.id)
  const known = findCard(work?.cardNumber ?? '')
  const bank = method.type === 'us_bank_account'
  const id = world.id(bank ? 'py_' : 'ch_')
  const held = attempt.status === 'succeeded' && !attempt.captured
  const now = world.clock.seconds()
  const use: CardUse = {
    authenticated: attempt.authenticated,
    captureBefore: held ? now + world.settings.captureWindowMs / 1000 : null,
    authorizedAmount: attempt.status === 'succeeded' ? intent.amount : null,
  }
  const charge: Stripe.Charge = {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: attempt.captured ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: structuredClone(method.billing_details),
    calculated_statement_descriptor: 'SANDBOX',
    captured: attempt.captured,
    created: now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: attempt.decline?.code ?? null,
    failure_message: attempt.decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: { ...intent.metadata },
    on_behalf_of: null,
    outcome: outcomeOf(world, known, attempt.decline),
    paid: attempt.status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: bank ? bankDetails(method) : cardDetails(world, method, intent, use),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: attempt.status === 'succeeded' ? `${world.publicUrl}/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: attempt.status,
    transfer_data: null,
    transfer_group: intent.transfer_group,
  }
  world.store.charges.insert(charge)
  world.store.chargeWork.insert({
    id,
    cardNumber: work?.cardNumber ?? null,
    bankOutcome: work?.bankOutcome ?? null,
    refundsPending: 0,
  })
  return charge
}

/**
 * Books the money of a captured charge and tells it with `charge.updated`. The provider does this seconds after
 * the payment; until then `balance_transaction` is null.
 */
export function bookCharge(world: World, chargeId: string): void {
  const charge = world.store.charges.get(chargeId)
  if (!charge || charge.balance_transaction !== null) return
  attachBalanceTransaction(world, charge)
  world.emit('charge.updated', charge, { balance_transaction: null })
}

/** Books the money of a captured charge without sending an event. */
export function attachBalanceTransaction(world: World, charge: Stripe.Charge): void {
  const known = findCard(world.store.chargeWork.get(charge.id)?.cardNumber ?? '')
  const sourceType = charge.id.startsWith('py_') ? 'bank_account' : 'card'
  const now = world.clock.seconds()
  const entry = bookEntry(world, {
    amount: charge.amount_captured,
    fee: processingFee(world.settings, charge.amount_captured, sourceType),
    currency: charge.currency,
    description: charge.description,
    source: charge.id,
    type: sourceType === 'card' ? 'charge' : 'payment',
    reportingCategory: 'charge',
    availableOn: known?.bypassPending ? now : settlementTime(world, charge.created),
    sourceType,
  })
  charge.balance_transaction = entry.id
}

/** The authorisation was not captured in time. */
export function expireHold(world: World, chargeId: string): void {
  const charge = world.store.charges.get(chargeId)
  const intent = charge && world.store.paymentIntents.get(charge.payment_intent as string)
  if (!charge || charge.captured || intent?.status !== 'requires_capture') return
  charge.amount_refunded = charge.amount
  charge.refunded = true
  world.emit('charge.expired', charge, { amount_refunded: 0, refunded: false })
  endIntent(world, intent, world.settings.holdExpiryReason)
}

function existing(world: World, id: string): Stripe.Charge {
  const charge = world.store.charges.get(id)
  if (!charge) throw noSuch('charge', id)
  return charge
}

export const chargeRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/v1/charges',
    returns: listOf('charge'),
    params: {
      ...paging,
      created: timeRange(),
      customer: text(),
      payment_intent: text(),
      transfer_group: text(),
    },
    run: (world, params) =>
      page(world.store.charges, params, {
        url: '/v1/charges',
        resource: 'charge',
        from:
          params.payment_intent !== undefined
            ? ['payment_intent', params.payment_intent]
            : params.transfer_group !== undefined
              ? ['transfer_group', params.transfer_group]
              : params.customer !== undefined
                ? ['customer', params.customer]
                : undefined,
        keep: (row) =>
          within(params.created, row.created) &&
          (params.customer === undefined || row.customer === params.customer) &&
          (params.transfer_group === undefined || row.transfer_group === params.transfer_group),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/charges/:id',
    returns: 'charge',
    params: {},
    run: (world, _params, { id = '' }) => existing(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/charges/:id',
    returns: 'charge',
    params: { description: text({ emptyable: true }), metadata: metadata(), receipt_email: text() },
    run(world, params, { id = '' }) {
      const charge = existing(world, id)
      const before: Record<string, unknown> = {}
      if (params.description !== undefined) {
        before['description'] = charge.description
        charge.description = params.description === '' ? null : params.description
      }
      if (params.receipt_email !== undefined) {
        before['receipt_email'] = charge.receipt_email
        charge.receipt_email = params.receipt_email
      }
      if (params.metadata !== undefined) {
        before['metadata'] = charge.metadata
        charge.metadata = mergeMetadata(charge.metadata, params.metadata)
      }
      world.emit('charge.updated', charge, before)
      return charge
    },
  }),
]
