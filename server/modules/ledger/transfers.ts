/**
 * Every way in which money moves. Nothing else in the server makes a posting. The letters are those of the tables
 * in the README of this module; amounts are minor units of one currency.
 */
import { organiser, type AccountRef } from './account.ts'
import { pair, type Posting, type Side } from './posting.ts'

const pspReceivable: AccountRef = { code: 'A.psp_recv', subject: '' }
const stripe: AccountRef = { code: 'A.stripe', subject: '' }
const refundDue: AccountRef = { code: 'L.refund_due', subject: '' }
const platformFee: AccountRef = { code: 'R.fee', subject: '' }
const providerFees: AccountRef = { code: 'X.psp_fee', subject: '' }
const promotions: AccountRef = { code: 'X.promo', subject: '' }
const suspense: AccountRef = { code: 'S.suspense', subject: '' }
const payee = (subject: string): AccountRef => ({ code: 'L.payee', subject })
const tax = (jurisdiction: string): AccountRef => ({ code: 'L.tax', subject: jurisdiction })

export interface Split {
  organiser: number
  platformFee: number
  tax: readonly { jurisdiction: string; amount: number }[]
}

export interface Sale {
  paymentId: string
  currency: string
  /** What the buyer paid; the parts of the split add up to it (and to what a promotion of the platform added). */
  amount: number
  split: Split
}

/** What the provider booked on our balance: `net = amount - fee`. */
export interface BalanceTransaction {
  /** `txn_...` */
  id: string
  currency: string
  amount: number
  fee: number
  net: number
}

function creditsOf(split: Split): Side[] {
  return [
    { account: payee(organiser), amount: split.organiser, reason: 'organiser' },
    { account: platformFee, amount: split.platformFee, reason: 'platform fee' },
    ...split.tax.map((part) => ({ account: tax(part.jurisdiction), amount: part.amount, reason: 'tax' })),
  ]
}

/** P1: a sale was paid. Also M1, a promotion that the organiser pays for: the organiser's part is simply smaller. */
function primarySale(sale: Sale): Posting {
  return {
    source: sale.paymentId,
    kind: 'payment-received',
    about: sale.paymentId,
    transfers: pair(
      sale.currency,
      [{ account: pspReceivable, amount: sale.amount, reason: 'paid' }],
      creditsOf(sale.split),
    ),
  }
}

/** M1: the organiser gives the reduction away; `split.organiser` is what is left after it. */
const organiserFundedPromotion = primarySale

/** M2: the platform gives the reduction away, so that the organiser gets as much as without it. */
function platformFundedPromotion(sale: Sale & { promotion: number }): Posting {
  const debits = [
    { account: pspReceivable, amount: sale.amount, reason: 'paid' },
    { account: promotions, amount: sale.promotion, reason: 'promotion' },
  ]
  return {
    source: sale.paymentId,
    kind: 'payment-received',
    about: sale.paymentId,
    transfers: pair(sale.currency, debits, creditsOf(sale.split)),
  }
}

/** A payment that buys nothing (too late, or a second one for an order): all of it is owed back from the first moment. */
function latePaymentReceived(payment: { paymentId: string; currency: string; amount: number }): Posting {
  return {
    source: payment.paymentId,
    kind: 'payment-received',
    about: payment.paymentId,
    transfers: pair(
      payment.currency,
      [{ account: pspReceivable, amount: payment.amount, reason: 'paid' }],
      [{ account: refundDue, amount: payment.amount, reason: 'payment that buys nothing' }],
    ),
  }
}

/** P2: the provider booked a payment on our balance and kept its fee. The fee may exceed a very small payment. */
function balanceTransactionSeen(seen: BalanceTransaction & { paymentId: string }): Posting {
  checkNet(seen)
  return {
    source: seen.id,
    kind: 'balance-transaction',
    about: seen.paymentId,
    transfers: pair(
      seen.currency,
      [
        { account: stripe, amount: Math.max(seen.net, 0), reason: 'settled' },
        { account: providerFees, amount: seen.fee, reason: 'processing fee' },
      ],
      [
        { account: pspReceivable, amount: seen.amount, reason: 'payment settled' },
        { account: stripe, amount: Math.max(-seen.net, 0), reason: 'processing fee beyond the payment' },
      ],
    ),
  }
}

