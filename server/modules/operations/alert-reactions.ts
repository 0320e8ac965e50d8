import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import type { AlertRule } from './alert.ts'
import { raiseAlert, type Raise } from './raise-alert.ts'

type Deps = Pick<Platform, 'clock' | 'metrics' | 'log'>
type Reaction<Fact> = (deps: Deps, tx: Tx, orgId: OrgId, facts: readonly Fact[]) => Promise<void>

/** For reactions.ts: `within(paymentFrozen, alertPaymentFrozen)`. An alert commits with the fact that it is about. */
function alerting<Fact>(describe: (fact: Fact) => Omit<Raise, 'orgId'>): Reaction<Fact> {
  return async (deps, tx, orgId, facts) => {
    for (const fact of facts) await raiseAlert(deps, tx, { ...describe(fact), orgId })
  }
}

interface AboutPayment {
  paymentId: string
  orderId: string
}

function aboutPayment<Fact extends AboutPayment>(
  rule: AlertRule,
  summary: (fact: Fact) => string,
): Reaction<Fact> {
  return alerting((fact) => ({
    rule,
    subject: fact.paymentId,
    summary: summary(fact),
    data: Object.fromEntries(Object.entries(fact)),
  }))
}

export const alertPaymentFrozen = aboutPayment<AboutPayment & { because: string }>(
  'payments.payment-frozen',
  ({ because }) =>
    `A payment is frozen, because the provider says something else than was agreed: ${because}.`,
)

export const alertPaymentStuck = aboutPayment<AboutPayment>(
  'payments.payment-stuck',
  () =>
    'The provider could not be asked about a payment until long after its end; the places were given back.',
)

export const alertReturnFailed = aboutPayment<AboutPayment & { refusal: string }>(
  'payments.return-failed',
  ({ refusal }) => `Money that is owed to a buyer could not be sent back: ${refusal}.`,
)

export const alertWebhookGivenUp = alerting<{ inboxId: string; type: string; note: string }>(
  ({ inboxId, type, note }) => ({
    rule: 'payments.webhook-given-up',
    subject: inboxId,
    summary: `An event of the payment provider (${type}) could not be worked off: ${note}.`,
    data: { inboxId, type },
  }),
)

export const alertInvariantBroken = alerting<{
  invariant: string
  orgId: string
  account?: string | undefined
  about?: string | undefined
  currency?: string | undefined
  amount?: number | undefined
}>((fact) => ({
  rule: 'ledger.invariant-broken',
  subject: [fact.invariant, fact.orgId, fact.account, fact.currency, fact.about].filter(Boolean).join(' '),
  summary: `The books break a rule (${fact.invariant}). Nothing is corrected by itself.`,
  data: { ...fact },
}))

export const alertMailFailed = alerting<{
  messageId: string
  orderId: string | null
  template: string
  state: string
}>(({ messageId, orderId, template, state }) => ({
  rule: 'notifications.mail-failed',
  subject: messageId,
  summary: `A mail (${template}) ${state === 'bounced' ? 'came back' : 'was given up'}; its reader has to be reached in another way.`,
  data: { messageId, orderId, template, state },
}))
