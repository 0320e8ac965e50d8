import type { Tx } from '#platform/database'
import { newId, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import type { NewPayment, Payment } from './payment.ts'
import { insertPayments } from './payment-store.ts'

/**
 * Writes down what is to be paid, in the caller's transaction and before anyone is called. Amounts in minor units; the
 * lines of each add up to its amount. Set-based.
 */
export async function createPayments(
  deps: Pick<Platform, 'clock'>,
  tx: Tx,
  orgId: OrgId,
  payments: readonly NewPayment[],
): Promise<Payment[]> {
  if (payments.length === 0) return []
  const now = deps.clock.now()
  const rows = payments.map(({ orderId, eventId, amount, currency, windowEndsAt, ...intent }) => {
    const whole = intent.lines.every((line) => Number.isSafeInteger(line.unitAmount) && line.unitAmount >= 0)
    if (!whole) throw new RangeError(`the lines of order ${orderId} are not whole minor units`)
    const sum = intent.lines.reduce((total, line) => total + line.quantity * line.unitAmount, 0)
    if (sum !== amount)
      throw new RangeError(`the lines of order ${orderId} add up to ${sum} and not to ${amount}`)
    const windowMs = Math.max(1, windowEndsAt.getTime() - now.getTime())
    return { id: newId<Payment['id']>(), orderId, eventId, amount, currency, intent, windowMs, windowEndsAt }
  })
  return insertPayments(tx, orgId, rows, now)
}
