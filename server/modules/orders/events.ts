import { z } from 'zod'
import { defineEvent } from '#platform/events'
import { uuidOf } from '#platform/ids'

const order = z.object({ orderId: uuidOf<'ord'>(), eventId: uuidOf<'evt'>() })

/** The order is paid (or was free); its places are sold and the books say so. */
export const orderPaid = defineEvent('orderPaid', 1, order)
/** The order ended without a payment; its places are free again. */
export const orderEnded = defineEvent(
  'orderEnded',
  1,
  order.extend({ state: z.enum(['cancelled', 'expired']) }),
)
/** A payment arrived for which there was nothing left to give; it is on its way back. */
export const orderPaymentReturned = defineEvent(
  'orderPaymentReturned',
  1,
  order.extend({ paymentId: uuidOf<'pay'>(), reason: z.string() }),
)

export type OrderFact = z.infer<typeof order>
