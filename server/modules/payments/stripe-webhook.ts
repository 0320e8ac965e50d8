import Stripe from 'stripe'
import type { ProviderEvent } from './provider.ts'
import { readEvent } from './stripe-shapes.ts'

/** How old a signature may be, and how far in the future, in seconds. */
const tolerance = 300

export type Verified =
  | { ok: true; event: ProviderEvent }
  | { ok: false; why: 'signature' | 'too-old' | 'future' | 'unreadable' }

/**
 * Proves that the provider sent exactly these bytes, within five minutes of now in either direction. `secrets` are
 * several while one is being rolled. The library looks only at the past, so the future is checked here.
 */
export function verifyWebhook(body: Buffer, header: string, secrets: readonly string[], now: Date): Verified {
  const stamps = header.split(',').filter((part) => part.trim().startsWith('t='))
  // The library takes the last of several; with exactly one, it and we look at the same.
  if (stamps.length !== 1 || !/^t=\d{1,12}$/.test(stamps[0] ?? '')) return { ok: false, why: 'signature' }
  const stamp = Number(stamps[0]?.slice(2))
  const age = Math.floor(now.getTime() / 1000) - stamp
  const raw = secrets.map((secret) => openedWith(body, header, secret, now)).find((one) => one !== undefined)
  if (age > tolerance) return { ok: false, why: 'too-old' }
  if (age < -tolerance) return { ok: false, why: 'future' }
  if (raw === undefined) return { ok: false, why: 'signature' }
  try {
    return { ok: true, event: readEvent(raw) }
  } catch {
    return { ok: false, why: 'unreadable' }
  }
}

function openedWith(body: Buffer, header: string, secret: string, now: Date): unknown {
  try {
    return Stripe.webhooks.constructEvent(body, header, secret, tolerance, undefined, now.getTime())
  } catch {
    return undefined
  }
}