/** P2': the organiser bears the provider's fee of a payment. */
function processingBorneByOrganiser(seen: {
  id: string
  currency: string
  fee: number
  paymentId: string
}): Posting {
  return {
    source: seen.id,
    kind: 'processing-borne',
    about: seen.paymentId,
    transfers: pair(
      seen.currency,
      [{ account: payee(organiser), amount: seen.fee, reason: 'processing fee' }],
      [{ account: providerFees, amount: seen.fee, reason: 'processing fee borne by the organiser' }],
    ),
  }
}

/** F2: the provider booked a refund; `amount` and `net` are negative, the fee of the payment is not given back. */
function refundBalanceTransaction(seen: BalanceTransaction & { paymentId: string }): Posting {
  checkNet(seen)
  return {
    source: seen.id,
    kind: 'balance-transaction',
    about: seen.paymentId,
    transfers: pair(
      seen.currency,
      [
        { account: refundDue, amount: -seen.amount, reason: 'refunded' },
        { account: providerFees, amount: seen.fee, reason: 'fee on the refund' },
      ],
      [{ account: stripe, amount: -seen.net, reason: 'refund paid out' }],
    ),
  }
}

/** F6: a refund failed at the buyer's bank and the money came back; we owe it again. */
function refundFailed(seen: BalanceTransaction & { paymentId: string }): Posting {
  checkNet(seen)
  return {
    source: seen.id,
    kind: 'balance-transaction',
    about: seen.paymentId,
    transfers: pair(
      seen.currency,
      [
        { account: stripe, amount: seen.net, reason: 'refund came back' },
        { account: providerFees, amount: seen.fee, reason: 'fee on the failed refund' },
      ],
      [{ account: refundDue, amount: seen.amount, reason: 'refund failed' }],
    ),
  }
}

/** C1: a fee of the provider that belongs to no payment, or one that it gives back. In the platform's own books. */
function providerFee(seen: BalanceTransaction): Posting {
  checkNet(seen)
  const amount = Math.abs(seen.net)
  const [debit, credit] = seen.net > 0 ? [stripe, providerFees] : [providerFees, stripe]
  const reason = seen.net > 0 ? 'fee given back' : 'fee of the provider'
  return {
    source: seen.id,
    kind: 'balance-transaction',
    transfers: pair(
      seen.currency,
      [{ account: debit, amount, reason }],
      [{ account: credit, amount, reason }],
    ),
  }
}

/** C2: a balance transaction that nobody can explain waits in suspense. In the platform's own books; raise an alert with it. */
function unexplained(seen: BalanceTransaction): Posting {
  checkNet(seen)
  const amount = Math.abs(seen.net)
  const [debit, credit] = seen.net > 0 ? [stripe, suspense] : [suspense, stripe]
  return {
    source: seen.id,
    kind: 'balance-transaction',
    transfers: pair(
      seen.currency,
      [{ account: debit, amount, reason: 'unexplained' }],
      [{ account: credit, amount, reason: 'unexplained' }],
    ),
  }
}

function checkNet(seen: BalanceTransaction): void {
  if (seen.net !== seen.amount - seen.fee)
    throw new RangeError(`${seen.id}: net ${seen.net} is not amount ${seen.amount} less fee ${seen.fee}`)
}

export const transfers = {
  primarySale,
  organiserFundedPromotion,
  platformFundedPromotion,
  latePaymentReceived,
  balanceTransactionSeen,
  processingBorneByOrganiser,
  refundBalanceTransaction,
  refundFailed,
  providerFee,
  unexplained,
}
