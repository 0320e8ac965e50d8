import { readFileSync } from 'node:fs'
import type { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, sessionParams } from './harness.ts'
import type { Shop } from './harness.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const fixtures = JSON.parse(
  readFileSync(new URL('../resource-fixtures.json', import.meta.url), 'utf8'),
) as Record<string, Json>

/** Keys that our answers have and the published examples do not, each with the reason why. */
const ours: Record<string, string> = {
  'checkout.session.allowed_payment_method_types': 'new in the pinned API version; in the types of the SDK',
  'payment_intent.allowed_payment_method_types': 'new in the pinned API version; in the types of the SDK',
  'payment_intent.payment_record': 'new in the pinned API version; in the types of the SDK',
  'payment_intent.automatic_payment_methods.allow_redirects': 'documented default',
  'charge.outcome.risk_level': 'in the types of the SDK; absent from the example because it was not scored',
  'charge.outcome.risk_score': 'in the types of the SDK; absent from the example because it was not scored',
  'charge.payment_method_details.card.electronic_commerce_indicator': 'new in the pinned API version',
  'charge.payment_method_details.card.capture_before': 'only on authorisations',
  'refund.destination_details.card.reference_status':
    'in the types of the SDK; refunds that are no reversals',
  'refund.destination_details.card.reference_type': 'in the types of the SDK; refunds that are no reversals',
  'charge.payment_method_details.us_bank_account': 'bank debits; the example is a card',
  'payment_method.us_bank_account': 'bank debits; the example is a card',
  'refund.failure_balance_transaction': 'only on failed refunds',
  'refund.failure_reason': 'only on failed refunds',
}

/** Keys of the published examples that our answers lack, each with the reason why. */
const absent: Record<string, string> = {
  'charge.payment_method_details.card': 'bank debits have none; charges of cards are typed by the SDK',
  'payment_method.card': 'bank debits have none; methods that are cards are typed by the SDK',
  'charge.refunds': 'only by expansion since API 2022-11-15',
  'customer.discount': 'the SDK types it as optional; there are no coupons here',
}

/** Objects whose inner keys depend on the case; only their presence is compared. */
const open = new Set([
  'event.data',
  'charge.source',
  'customer.shipping',
  'payment_method.card.generated_from',
  'payment_intent.payment_method_options',
  'payment_intent.last_payment_error',
  'checkout.session.payment_method_options',
])

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Differences in keys between an answer and the published example, as paths. */
function differences(path: string, answer: Json, example: Json): string[] {
  if (open.has(path) || path.endsWith('metadata')) return []
  if (Array.isArray(answer) && Array.isArray(example)) {
    const [first] = example
    return first === undefined ? [] : answer.flatMap((item) => differences(`${path}[]`, item, first))
  }
  // Where one of them is null there is nothing to compare.
  if (!isRecord(answer) || !isRecord(example)) return []
  const found: string[] = []
  for (const key of Object.keys(answer)) {
    const at = `${path}.${key}`
    if (!(key in example) && !(at in ours)) found.push(`${at} is not in the published example`)
  }
  for (const [key, value] of Object.entries(example)) {
    const at = `${path}.${key}`
    if (!(key in answer)) {
      if (!(at in absent) && value !== null) found.push(`${at} is missing`)
    } else found.push(...differences(at, answer[key] as Json, value))
  }
  return found
}

let shop: Shop
const answers: Record<string, Json[]> = {}

function keep(name: string, value: unknown): void {
  answers[name] = [...(answers[name] ?? []), JSON.parse(JSON.stringify(value)) as Json]
}

/** Pays a session and keeps every object of the payment; also for payments that fail or only hold. */
async function keepPayment(
  params: Partial<Stripe.Checkout.SessionCreateParams>,
  payment: { card?: string; bankDebit?: 'succeeds' | 'fails'; threeDS?: 'pass' },
): Promise<{ intent: string; charge: Stripe.Charge }> {
  const { stripe, sandbox } = shop
  const { id } = await stripe.checkout.sessions.create(sessionParams(params))
  const intent = sandbox.payCheckout(id, payment).paymentIntent ?? ''
  await sandbox.clock.advance(5000)
  keep('checkout.session', await stripe.checkout.sessions.retrieve(id))
  const paid = await stripe.paymentIntents.retrieve(intent)
  keep('payment_intent', paid)
  const charge = await stripe.charges.retrieve(paid.latest_charge as string)
  keep('charge', charge)
  if (paid.payment_method)
    keep('payment_method', await stripe.paymentMethods.retrieve(paid.payment_method as string))
  return { intent, charge }
}

beforeAll(async () => {
  shop = await openShop()
  const { stripe, sandbox } = shop
  const open = await stripe.checkout.sessions.create(
    sessionParams({
      after_expiration: { recovery: { enabled: true } },
      consent_collection: { terms_of_service: 'required' },
    }),
  )
  keep('checkout.session', open)
  keep('item', (await stripe.checkout.sessions.listLineItems(open.id)).data[0])
  keep('checkout.session', await stripe.checkout.sessions.expire(open.id))
  const { intent, charge } = await keepPayment({ customer_creation: 'always' }, {})
  await keepPayment({}, { card: '4000000000009995' })
  await keepPayment({}, { card: '4000002760003184', threeDS: 'pass' })
  await keepPayment({ payment_intent_data: { capture_method: 'manual' } }, {})
  await keepPayment({}, { bankDebit: 'fails' })
  keep('balance_transaction', await stripe.balanceTransactions.retrieve(charge.balance_transaction as string))
  const refund = await stripe.refunds.create({ payment_intent: intent, amount: 100 })
  keep('refund', refund)
  sandbox.failRefund(refund.id)
  keep('refund', await stripe.refunds.retrieve(refund.id))
  for (const entry of (await stripe.balanceTransactions.list()).data) keep('balance_transaction', entry)
  keep('balance', await stripe.balance.retrieve())
  keep('customer', (await stripe.customers.list()).data[0])
  keep('event', (await stripe.events.list()).data[0])
  keep('webhook_endpoint', (await stripe.webhookEndpoints.list()).data[0])
})
afterAll(() => shop.close())

describe('the shape of', () => {
  it.each([
    'checkout.session',
    'item',
    'payment_intent',
    'charge',
    'refund',
    'balance',
    'balance_transaction',
    'customer',
    'payment_method',
    'event',
    'webhook_endpoint',
  ])('%s is that of the published example', (name) => {
    expect(answers[name]?.length).toBeGreaterThan(0)
    const found = (answers[name] ?? []).flatMap((answer) => differences(name, answer, fixtures[name] as Json))
    expect([...new Set(found)]).toEqual([])
  })

  it('an answer that differs is noticed', () => {
    const refund = fixtures['refund'] as { [key: string]: Json }
    const { status: _status, ...without } = refund
    expect(differences('refund', without, refund)).toEqual(['refund.status is missing'])
    expect(differences('refund', { ...refund, colour: 'red' }, refund)).toEqual([
      'refund.colour is not in the published example',
    ])
  })

  it('refunds and balance transactions has no livemode, as at the provider', () => {
    for (const answer of [...(answers['refund'] ?? []), ...(answers['balance_transaction'] ?? [])]) {
      expect(answer).not.toHaveProperty('livemode')
    }
  })
})
