import type Stripe from 'stripe'
import type { Payment } from '../checkout.ts'

/** The fields of the hosted page as they were sent. */
export type Fields = Record<string, string>

/** Messages by field; `form` is about no single field. */
export type Problems = Record<string, string>

/** What the page shows before anything was entered. */
export function initialFields(session: Stripe.Checkout.Session, now: Date): Fields {
  const year = String(now.getUTCFullYear() + 2).slice(-2)
  return {
    email: session.customer_details?.email ?? session.customer_email ?? '',
    phone: '',
    method: 'card',
    number: '4242 4242 4242 4242',
    expiry: `12/${year}`,
    cvc: '123',
    name: '',
    country: 'US',
    postal_code: '',
    bank_outcome: 'succeeds',
    terms: '',
  }
}

function readExpiry(text: string): { month: number; year: number } | undefined {
  const match = /^(\d{1,2})\s*\/?\s*(\d{2}|\d{4})$/.exec(text.trim())
  if (!match) return undefined
  const year = Number(match[2])
  return { month: Number(match[1]), year: year < 100 ? 2000 + year : year }
}

/** Reads what the buyer entered: a payment, or a message for each field that is wrong. */
export function readFields(
  session: Stripe.Checkout.Session,
  fields: Fields,
): { payment: Payment } | { problems: Problems } {
  const problems: Problems = {}
  const value = (name: string) => (fields[name] ?? '').trim()
  const email = session.customer_email ?? value('email')
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email))
    problems['email'] = 'Enter an email address, like name@example.com.'
  if (session.phone_number_collection?.enabled && !/^[+\d][\d\s().-]{5,19}$/.test(value('phone'))) {
    problems['phone'] = 'Enter a phone number.'
  }
  if (session.consent_collection?.terms_of_service === 'required' && value('terms') !== 'accepted') {
    problems['terms'] = 'Accept the terms to go on.'
  }
  const free = session.amount_total === 0
  const bank = value('method') === 'us_bank_account'
  if (!free && value('name') === '') problems['name'] = 'Enter the name of the payer.'
  const billing = {
    email,
    name: value('name') === '' ? undefined : value('name'),
    phone: value('phone') === '' ? undefined : value('phone'),
    country: value('country') === '' ? undefined : value('country'),
    postalCode: value('postal_code') === '' ? undefined : value('postal_code'),
  }
  const wrong = () => Object.keys(problems).length > 0
  if (free) return wrong() ? { problems } : { payment: { billing, method: null } }
  if (bank) {
    const outcome = value('bank_outcome') === 'fails' ? 'fails' : 'succeeds'
    return wrong() ? { problems } : { payment: { billing, method: { type: 'us_bank_account', outcome } } }
  }
  const expiry = readExpiry(value('expiry'))
  if (!expiry) problems['expiry'] = 'Enter the date as month and year, like 12/30.'
  if (!/^\d{3,4}$/.test(value('cvc'))) problems['cvc'] = 'Enter the 3 or 4 digits of the security code.'
  if (!/^[\d\s-]{12,24}$/.test(value('number'))) problems['number'] = 'Enter a card number.'
  if (value('country') === 'US' && value('postal_code') === '') problems['postal_code'] = 'Enter a ZIP code.'
  if (wrong() || !expiry) return { problems }
  const number = value('number')
  const card = { number, expMonth: expiry.month, expYear: expiry.year, cvc: value('cvc') }
  return { payment: { billing, method: { type: 'card', card } } }
}

const fieldOfParam: Record<string, string> = {
  number: 'number',
  exp_month: 'expiry',
  exp_year: 'expiry',
  cvc: 'cvc',
}

/** Where a refusal is shown: at its field, or above the form. */
export function problemOf(message: string, param: string | undefined): Problems {
  return { [fieldOfParam[param ?? ''] ?? 'form']: message, form: message }
}
