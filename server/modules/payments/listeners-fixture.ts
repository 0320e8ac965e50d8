import { sql } from 'kysely'
import { within, type EventKind, type Reaction } from '#platform/events'
import type { Platform } from '#platform/platform'
import { post, transfers } from '#modules/ledger'
import {
  paymentExpired,
  paymentFailed,
  paymentFrozen,
  paymentOpened,
  paymentProcessing,
  paymentReturned,
  paymentReturnFailed,
  paymentStuck,
  paymentSucceeded,
} from './events.ts'
import type { PaymentId } from './payment.ts'
import { returnPayment } from './return-payment.ts'

type Deps = Pick<Platform, 'clock' | 'events'>
interface Fact {
  orderId: string
  paymentId: string
}

const noted = [
  paymentOpened,
  paymentProcessing,
  paymentFailed,
  paymentExpired,
  paymentReturned,
  paymentReturnFailed,
  paymentFrozen,
  paymentStuck,
]

/**
 * What orders do with a payment, as small as it can be: note what was heard in the same transaction, book the sale, or
 * send the payment of an order back that is on the list of the sold-out. `faults` makes it fail once for an order.
 */
export function listeners(faults: { failsOnceFor: string | undefined }): Reaction<Deps>[] {
  const hear = (event: EventKind<Fact>) =>
    within<Deps, Fact>(event, async (_deps, tx, _orgId, facts) => {
      for (const { orderId, paymentId } of facts) {
        await sql`insert into test.fact (name, order_id, payment_id) values (${event.name}, ${orderId}, ${paymentId})`.execute(
          tx,
        )
      }
    })
  const paid = within<Deps, Fact & { amount: number; currency: string }>(
    paymentSucceeded,
    async (deps, tx, orgId, facts) => {
      for (const { orderId, paymentId, amount, currency } of facts) {
        if (faults.failsOnceFor === orderId) {
          faults.failsOnceFor = undefined
          throw new Error('the listener failed')
        }
        await sql`insert into test.fact (name, order_id, payment_id) values ('paymentSucceeded', ${orderId}, ${paymentId})`.execute(
          tx,
        )
        const { rows } = await sql`select from test.sold_out where order_id = ${orderId}::uuid`.execute(tx)
        const split = { organiser: amount, platformFee: 0, tax: [] }
        if (rows.length > 0) await returnPayment(deps, tx, orgId, paymentId as PaymentId, 'nothing-to-give')
        else
          await post(
            tx,
            orgId,
            [transfers.primarySale({ paymentId, amount, currency, split })],
            deps.clock.now(),
          )
      }
    },
  )
  return [paid, ...noted.map((event) => hear(event))]
}
