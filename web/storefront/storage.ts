import { now } from '@tessera/ui'
import type { BasketLine, Order } from '@tessera/api-client'

/**
 * What the shop remembers on this device. Where the browser refuses storage (private windows, full disks),
 * it remembers until the page is closed, and everything still works in that page.
 */
const forgetful = new Map<string, string>()

function get(store: 'localStorage' | 'sessionStorage', key: string): unknown {
  let text: string | null = forgetful.get(key) ?? null
  try {
    text = window[store].getItem(key) ?? text
  } catch {
    // Storage is refused; what this page remembers itself stands.
  }
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function set(store: 'localStorage' | 'sessionStorage', key: string, value: unknown): void {
  const text = JSON.stringify(value)
  try {
    window[store].setItem(key, text)
    forgetful.delete(key)
  } catch {
    forgetful.set(key, text)
  }
}

function remove(store: 'localStorage' | 'sessionStorage', key: string): void {
  forgetful.delete(key)
  try {
    window[store].removeItem(key)
  } catch {
    // Nothing is stored where storage is refused.
  }
}

/** This browser's own random key: what makes a hold this browser's and nobody else's. */
export function browserKey(): string {
  const known = get('localStorage', 'tessera.browser')
  if (typeof known === 'string') return known
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const key = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  set('localStorage', 'tessera.browser', key)
  return key
}

/**
 * What this browser last asked for at an event: the hold (null when it was refused, so that the wish is still
 * known) and the order that was made of it.
 */
export type HoldRecord = { id: string | null; lines: BasketLine[]; orderId?: string }

const holdKey = (eventId: string) => `tessera.hold.${eventId}`

export const holds = {
  key: holdKey,
  load: (eventId: string) => get('localStorage', holdKey(eventId)) as HoldRecord | null,
  save: (eventId: string, record: HoldRecord) => set('localStorage', holdKey(eventId), record),
  forget: (eventId: string) => remove('localStorage', holdKey(eventId)),
}

/** Numbers chosen on the event page, by ticket type; they live as long as the tab. */
export type Basket = Record<string, number>

export const baskets = {
  load: (eventId: string) => (get('sessionStorage', `tessera.basket.${eventId}`) as Basket | null) ?? {},
  save: (eventId: string, basket: Basket) => set('sessionStorage', `tessera.basket.${eventId}`, basket),
}

/** What was typed into the checkout form, so that a reload or an ended hold loses nothing. */
export type BuyerDraft = { name: string; email: string }

export const drafts = {
  load: () => (get('sessionStorage', 'tessera.buyer') as BuyerDraft | null) ?? { name: '', email: '' },
  save: (draft: BuyerDraft) => set('sessionStorage', 'tessera.buyer', draft),
}

/** An order's guest token and the order as it was last seen, for doors without a network. */
export type OrderRecord = { token: string; order?: Order; savedAt?: number }

const orderKey = (orderId: string) => `tessera.order.${orderId}`

export const orders = {
  load: (orderId: string) => get('localStorage', orderKey(orderId)) as OrderRecord | null,
  saveToken: (orderId: string, token: string) =>
    set('localStorage', orderKey(orderId), { ...orders.load(orderId), token }),
  save: (order: Order, token: string) =>
    set('localStorage', orderKey(order.id), { token, order, savedAt: now() } satisfies OrderRecord),
}
