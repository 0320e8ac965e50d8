import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Api } from './api.ts'
import { handleControl } from './control-api.ts'
import { Controls } from './controls.ts'
import type { PayOptions, PayOutcome } from './controls.ts'
import { handleDashboard } from './dashboard/pages.ts'
import { decodeForm } from './form.ts'
import type { ArmedFault, FaultOrder } from './faults.ts'
import { handleHosted } from './hosted/pages.ts'
import type { PageAnswer } from './html.ts'
import { Persistence } from './persistence.ts'
import { RequestLog } from './request-log.ts'
import { defaultSettings } from './settings.ts'
import type { Settings } from './settings.ts'
import { Timeline } from './timeline.ts'
import { World } from './world.ts'

export type { PayOptions, PayOutcome } from './controls.ts'
export type { ArmedFault, FaultKind, FaultOrder } from './faults.ts'
export type { LoggedRequest } from './request-log.ts'
export type { Settings } from './settings.ts'
export type { DeliveryRecord } from './store.ts'
export { testCards } from './cards.ts'
export { IdentityBroken } from './ledger.ts'
export { liveRetryPauses, testModeRetryPauses } from './settings.ts'

export interface StripeSandboxOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: chosen by the system. */
  port?: number
  /** Where browsers reach it, when that differs from host and port. */
  publicUrl?: string
  /** The secret key that the API accepts. Default sk_test_sandbox. */
  apiKey?: string
  /** Decides ids and probabilistic faults. Default 'tessera'. */
  seed?: string | number
  /** Where events are delivered, and the secret that signs them. */
  webhook?: { url: string; secret: string; events?: string[] }
  /** The clock that the sandbox's own is based on. */
  clock?: () => Date
  settings?: Partial<Settings>
  /** Keeps the state in this file across restarts; without it the state is in memory only. */
  stateFile?: string
}

export interface StripeSandbox {
  /** Base address, without a slash at the end. */
  url: string
  host: string
  port: number
  apiKey: string
  /** Stops listening and delivering. */
  close(): Promise<void>
  setWebhook(webhook: { url: string; secret: string; events?: string[] }): string
  /** Both secrets sign for the overlap; returns the new one. */
  rollWebhookSecret(options: { overlapMs: number; secret?: string }): string
  faults: {
    arm(order: FaultOrder): string
    disarm(id?: string): void
    list(): ArmedFault[]
  }
  clock: {
    now(): Date
    /** Moves on and runs, in order, everything that falls due on the way, deliveries included. */
    advance(ms: number): Promise<Date>
  }
  /** Live settings; a change counts from the next operation. */
  settings: Settings
  payCheckout(sessionId: string, options?: PayOptions): PayOutcome
  expireCheckout: Controls['expireCheckout']
  answerChallenge: Controls['answerChallenge']
  /** Refunds a payment as a person at the provider's dashboard would; the rest when no amount is given. */
  refund: Controls['refund']
  failRefund: Controls['failRefund']
  /** Delivers an event again. */
  redeliver(eventId: string): string[]
  /** Makes every delivery that is due now and waits for the answers; returns the number of tries. */
  deliverDue(): Promise<number>
  /** Waits until nothing is due and nothing is under way. */
  idle(): Promise<void>
  /** Recounts the whole ledger and throws if the balance is not its sum. */
  checkBalance: Controls['checkBalance']
  /** Readers for tests; everything is a copy. */
  state: Pick<
    Controls,
    | 'sessions'
    | 'session'
    | 'paymentIntents'
    | 'charges'
    | 'refunds'
    | 'balance'
    | 'balanceTransactions'
    | 'events'
    | 'deliveries'
    | 'requests'
  >
}

