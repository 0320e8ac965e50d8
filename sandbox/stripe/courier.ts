import { createHmac } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { ArmedFault } from './faults.ts'
import { eventBody } from './resources/events.ts'
import type { DeliveryRecord, EndpointRecord, EventRecord } from './store.ts'
import type { World } from './world.ts'

interface Answer {
  status: number | null
  note: string
}

/** How long a delivery waits behind later ones that never come. */
const reorderPatienceMs = 60_000

/** The `Stripe-Signature` header: one `v1` for each secret that is valid at that time. */
export function signatureHeader(secrets: string[], timestamp: number, body: string): string {
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  )
  return [`t=${timestamp}`, ...signatures].join(',')
}

/** Delivers events to the endpoints: signs, retries by the sandbox's clock, applies faults, keeps the log. */
export class Courier {
  readonly #world: World
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
  }
  #waiting: string[] = []
  /** Where the queue begins: taking from the front must not move thousands of entries. */
  #head = 0
  readonly #inFlight = new Set<Promise<void>>()
  /** Deliveries that a reorder fault holds back, by endpoint. */
  readonly #held = new Map<string, Set<string>>()
  #closed = false
  #tries = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Plans the deliveries of a new event, with the faults that strike it. */
  dispatch(event: EventRecord): void {
    const endpoints = this.#endpointsFor(event.type)
    event.pendingWebhooks = endpoints.length
    if (endpoints.length === 0) return
    const faults = this.#world.faults.forDelivery(event.type, event.id)
    for (const endpoint of endpoints) this.#plan(event, endpoint, faults)
    if (faults.some((fault) => fault.kind === 'webhook.twin')) {
      const twin = this.#world.twin(event)
      twin.pendingWebhooks = endpoints.length
      for (const endpoint of endpoints) this.#plan(twin, endpoint, [])
    }
  }

  /** Delivers an event once more, now, without faults. Returns the ids of the new deliveries. */
  redeliver(event: EventRecord, endpointId?: string): string[] {
    const endpoints = this.#world.store.endpoints
      .all()
      .filter((endpoint) => endpointId === undefined || endpoint.id === endpointId)
    return endpoints.map((endpoint) => this.#create(event, endpoint, 0, []).id)
  }

  /** Takes over a delivery whose time has come. */
  start(deliveryId: string): void {
    this.#waiting.push(deliveryId)
    this.#pump()
  }

  /** Lets a held delivery go although the later ones did not come. */
  release(deliveryId: string): void {
    const delivery = this.#world.store.deliveries.get(deliveryId)
    if (!delivery || delivery.heldBehind === 0) return
    delivery.heldBehind = 0
    this.#held.get(delivery.endpoint)?.delete(deliveryId)
    this.start(deliveryId)
  }

  /** Resolves when nothing is being sent and nothing waits to be sent. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight)
  }

  /** How many tries were made so far. */
  get tries(): number {
    return this.#tries
  }

  get busy(): boolean {
    return this.#inFlight.size > 0 || this.#head < this.#waiting.length
  }

  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#head = 0
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  #endpointsFor(type: string): EndpointRecord[] {
    const found: EndpointRecord[] = []
    for (const endpoint of this.#world.store.endpoints.oldestFirst()) {
      const { status, enabled_events: wanted } = endpoint.wire
      if (status === 'enabled' && (wanted.includes('*') || wanted.includes(type))) found.push(endpoint)
    }
    return found
  }

  #plan(event: EventRecord, endpoint: EndpointRecord, faults: ArmedFault[]): void {
    const of = (kind: string) => faults.find((fault) => fault.kind === kind)
    const names = faults.map((fault) => fault.kind)
    if (of('webhook.drop')) {
      const delivery = this.#create(event, endpoint, null, names)
      delivery.state = 'dropped'
      event.pendingWebhooks -= 1
      return
    }
    const reorder = of('webhook.reorder')
    const delay = of('webhook.delay')
    const wait = reorder ? null : delay ? (delay.ms ?? 60_000) : 0
    const delivery = this.#create(event, endpoint, wait, names)
    delivery.tamper = of('webhook.tamper') !== undefined
    // An event that is held back must not count as one that overtakes itself.
    if (!reorder) this.#overtake(endpoint.id)
    else this.#hold(delivery, reorder.behind ?? 1)
    const duplicate = of('webhook.duplicate')
    for (let i = 0; i < (duplicate ? (duplicate.copies ?? 1) : 0); i++)
      this.#create(event, endpoint, wait ?? 0, names)
  }

  #hold(delivery: DeliveryRecord, behind: number): void {
    delivery.heldBehind = behind
    const held = this.#held.get(delivery.endpoint) ?? new Set()
    held.add(delivery.id)
    this.#held.set(delivery.endpoint, held)
    this.#world.later('webhook.release', delivery.id, reorderPatienceMs)
  }

  #overtake(endpointId: string): void {
    for (const id of this.#held.get(endpointId) ?? []) {
      const delivery = this.#world.store.deliveries.get(id)
      if (!delivery) continue
      delivery.heldBehind -= 1
      if (delivery.heldBehind > 0) continue
      this.#held.get(endpointId)?.delete(id)
      this.#world.later('webhook.deliver', id, 0)
    }
  }

  #create(
    event: EventRecord,
    endpoint: EndpointRecord,
    wait: number | null,
    faults: string[],
  ): DeliveryRecord {
    const delivery: DeliveryRecord = {
      id: this.#world.id('whd_'),
      event: event.id,
      endpoint: endpoint.id,
      state: 'pending',
      attempts: [],
      nextAttemptAt: wait === null ? null : this.#world.clock.now() + wait,
      faults,
      tamper: false,
      heldBehind: 0,
    }
    this.#world.store.deliveries.insert(delivery)
    if (wait !== null) this.#world.later('webhook.deliver', delivery.id, wait)
    return delivery
  }

  #pump(): void {
    while (!this.#closed && this.#inFlight.size < this.#world.settings.webhookConcurrency) {
      const id = this.#waiting[this.#head]
      if (id === undefined) return
      this.#head += 1
      if (this.#head === this.#waiting.length) {
        this.#waiting = []
        this.#head = 0
      }
      const work = this.#attempt(id).finally(() => {
        this.#inFlight.delete(work)
        this.#pump()
      })
      this.#inFlight.add(work)
    }
  }

  async #attempt(deliveryId: string): Promise<void> {
    const { store, clock, settings } = this.#world
    const delivery = store.deliveries.get(deliveryId)
    const event = delivery && store.events.get(delivery.event)
    const endpoint = delivery && store.endpoints.get(delivery.endpoint)
    if (!delivery || !event || delivery.state !== 'pending') return
    if (!endpoint || endpoint.wire.status !== 'enabled') {
      this.#finish(delivery, event, 'failed')
      return
    }
    const body = eventBody(this.#world, event)
    const time = settings.webhookSignatureClock === 'base' ? clock.baseSeconds() : clock.seconds()
    const header = signatureHeader(this.#secrets(endpoint), time, body)
    const tampered = delivery.tamper && delivery.attempts.length === 0
    const sent = tampered ? body.replace('"livemode":false', '"livemode":true') : body
    this.#tries += 1
    const answer = await this.#post(endpoint.wire.url, sent, header)
    if (this.#closed) return
    delivery.attempts.push({ at: clock.now(), status: answer.status, note: answer.note, tampered })
    if (answer.status !== null && answer.status >= 200 && answer.status < 300) {
      this.#finish(delivery, event, 'succeeded')
      return
    }
    const pause = settings.webhookRetryPausesMs[delivery.attempts.length - 1]
    if (pause === undefined) {
      this.#finish(delivery, event, 'failed')
      return
    }
    delivery.nextAttemptAt = clock.now() + pause
    this.#world.later('webhook.deliver', delivery.id, pause)
    this.#world.afterOperation()
  }

  #finish(delivery: DeliveryRecord, event: EventRecord, state: 'succeeded' | 'failed'): void {
    delivery.state = state
    delivery.nextAttemptAt = null
    event.pendingWebhooks = Math.max(0, event.pendingWebhooks - 1)
    this.#world.afterOperation()
  }

  #secrets(endpoint: EndpointRecord): string[] {
    const former = endpoint.formerSecret
    return former && former.until > this.#world.clock.now()
      ? [endpoint.secret, former.secret]
      : [endpoint.secret]
  }

  /** One try. Redirects are answers like any other (and so count as failure). Never rejects. */
  #post(url: string, body: string, signature: string): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const target = new URL(url)
    const secure = target.protocol === 'https:'
    const request = (secure ? https : http).request(target, {
      method: 'POST',
      agent: this.#agents[secure ? 'https:' : 'http:'],
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        'Cache-Control': 'no-cache',
        'Stripe-Signature': signature,
      },
    })
    const timer = setTimeout(() => {
      resolve({ status: null, note: 'timed out' })
      request.destroy()
    }, this.#world.settings.webhookTimeoutMs)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        if (text.length < 500) text = (text + chunk).slice(0, 500)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? null, note: text }))
      response.on('error', (error) => resolve({ status: null, note: error.message }))
    })
    request.on('error', (error) => resolve({ status: null, note: error.message }))
    request.end(body)
    return promise.finally(() => clearTimeout(timer))
  }
}
