import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Stripe } from 'stripe'
import { startStripeSandbox } from '../server.ts'
import type { StripeSandbox, StripeSandboxOptions } from '../server.ts'

export const secret = 'whsec_first'

/** One webhook as it arrived. */
export interface Received {
  body: string
  signature: string
}

/** A shop's webhook endpoint: keeps what arrives and answers with what it is told to. */
export interface Receiver {
  url: string
  received: Received[]
  /** Statuses for the next requests; 200 when empty. A status of 0 leaves the request unanswered. */
  answers: number[]
  events(): Stripe.Event[]
  types(): string[]
  close(): Promise<void>
}

/** Starts a receiver on a port chosen by the system. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({ body, signature: String(request.headers['stripe-signature']) })
      const status = answers.shift() ?? 200
      if (status === 0) return
      const headers = status >= 300 && status < 400 ? { Location: '/elsewhere' } : {}
      response.writeHead(status, headers).end(status === 200 ? 'ok' : 'no')
    })
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers,
    events: () => received.map((entry) => JSON.parse(entry.body) as Stripe.Event),
    types: () => received.map((entry) => (JSON.parse(entry.body) as Stripe.Event).type),
    async close() {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

/** The unmodified SDK, pointed at a sandbox. */
export function sdk(sandbox: StripeSandbox, options: { apiKey?: string; retries?: number } = {}): Stripe {
  return new Stripe(options.apiKey ?? sandbox.apiKey, {
    host: sandbox.host,
    port: sandbox.port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: options.retries ?? 0,
  })
}

export interface Shop {
  sandbox: StripeSandbox
  stripe: Stripe
  receiver: Receiver
  close(): Promise<void>
}

/** A sandbox whose time stands still at a fixed hour until it is advanced, with a receiver and an SDK. */
export async function openShop(options: StripeSandboxOptions = {}): Promise<Shop> {
  const receiver = await startReceiver()
  const sandbox = await startStripeSandbox({
    clock: () => new Date('2027-03-01T10:00:00Z'),
    webhook: { url: receiver.url, secret },
    ...options,
  })
  return {
    sandbox,
    receiver,
    stripe: sdk(sandbox),
    async close() {
      await sandbox.close()
      await receiver.close()
    },
  }
}

/** A session over one line of 113.00. */
export function sessionParams(
  extra: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Stripe.Checkout.SessionCreateParams {
  return {
    mode: 'payment',
    line_items: [
      {
        price_data: { currency: 'usd', unit_amount: 11_300, product_data: { name: 'Ticket, row 3' } },
        quantity: 1,
      },
    ],
    success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.example/cart',
    client_reference_id: 'order-1',
    metadata: { order: '1' },
    ...extra,
  }
}

/** The error that a call ends with; fails when it does not end with one. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    return error as Stripe.errors.StripeError
  }
  throw new Error('the call was not refused')
}
