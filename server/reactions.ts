import { when, within, type Reaction } from '#platform/events'
import {
  endOrdersOfEvent,
  orderAwaitsFunds,
  orderCanBePaid,
  orderPaid,
  orderPaymentExpired,
  orderPaymentFailed,
  orderWasPaid,
} from '#modules/orders'
import {
  paymentExpired,
  paymentFailed,
  paymentFrozen,
  paymentReturnFailed,
  paymentStuck,
  webhookGivenUp,
  paymentOpened,
  paymentProcessing,
  paymentReturnRequested,
  paymentSucceeded,
} from '#modules/payments'
import { eventCancelled, forgetOrganisation } from '#modules/catalog'
import { organisationChanged } from '#modules/identity'
import { invariantBroken } from '#modules/ledger'
import {
  alertInvariantBroken,
  alertMailFailed,
  alertPaymentFrozen,
  alertPaymentStuck,
  alertReturnFailed,
  alertWebhookGivenUp,
} from '#modules/operations'
import { mailFailed, queuePaymentReturnedMail, queueTicketMail } from '#modules/notifications'
import { issueTickets, ticketsIssued } from '#modules/tickets'
import type { Deps } from './app.ts'

/** Every "when this happened, do that" between modules. `within`: in the same transaction. `when`: as a job of its own. */
export const reactions: readonly Reaction<Deps>[] = [
  within(organisationChanged, forgetOrganisation),
  when(eventCancelled, 'orders.end-orders-of-cancelled-event', endOrdersOfEvent),
  within(paymentOpened, orderCanBePaid),
  within(paymentProcessing, orderAwaitsFunds),
  within(paymentSucceeded, orderWasPaid),
  within(paymentFailed, orderPaymentFailed),
  within(paymentExpired, orderPaymentExpired),
  // An order is never paid without its tickets.
  within(orderPaid, issueTickets),
  // The mail is a row of its own in the same transaction; sending it is another matter.
  within(ticketsIssued, queueTicketMail),
  within(paymentReturnRequested, queuePaymentReturnedMail),
  // What a person has to look at. An alert commits with the fact that it is about.
  within(paymentFrozen, alertPaymentFrozen),
  within(paymentStuck, alertPaymentStuck),
  within(paymentReturnFailed, alertReturnFailed),
  within(webhookGivenUp, alertWebhookGivenUp),
  within(invariantBroken, alertInvariantBroken),
  within(mailFailed, alertMailFailed),
]
