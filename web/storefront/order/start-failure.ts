import type { Order, Problem } from '@tessera/api-client'
import { outcomeOf } from './outcome.ts'

/** Why the payment page could not be opened, as plain data: it travels with the address from page to page. */
export type StartFailure = { code: string; detail: string; requestId: string | undefined }

/** What to tell the buyer when starting the payment failed on the server's side; null where trying again by itself is right. */
export function startFailure(problem: Problem): StartFailure | null {
  if (problem.status < 500) return null
  return { code: problem.code, detail: problem.detail, requestId: problem.requestId }
}

/** Reads what the page before left in the history; anything else found there is no failure. */
export function failureIn(state: unknown): StartFailure | null {
  const failure = (state as { failure?: StartFailure | null } | null)?.failure
  return typeof failure?.code === 'string' ? failure : null
}

/** True while the order has neither a payment page nor a place in line, so that a failed start is all there is to say. */
export function isUnopened(order: Order): boolean {
  const outcome = outcomeOf(order)
  return outcome === 'starting' || (outcome === 'line' && order.payment?.position == null)
}
