export { createPayments } from './create-payments.ts'
export {
  openPayments,
  type PaymentsDeps,
  type PaymentsDeps as EndPaymentDeps,
  type PaymentsDeps as OpenSessionDeps,
  type PaymentsOptions,
} from './desks.ts'
export { endPayment } from './end-payment.ts'
export {
  paymentExpired,
  paymentFailed,
  paymentFrozen,
  paymentOpened,
  paymentProcessing,
  paymentReturned,
  paymentReturnFailed,
  paymentReturnRequested,
  paymentStuck,
  paymentSucceeded,
  webhookGivenUp,
} from './events.ts'
export { paymentsHandlers, paymentsSchedules } from './jobs.ts'
export { openSession, positionInLine } from './open-session.ts'
export {
  paymentMachine,
  paymentReturnMachine,
  paymentsMachines,
  type NewPayment,
  type Payment,
  type PaymentId,
  type PaymentState,
} from './payment.ts'
export { readPayments } from './payment-store.ts'
export { paymentsProblems } from './problems.ts'
export { type PaymentProvider } from './provider.ts'
export { returnPayment } from './return-payment.ts'
export { paymentsRoutes } from './routes.ts'
export { settlePayment, type SettleSource } from './settle-payment.ts'
export { createStripeProvider, type StripeOptions } from './stripe-provider.ts'
