/** How an issuer refuses a card. */
export interface Decline {
  code: string
  declineCode?: string
  message: string
  param?: string
  /** Blocked by the provider itself, before the issuer was asked. */
  blocked?: boolean
}

/** A test card and what it does. */
export interface TestCard {
  number: string
  label: string
  brand: 'visa' | 'mastercard' | 'amex'
  country: string
  /** The names under which the API knows it: `pm_card_..` and `tok_..`. */
  names: string[]
  decline?: Decline
  /** The number itself is wrong: no payment method can be made of it. */
  refusedAtOnce?: Decline
  /** Attaching it to a customer fails as its payments do, except where this is false. */
  attaches?: boolean
  threeDSecure?: 'always' | 'unless_set_up'
  risk?: 'elevated' | 'highest'
  refund?: 'pending_first' | 'fails_later'
  bypassPending?: boolean
}

const declined = (declineCode: string, message = 'Your card was declined.'): Decline => ({
  code: 'card_declined',
  declineCode,
  message,
})

const card = (number: string, label: string, name: string, behaviour: Partial<TestCard> = {}): TestCard => ({
  number,
  label,
  brand: 'visa',
  country: 'US',
  // The provider writes some names with and some without the brand; both are understood.
  names: [`pm_card_${name}`, `pm_card_visa_${name}`, `tok_${name}`, `tok_visa_${name}`],
  ...behaviour,
})

/** The test cards, in the order in which the hosted page offers them. Cards that open a dispute are not among them. */
export const testCards: TestCard[] = [
  card('4242424242424242', 'Visa, succeeds', 'visa'),
  card('5555555555554444', 'Mastercard, succeeds', 'mastercard', { brand: 'mastercard' }),
  card('378282246310005', 'American Express, succeeds', 'amex', { brand: 'amex' }),
  card('4000002500003155', '3-D Secure unless set up', 'authenticationRequiredOnSetup', {
    threeDSecure: 'unless_set_up',
  }),
  card('4000002760003184', '3-D Secure, always', 'authenticationRequired', { threeDSecure: 'always' }),
  card('4000000000003220', '3-D Secure 2, required', 'threeDSecure2Required', { threeDSecure: 'always' }),
  card('4000008400001629', '3-D Secure, then declined', 'threeDSecureRequiredChargeDeclined', {
    threeDSecure: 'always',
    decline: declined('generic_decline'),
  }),
  card('4000000000000002', 'Declined', 'chargeDeclined', { decline: declined('generic_decline') }),
  card('4000000000009995', 'Declined, insufficient funds', 'chargeDeclinedInsufficientFunds', {
    decline: declined('insufficient_funds', 'Your card has insufficient funds.'),
  }),
  card('4000000000009987', 'Declined, lost card', 'chargeDeclinedLostCard', {
    decline: declined('lost_card'),
  }),
  card('4000000000009979', 'Declined, stolen card', 'chargeDeclinedStolenCard', {
    decline: declined('stolen_card'),
  }),
  card('4000000000000069', 'Declined, expired card', 'chargeDeclinedExpiredCard', {
    decline: {
      code: 'expired_card',
      declineCode: 'expired_card',
      message: 'Your card has expired.',
      param: 'exp_month',
    },
  }),
  card('4000000000000127', 'Declined, wrong security code', 'chargeDeclinedIncorrectCvc', {
    decline: {
      code: 'incorrect_cvc',
      declineCode: 'incorrect_cvc',
      message: "Your card's security code is incorrect.",
      param: 'cvc',
    },
  }),
  card('4000000000000119', 'Declined, processing error', 'chargeDeclinedProcessingError', {
    decline: {
      code: 'processing_error',
      declineCode: 'processing_error',
      message: 'An error occurred while processing your card. Try again in a little bit.',
    },
  }),
  card('4000000000006975', 'Declined, too many attempts', 'chargeDeclinedVelocityLimitExceeded', {
    decline: declined(
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ),
  }),
  card('4000000000000341', 'Attaches, then declines', 'chargeCustomerFail', {
    decline: declined('generic_decline'),
    attaches: true,
  }),
  card('4242424242424241', 'Wrong number', 'incorrectNumber', {
    refusedAtOnce: { code: 'incorrect_number', message: 'Your card number is incorrect.', param: 'number' },
  }),
  card('4100000000000019', 'Blocked as fraudulent', 'radarBlock', {
    risk: 'highest',
    decline: { ...declined('fraudulent'), blocked: true },
  }),
  card('4000000000004954', 'Highest risk', 'riskLevelHighest', { risk: 'highest' }),
  card('4000000000009235', 'Elevated risk, succeeds', 'riskLevelElevated', { risk: 'elevated' }),
  card('4000000000007726', 'Refunds are pending first', 'pendingRefund', { refund: 'pending_first' }),
  card('4000000000005126', 'Refunds fail later', 'refundFail', { refund: 'fails_later' }),
  card('4000000000000077', 'Straight to available balance', 'bypassPending', { bypassPending: true }),
  card('4000003720000278', 'Straight to available, foreign card', 'bypassPendingInternational', {
    bypassPending: true,
    country: 'IE',
  }),
]

const byNumber = new Map(testCards.map((entry) => [entry.number, entry]))
const byName = new Map(testCards.flatMap((entry) => entry.names.map((name) => [name, entry] as const)))

/** The test card with this number (spaces are ignored) or with this `pm_card_..` or `tok_..` name. */
export function findCard(numberOrName: string): TestCard | undefined {
  return byNumber.get(numberOrName.replaceAll(/[\s-]/g, '')) ?? byName.get(numberOrName)
}

/** What happens to a number that is no test card: the provider declines it in test mode. */
export const notATestCard: Decline = {
  code: 'card_declined',
  declineCode: 'test_mode_live_card',
  message:
    'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
}

/** Whether the last digit of a card number fits the others. */
export function passesLuhn(number: string): boolean {
  if (!/^\d{12,19}$/.test(number)) return false
  let sum = 0
  for (let i = 0; i < number.length; i++) {
    const digit = Number(number[number.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
