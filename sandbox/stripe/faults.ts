import type { SeededRandom } from './random.ts'

/** What can go wrong with an answer of the API. */
export const apiFaultKinds = [
  /** The request is executed and its result kept, but no answer is sent. */
  'timeout_after_commit',
  /** The connection is cut before anything happened. */
  'cut_before_commit',
  /** The request is executed and its result kept, then the connection is cut. */
  'cut_after_commit',
  /** 500 without any effect. Kept under the idempotency key, as the provider keeps it. */
  'error_before_commit',
  /** The request takes effect and the answer is a 500, kept under the idempotency key. */
  'error_after_commit',
  /** A 500 whose JSON has no `error` key, as a proxy in between sends; no effect, nothing kept. */
  'bare_error',
  /** 429 with code `rate_limit` (or `lock_timeout`, see `code`); no effect, nothing kept. */
  'rate_limit',
  /** The request takes effect and the answer's body ends in the middle. */
  'truncated_body',
  /** The answer comes `ms` later; until then the idempotency key is in use. */
  'slow',
] as const

/** What can go wrong with a webhook. */
export const webhookFaultKinds = [
  /** The first try is made `ms` later by the sandbox's clock. */
  'webhook.delay',
  /** The same event is delivered `copies` more times. */
  'webhook.duplicate',
  /** A second event with another id and the same content is sent as well. */
  'webhook.twin',
  /** The event goes out after `behind` later ones. */
  'webhook.reorder',
  /** The event is never delivered; it can still be listed. */
  'webhook.drop',
  /** The body of the first try is changed after it was signed. */
  'webhook.tamper',
] as const

export type ApiFaultKind = (typeof apiFaultKinds)[number]
export type WebhookFaultKind = (typeof webhookFaultKinds)[number]
export type FaultKind = ApiFaultKind | WebhookFaultKind

export interface FaultOrder {
  kind: FaultKind
  /** GET, POST, .. ; any when left out. */
  method?: string
  /** A path such as `/v1/checkout/sessions` in which `*` stands for one segment and `**` for the rest. */
  path?: string
  /** An event type in which `*` stands for anything, for example `checkout.session.*`. */
  event?: string
  /** How many matching requests or events it strikes. Default 1, or without end when a rate is given. */
  count?: number
  /** How many matching requests or events pass unharmed first. */
  skip?: number
  /** Strikes each matching request or event with this chance (0 to 1), decided by the seed. */
  rate?: number
  /** Milliseconds, for `slow` (real time, default 200) and `webhook.delay` (sandbox time, default 60,000). */
  ms?: number
  /** For `webhook.duplicate`, default 1. */
  copies?: number
  /** For `webhook.reorder`, default 1. */
  behind?: number
  /** For `rate_limit`. */
  code?: 'rate_limit' | 'lock_timeout'
}

export interface ArmedFault extends FaultOrder {
  id: string
  /** Undefined means without end. */
  remaining: number | undefined
  struck: number
}

export class FaultOrderRefused extends Error {}

function pathPattern(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/')
  return new RegExp(`^${source}$`)
}

function eventPattern(event: string): RegExp {
  return new RegExp(`^${event.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`)
}

/** The faults that are armed. Precise ones count down; those with a rate are decided by the seed. */
export class Faults {
  #armed: ArmedFault[] = []
  #number = 0
  readonly #patterns = new Map<string, RegExp>()
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** Arms a fault and returns its id. Refuses an unknown kind or a rate outside 0 to 1. */
  arm(order: FaultOrder): string {
    const known: readonly string[] = [...apiFaultKinds, ...webhookFaultKinds]
    if (!known.includes(order.kind)) throw new FaultOrderRefused(`unknown fault: ${order.kind}`)
    if (order.rate !== undefined && !(order.rate >= 0 && order.rate <= 1)) {
      throw new FaultOrderRefused('a rate is a number from 0 to 1')
    }
    this.#number += 1
    const id = `fault_${this.#number}`
    const remaining = order.count ?? (order.rate === undefined ? 1 : undefined)
    this.#armed.push({ ...order, id, remaining, struck: 0 })
    if (order.path) this.#patterns.set(id, pathPattern(order.path))
    if (order.event) this.#patterns.set(id, eventPattern(order.event))
    return id
  }

  /** Takes one fault away, or all of them. */
  disarm(id?: string): void {
    this.#armed = id === undefined ? [] : this.#armed.filter((fault) => fault.id !== id)
  }

  list(): ArmedFault[] {
    return this.#armed.map((fault) => ({ ...fault }))
  }

  /** The fault that strikes this request, if any; striking uses up one of its count. */
  forRequest(method: string, path: string, requestId: string): ArmedFault | undefined {
    if (this.#armed.length === 0) return undefined
    return this.#strike(
      (fault) =>
        !fault.kind.startsWith('webhook.') &&
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || (this.#patterns.get(fault.id)?.test(path) ?? false)),
      requestId,
    )
  }

  /** All faults that strike this delivery, at most one of each kind. */
  forDelivery(eventType: string, eventId: string): ArmedFault[] {
    if (this.#armed.length === 0) return []
    const struck: ArmedFault[] = []
    for (const kind of webhookFaultKinds) {
      const fault = this.#strike(
        (candidate) =>
          candidate.kind === kind &&
          (candidate.event === undefined || (this.#patterns.get(candidate.id)?.test(eventType) ?? false)),
        eventId,
      )
      if (fault) struck.push(fault)
    }
    return struck
  }

  restore(armed: ArmedFault[]): void {
    for (const { id: _id, remaining, struck: _struck, ...order } of armed) {
      if (remaining === undefined) this.arm(order)
      else if (remaining > 0) this.arm({ ...order, count: remaining })
    }
  }

  #strike(matches: (fault: ArmedFault) => boolean, subject: string): ArmedFault | undefined {
    for (const fault of this.#armed) {
      if (!matches(fault)) continue
      if (fault.skip !== undefined && fault.skip > 0) {
        fault.skip -= 1
        continue
      }
      if (
        fault.rate !== undefined &&
        !this.#random.chance(fault.rate, `${fault.id}/${fault.kind}/${subject}`)
      )
        continue
      fault.struck += 1
      if (fault.remaining !== undefined) {
        fault.remaining -= 1
        if (fault.remaining <= 0) this.disarm(fault.id)
      }
      return fault
    }
    return undefined
  }
}
