import { orders } from './storage.ts'

/**
 * Moves an order's token out of the address (/orders/{id}#t=...) into this device's memory, so that it is in
 * no history, no screenshot and no link that someone shares. True when there was one.
 */
export function takeOrderToken(): boolean {
  const { pathname, search, hash } = window.location
  const orderId = /^\/orders\/([^/]+)/.exec(pathname)?.[1]
  const token = new URLSearchParams(hash.slice(1)).get('t')
  if (!orderId || !token) return false
  orders.saveToken(decodeURIComponent(orderId), token)
  window.history.replaceState(window.history.state, '', pathname + search)
  return true
}