/** The longest request body that is read; the provider's own limit is of this order. */
const longestBody = 1024 * 1024

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBody) throw new Error('request body too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sendPage(response: ServerResponse, answer: PageAnswer): void {
  if (answer.kind === 'redirect') {
    response.writeHead(303, { Location: answer.to, 'Cache-Control': 'no-store' }).end()
    return
  }
  const script = answer.script === undefined ? '' : `<script>${answer.script}</script></body>`
  const page = script === '' ? answer.markup.text : answer.markup.text.replace('</body>', () => script)
  response
    .writeHead(answer.status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      // Pages are made of their own markup only; nothing is loaded from elsewhere.
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(page)
}

interface Parts {
  world: World
  api: Api
  controls: Controls
}

async function dispatch(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const method = request.method ?? 'GET'
  const body = method === 'GET' || method === 'HEAD' ? '' : await readBody(request)
  if (url.pathname.startsWith('/v1/')) {
    await parts.api.handle(request, response, url, body)
    return
  }
  if (url.pathname.startsWith('/_sandbox')) {
    const answer = await handleControl(parts.controls, {
      method,
      path: url.pathname.slice('/_sandbox'.length),
      query: url.searchParams,
      contentType: request.headers['content-type'] ?? '',
      body,
    })
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body)
    return
  }
  const form: Record<string, string> = {}
  for (const [name, value] of Object.entries(decodeForm(body)))
    if (typeof value === 'string') form[name] = value
  const page =
    handleHosted(parts.world, { method, path: url.pathname, form }) ??
    (await handleDashboard(parts.world, parts.controls, {
      method,
      path: url.pathname,
      query: url.searchParams,
      form,
      sameOrigin: isSameOrigin(request),
    }))
  if (page) sendPage(response, page)
  // An address outside the API gets the API's own refusal, as at the provider.
  else await parts.api.handle(request, response, url, body)
}

/** Browsers say where a form was sent from; a form of another site must not steer the sandbox. */
function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  return promise
}

function shutDown(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}

/** Starts a sandbox and resolves when it listens. */
export async function startStripeSandbox(options: StripeSandboxOptions = {}): Promise<StripeSandbox> {
  const settings: Settings = { ...defaultSettings, ...options.settings }
  const world = new World(settings, options.clock ?? (() => new Date()), String(options.seed ?? 'tessera'))
  const log = new RequestLog()
  const timeline = new Timeline(world)
  const controls = new Controls(world, timeline, log)
  const apiKey = options.apiKey ?? 'sk_test_sandbox'
  const parts: Parts = { world, controls, api: new Api(world, apiKey, log) }
  const persistence = options.stateFile === undefined ? null : new Persistence(world, options.stateFile)
  persistence?.load()
  world.afterOperation = () => {
    timeline.wake()
    persistence?.changed()
  }

  const server = createServer((request, response) => {
    dispatch(parts, request, response).catch(() => request.socket.destroy())
  })
  server.keepAliveTimeout = 65_000
  const host = options.host ?? '127.0.0.1'
  const port = await listen(server, host, options.port ?? 0)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  world.publicUrl = (options.publicUrl ?? url).replace(/\/$/, '')
  if (options.webhook) controls.setWebhook(options.webhook)
  timeline.wake()

  return {
    url,
    host,
    port,
    apiKey,
    settings,
    async close() {
      timeline.close()
      world.courier.close()
      await shutDown(server)
      persistence?.save()
    },
    setWebhook: (webhook) => controls.setWebhook(webhook),
    rollWebhookSecret: (roll) => controls.rollWebhookSecret(roll),
    faults: {
      arm: (order) => controls.arm(order),
      disarm: (id) => controls.disarm(id),
      list: () => controls.faults(),
    },
    clock: { now: () => controls.now(), advance: (ms) => controls.advance(ms) },
    payCheckout: (id, pay) => controls.payCheckout(id, pay),
    expireCheckout: (id) => controls.expireCheckout(id),
    answerChallenge: (id, outcome) => controls.answerChallenge(id, outcome),
    refund: (id, amount) => controls.refund(id, amount),
    failRefund: (id, reason) => controls.failRefund(id, reason),
    redeliver: (id) => controls.redeliver(id),
    deliverDue: () => controls.deliverDue(),
    idle: () => controls.idle(),
    checkBalance: () => controls.checkBalance(),
    state: controls,
  }
}
