import { startStripeSandbox, type StripeSandbox, type StripeSandboxOptions } from '@tessera/sandbox-stripe'
import { withOrg } from '#platform/database'
import { createHttp, type App, type Authenticate } from '#platform/http'
import { newId, type Id, type OrgId } from '#platform/ids'
import { createLimiter, defaultLimits, type Limits } from '#platform/rate-limit'
import { trialBalance } from '#modules/ledger'
import { aSellingEvent } from '../../tests/event-fixture.ts'
import { testPlatform, type TestPlatform } from '../../tests/harness.ts'
import { createPayments } from './create-payments.ts'
import { openPayments, type PaymentsDeps, type PaymentsOptions } from './desks.ts'
import { paymentsHandlers, paymentsSchedules } from './jobs.ts'
import { openSession } from './open-session.ts'
import { paymentsMachines, type Payment, type PaymentId } from './payment.ts'
import { paymentsRoutes } from './routes.ts'
import { readPayment } from './payment-store.ts'
import { createStripeProvider, type StripeOptions } from './stripe-provider.ts'
import { listeners } from './listeners-fixture.ts'

export const webhookSecret = 'whsec_for_tests_only_0123456789'
export const operatorToken = 'the-operator'

export interface GroundOptions {
  sandbox?: Partial<StripeSandboxOptions>
  stripe?: Partial<StripeOptions>
  payments?: Partial<PaymentsOptions>
}

const unlimited = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, Infinity])) as Limits

/**
 * Payments on a database of their own, with the provider's sandbox, over HTTP. What orders do with a payment is here one
 * reaction: it notes what it heard, and books the sale, or returns the payment of an order that is on the list of the sold-out.
 */
export class Ground {
  world!: TestPlatform
  stripe!: StripeSandbox
  deps!: PaymentsDeps
  http!: App
  url = ''
  orgId!: OrgId
  eventId!: string
  /** Makes the listener of paid payments fail once for this order. */
  failsOnceFor: string | undefined

  static async open(options: GroundOptions = {}): Promise<Ground> {
    const ground = new Ground()
    const world = await testPlatform({
      machines: paymentsMachines,
      through: '0006',
      reactions: () => listeners(ground),
    })
    ground.world = world
    await world.asOwner(`create schema test;
      create table test.fact (n serial, name text, order_id uuid, payment_id uuid);
      create table test.sold_out (order_id uuid);
      grant usage on schema test to tessera_app, tessera_platform;
      grant select, insert on all tables in schema test to tessera_app, tessera_platform;
      grant usage on all sequences in schema test to tessera_app, tessera_platform`)
    const selling = await aSellingEvent(world)
    ground.orgId = selling.orgId
    ground.eventId = selling.event.id
    ground.stripe = await startStripeSandbox({ clock: () => world.clock.now(), ...options.sandbox })
    const { url: apiUrl, apiKey: secretKey } = ground.stripe
    const provider = createStripeProvider({ apiUrl, secretKey, timeoutMs: 400, ...options.stripe }, world)
    ground.deps = openPayments(world, {
      provider,
      callsPerSecond: Infinity,
      webhookSecrets: [webhookSecret],
      ...options.payments,
    })
    await ground.#listen()
    return ground
  }

  async #listen(): Promise<void> {
    const { log, metrics } = this.world
    const authenticate: Authenticate = async (request) =>
      request.headers.authorization === operatorToken
        ? {
            kind: 'person' as const,
            id: '1',
            actor: 'person:1',
            name: 'Op',
            operator: true,
            can: () => true,
            belongsTo: () => true,
          }
        : undefined
    const limiter = createLimiter(unlimited)
    this.http = await createHttp({
      log,
      metrics,
      limiter,
      authenticate,
      trustedProxies: 0,
      publicUrl: 'http://localhost',
    })
    paymentsRoutes(this.http, this.deps)
    this.url = await this.http.listen({ host: '127.0.0.1', port: 0 })
    this.stripe.setWebhook({ url: `${this.url}/v1/webhooks/stripe`, secret: webhookSecret })
  }

  async close(): Promise<void> {
    await this.http.close()
    await this.deps.payments.close()
    await this.stripe.close()
    await this.world.close()
  }

  /** A payment as an order makes it: two tickets of 56.50, a quarter of an hour to pay. */
  async payment(options: { orderId?: string; amount?: number; currency?: string } = {}): Promise<Payment> {
    const amount = options.amount ?? 11300
    const [payment] = await withOrg(this.world.db, this.orgId, (tx) =>
      createPayments(this.world, tx, this.orgId, [
        {
          orderId: options.orderId ?? newId<Id<'ord'>>(),
          eventId: this.eventId,
          amount,
          currency: options.currency ?? 'EUR',
          description: 'Open Air, T-1234',
          lines: [{ name: 'Open Air: standard', quantity: 2, unitAmount: amount / 2 }],
          buyerEmail: 'ana@example.com',
          locale: 'en',
          windowEndsAt: new Date(this.world.clock.now().getTime() + 15 * 60_000),
        },
      ]),
    )
    if (!payment) throw new Error('no payment was made')
    return payment
  }

  async opened(
    options: { orderId?: string; amount?: number; currency?: string } = {},
  ): Promise<Payment & { sessionId: string }> {
    const payment = await this.payment(options)
    const opened = await openSession(this.deps, this.orgId, payment.id)
    if (opened.sessionId === null) throw new Error(`the payment is ${opened.state}`)
    return { ...opened, sessionId: opened.sessionId }
  }

  async read(payment: { id: PaymentId }): Promise<Payment> {
    const read = await readPayment(this.world.db, this.orgId, payment.id)
    if (!read) throw new Error('no such payment')
    return read
  }

  /** What was announced about an order, in order. */
  async heard(orderId: string): Promise<string[]> {
    const rows = await this.world.asOwner<{ name: string }>(
      'select name from test.fact where order_id = $1 order by n',
      [orderId],
    )
    return rows.map((row) => row.name)
  }

  sellsOut(orderId: string): Promise<unknown> {
    return this.world.asOwner('insert into test.sold_out values ($1)', [orderId])
  }

  /** Everything that is due is delivered and done, here and at the provider. */
  async settles(): Promise<void> {
    for (let round = 0; round < 6; round += 1) {
      const tries = await this.stripe.deliverDue()
      await this.stripe.idle()
      await this.world.settles(paymentsHandlers(this.deps))
      if (tries === 0) return
    }
  }

  async passes(minutes: number): Promise<void> {
    await this.world.clock.advance(minutes * 60_000)
  }

  /** One tick of every schedule. */
  async ticks(): Promise<void> {
    for (const schedule of paymentsSchedules(this.deps)) await schedule.run()
    await this.world.settles(paymentsHandlers(this.deps))
  }

  /** The organisation's accounts that have something on them. */
  async books(): Promise<Record<string, number>> {
    const accounts = await withOrg(this.world.db, this.orgId, (tx) => trialBalance(tx, this.orgId))
    return Object.fromEntries(accounts.filter((one) => one.amount !== 0).map((one) => [one.code, one.amount]))
  }

  async inbox(
    type?: string,
  ): Promise<{ type: string; outcome: string | null; note: string | null; attempts: number }[]> {
    return this.world.asOwner(
      'select type, outcome, note, attempts from payments.webhook_inbox where $1::text is null or type = $1 order by id',
      [type ?? null],
    )
  }

  /** How many sessions the provider has for an order: more than one would let somebody pay twice. */
  sessionsOf(payment: { orderId: string }): unknown[] {
    return this.stripe.state.sessions().filter((session) => session.client_reference_id === payment.orderId)
  }
}
