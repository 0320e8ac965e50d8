import type { PayOptions, StripeSandbox } from '@tessera/sandbox-stripe'
import { newId, publicId, type Id } from '#platform/ids'
import type { SellingEvent } from './event-fixture.ts'
import type { World } from './world.ts'

export interface Answer {
  status: number
  // What came back, as JSON; a story looks at what it needs.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any
  headers: Headers
}

export interface OrderOptions {
  accept?: object | null
  expectedTotal?: number
  email?: string
}

/** A person with a browser, who does what the storefront does. */
export class Buyer {
  readonly name: string
  readonly email: string
  readonly browserKey = `browser-key-${newId()}`
  guestToken = ''
  orderId = ''
  readonly #world: World

  constructor(world: World, name: string) {
    this.#world = world
    this.name = name
    // Stories share worlds, and another Ana's mail is not hers.
    this.email = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '.')}.${newId().slice(-8)}@example.com`
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#world.url}${path}`, {
      method,
      headers: {
        'tessera-browser': this.browserKey,
        ...(this.guestToken ? { 'tessera-guest': this.guestToken } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
  }

  /** Sets places aside; gives the hold's public id. */
  async holds(
    show: SellingEvent,
    wanted: number | Record<string, number>,
    id = publicId('hld', newId<Id<'hld'>>()),
  ): Promise<Answer & { holdId: string }> {
    const byType = typeof wanted === 'number' ? { [Object.keys(show.types)[0] ?? '']: wanted } : wanted
    const lines = Object.entries(byType).map(([name, quantity]) => ({
      ticketTypeId: publicId('tty', show.types[name] ?? newId<Id<'tty'>>()),
      quantity,
    }))
    const answer = await this.send('POST', `/v1/events/${publicId('evt', show.event.id)}/holds`, {
      id,
      browserKey: this.browserKey,
      lines,
    })
    return { ...answer, holdId: id }
  }

  async orders(show: SellingEvent, holdId: string, options: OrderOptions = {}): Promise<Answer> {
    const eventPath = `/v1/events/${publicId('evt', show.event.id)}`
    const hold = await this.send('GET', `${eventPath}/holds/${holdId}`)
    const quote = await this.send('POST', `${eventPath}/quote`, { lines: hold.body.lines })
    const answer = await this.send('POST', `${eventPath}/orders`, {
      holdId,
      buyer: { name: this.name, email: options.email ?? this.email },
      ...(options.accept === null
        ? {}
        : { accept: options.accept ?? { termsVersion: 1, refundPolicyVersion: 1 } }),
      expectedTotal:
        options.expectedTotal === undefined
          ? quote.body.total
          : { ...quote.body.total, amount: options.expectedTotal },
      locale: 'en',
    })
    if (answer.status < 300) {
      this.guestToken = answer.body.guestToken
      this.orderId = answer.body.id
    }
    return answer
  }

  /** Holds and orders, and demands that both worked. */
  async reserves(show: SellingEvent, wanted: number | Record<string, number> = 1): Promise<void> {
    const hold = await this.holds(show, wanted)
    if (hold.status !== 201) throw new Error(`${this.name} could not hold: ${JSON.stringify(hold.body)}`)
    const order = await this.orders(show, hold.holdId)
    if (order.status !== 201) throw new Error(`${this.name} could not order: ${JSON.stringify(order.body)}`)
  }

  startsPayment(): Promise<Answer> {
    return this.send('POST', `/v1/orders/${this.orderId}/payment`)
  }

  /** Starts to pay, and waits in line for the provider as long as it takes. */
  async comesToThePage(): Promise<void> {
    await this.startsPayment()
    await this.#world.settles()
    const { payment } = await this.order()
    if (payment?.state !== 'open')
      throw new Error(`${this.name} could not start to pay: ${JSON.stringify(payment)}`)
  }

  /** Does on the provider's page what a person does there. */
  async paysOnPage(options: PayOptions = {}): Promise<ReturnType<StripeSandbox['payCheckout']>> {
    return this.#world.stripe.payCheckout(await this.sessionId(), options)
  }

  async sessionId(): Promise<string> {
    const sessions = this.#world.stripe.state
      .sessions()
      .filter(
        (session) => session.client_reference_id !== null && JSON.stringify(session).includes(this.orderId),
      )
    const newest = sessions[0]
    if (!newest) throw new Error(`no session for ${this.orderId}`)
    return newest.id
  }

  /** The whole way: hold, order, pay, and everything that follows has happened. */
  async buys(show: SellingEvent, wanted: number | Record<string, number> = 1): Promise<void> {
    await this.reserves(show, wanted)
    await this.comesToThePage()
    await this.paysOnPage()
    await this.#world.settles()
  }

  async order(): Promise<Answer['body']> {
    return (await this.send('GET', `/v1/orders/${this.orderId}`)).body
  }

  check(): Promise<Answer> {
    return this.send('POST', `/v1/orders/${this.orderId}/payment/check`)
  }
}

/** Door staff, or anybody else of the organisation, by their role. */
export class Steward {
  readonly #world: World
  readonly #show: SellingEvent
  /** The session, for whoever sends requests of their own. */
  readonly cookie: string

  constructor(world: World, show: SellingEvent, cookie: string) {
    this.#world = world
    this.#show = show
    this.cookie = cookie
  }

  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#world.url}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.#world.tessera.deps.publicUrl,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text.startsWith('{') ? JSON.parse(text) : text,
      headers: response.headers,
    }
  }

  /** The path of the organisation, for staff. */
  get home(): string {
    return `/v1/organisations/${publicId('org', this.#show.orgId)}`
  }

  /** The path of the event, for staff. */
  get path(): string {
    return `${this.home}/events/${publicId('evt', this.#show.event.id)}`
  }

  scans(code: string, options: { id?: string; gate?: string } = {}): Promise<Answer> {
    return this.send('POST', `${this.path}/scans`, {
      id: options.id ?? publicId('scn', newId<Id<'scn'>>()),
      code,
      ...(options.gate ? { gate: options.gate } : {}),
    })
  }
}
