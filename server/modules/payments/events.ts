import { z } from 'zod'
import { defineEvent } from '#platform/events'

const about = z.object({ paymentId: z.string(), orderId: z.string(), eventId: z.string() })
const money = about.extend({ amount: z.number().int(), currency: z.string() })

/** The provider gave a session: the buyer can pay. */
export const paymentOpened = defineEvent('paymentOpened', 1, about.extend({ windowEndsAt: z.string() }))

/** Paid, as the provider says. At most once for an order; a second payment goes back and is never announced here. */
export const paymentSucceeded = defineEvent(
  'paymentSucceeded',
  1,
  money.extend({ sessionId: z.string(), providerPayment: z.string(), providerCharge: z.string().nullable() }),
)

/** The buyer did everything; the bank will say later. */
export const paymentProcessing = defineEvent('paymentProcessing', 1, about)
/** The provider refused to open it, or the bank refused in the end. It buys nothing. */
export const paymentFailed = defineEvent('paymentFailed', 1, about.extend({ reason: z.string() }))
/** It can no longer be paid (or, after long silence of the provider, is treated so). */
export const paymentExpired = defineEvent('paymentExpired', 1, about.extend({ unconfirmed: z.boolean() }))

/** A payment that buys nothing is on its way back; what is owed is in the books. */
export const paymentReturnRequested = defineEvent(
  'paymentReturnRequested',
  1,
  money.extend({ reason: z.string() }),
)
/** The provider has sent the money back. */
export const paymentReturned = defineEvent(
  'paymentReturned',
  1,
  money.extend({ reason: z.string(), adopted: z.boolean() }),
)
/** The money could not be sent back; it stays owed, and a person has to find another way. */
export const paymentReturnFailed = defineEvent(
  'paymentReturnFailed',
  1,
  money.extend({ reason: z.string(), refusal: z.string() }),
)

/** For alerts. The provider says something else than what was agreed; nothing moves until a person has looked. */
export const paymentFrozen = defineEvent('paymentFrozen', 1, about.extend({ because: z.string() }))
/** For alerts. The provider could not be asked until long after the session's own end; the places were given back. */
export const paymentStuck = defineEvent('paymentStuck', 1, about.extend({ sessionId: z.string().nullable() }))
/** For alerts. An event of the provider could not be worked off, and is not tried again by itself. */
export const webhookGivenUp = defineEvent(
  'webhookGivenUp',
  1,
  z.object({ inboxId: z.string(), type: z.string(), note: z.string() }),
)
