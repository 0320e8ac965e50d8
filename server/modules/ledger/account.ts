import { createHash } from 'node:crypto'
import type { Id, OrgId } from '#platform/ids'

export type AccountId = Id<'acc'>

/**
 * The kinds of account. A and X grow by debits; L and R by credits; S is where what nobody can explain waits.
 * A liability (L) that becomes negative means that money was promised twice.
 */
export const accountCodes = [
  'A.psp_recv', // paid by buyers; the provider's balance transaction has not been seen yet
  'A.stripe', // the balance at the provider, so far as it is this organisation's doing
  'L.payee', // owed to an organiser, seller or artist
  'L.tax', // owed to a jurisdiction
  'L.refund_due', // owed back to buyers
  'R.fee', // the platform's fee on a sale
  'X.psp_fee', // what the provider charges
  'X.promo', // what the platform gives away
  'S.suspense',
] as const

export type AccountCode = (typeof accountCodes)[number]

/** An account is named by what it is for; it is made when first used. */
export interface AccountRef {
  code: AccountCode
  /** Whose: `organiser`, a jurisdiction, a seller. Empty where the organisation has only one of the kind. */
  subject: string
}

/** The subject of the organiser's own payee account in the organisation's books. */
export const organiser = 'organiser'

/** The id follows from the account's name, so that a posting needs no look-up to name its accounts. */
export function accountId(orgId: OrgId, account: AccountRef, currency: string): AccountId {
  const hash = createHash('sha256')
    .update(JSON.stringify([orgId, account.code, account.subject, currency]))
    .digest('hex')
  // Version 8 (RFC 9562): a uuid whose bits are one's own.
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}` as AccountId
}

export function accountName(account: AccountRef): string {
  return account.subject === '' ? account.code : `${account.code}:${account.subject}`
}
