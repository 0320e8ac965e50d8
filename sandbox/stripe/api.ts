import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, invalidRequest } from './errors.ts'
import { checkExpansions, expand } from './expand.ts'
import type { ArmedFault } from './faults.ts'
import { decodeForm, fingerprint } from './form.ts'
import type { FormRecord } from './form.ts'
import { beginKey, findAnswer, keepAnswer } from './idempotency.ts'
import { list, readParams, text } from './params.ts'
import { RateLimit, rateLimited } from './rate-limit.ts'
import type { RequestLog } from './request-log.ts'
import { balanceTransactionRoutes } from './resources/balance-transactions.ts'
import { balanceRoutes } from './resources/balance.ts'
import { chargeRoutes } from './resources/charges.ts'
import { checkoutSessionRoutes } from './resources/checkout-sessions.ts'
import { customerRoutes } from './resources/customers.ts'
import { eventRoutes } from './resources/events.ts'
import { paymentIntentRoutes } from './resources/payment-intents.ts'
import { paymentMethodRoutes } from './resources/payment-methods.ts'
import { refundRoutes } from './resources/refunds.ts'
import { webhookEndpointRoutes } from './resources/webhook-endpoints.ts'
import { Router } from './route.ts'
import type { Route } from './route.ts'
import type { World } from './world.ts'

const router = new Router([
  ...checkoutSessionRoutes,
  ...paymentIntentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...balanceRoutes,
  ...balanceTransactionRoutes,
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
])

const expandShape = { expand: list(text()) }

/** An answer that is decided but not yet sent. */
interface Answer {
  status: number
  body: string
  headers: Record<string, string>
}

interface Call {
  id: string
  method: string
  path: string
  key: string | null
  fault: ArmedFault | undefined
  replayed: boolean
}

/** How long an unanswered request is kept open; the SDK gives up after 80 seconds. */
const unansweredMs = 120_000

/** The provider's API: one request in, one answer out, with everything that can go wrong on the way. */
export class Api {
  readonly #world: World
  readonly #apiKey: string
  readonly #log: RequestLog
  readonly #limit: RateLimit

  constructor(world: World, apiKey: string, log: RequestLog) {
    this.#world = world
    this.#apiKey = apiKey
    this.#log = log
    this.#limit = new RateLimit(world)
  }

  /** Answers one request, or leaves it unanswered where a fault says so. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL, body: string): Promise<void> {
    const method = request.method ?? 'GET'
    const key = method === 'POST' ? header(request, 'idempotency-key') : null
    const id = this.#world.id('req_')
    const fault = this.#world.faults.forRequest(method, url.pathname, id)
    const call: Call = { id, method, path: url.pathname, key, fault, replayed: false }
    const cutEarly = fault?.kind === 'cut_before_commit'
    const answer = cutEarly ? null : await this.#decide(request, url, body, call)
    this.#log.add({
      id: call.id,
      at: this.#world.clock.now(),
      method,
      path: url.pathname,
      status: answer?.status ?? null,
      idempotencyKey: key,
      replayed: call.replayed,
      fault: fault?.kind ?? null,
    })
    if (answer === null) request.socket.destroy()
    else this.#send(request, response, call, answer)
  }

  /** Decides the answer; all effects of the request happen here. */
  async #decide(request: IncomingMessage, url: URL, body: string, call: Call): Promise<Answer> {
    try {
      if (call.fault?.kind === 'bare_error') {
        return { status: 500, body: '{"message":"upstream connect error"}', headers: {} }
      }
      this.#authenticate(request)
      this.#checkVersion(request)
      const match = router.find(call.method, call.path)
      if (!match) throw unknownUrl(call)
      if (call.fault?.kind === 'rate_limit') throw rateLimited(call.fault.code ?? 'rate_limit')
      this.#limit.take()
      const params = decodeForm(call.method === 'GET' ? url.search.slice(1) : body)
      const mark = fingerprint(params)
      const kept =
        call.key === null ? undefined : findAnswer(this.#world, call.key, `${call.method} ${call.path}`, mark)
      if (kept) {
        call.replayed = true
        return {
          status: kept.status,
          body: kept.body,
          headers: { 'Idempotent-Replayed': 'true', 'Original-Request': kept.requestId },
        }
      }
      const prepared = this.#prepare(match.route, params, match.path, call)
      if (call.key !== null) beginKey(this.#world, call.key, `${call.method} ${call.path}`, mark)
      const answer = this.#execute(prepared, call)
      if (call.fault?.kind === 'slow') await pause(call.fault.ms ?? 200)
      if (call.key !== null) {
        const { status, body: text } = answer
        keepAnswer(this.#world, call.key, { status, body: text, requestId: call.id })
      }
      return answer
    } catch (error) {
      if (error instanceof ApiError) return this.#errorAnswer(error, call)
      const message = error instanceof Error ? error.message : String(error)
      // Only a broken sandbox comes here. It must be seen at once, so the reason goes out in words.
      return this.#errorAnswer(new ApiError(500, { type: 'api_error', message: `sandbox: ${message}` }), call)
    }
  }

  /** Everything that can be refused without an effect; returns the work that remains. */
  #prepare(route: Route, raw: FormRecord, path: Record<string, string>, call: Call): () => object {
    const { expand: paths = [], ...params } = readParams({ ...route.params, ...expandShape }, raw)
    checkExpansions(paths, route.returns)
    route.check(this.#world, params)
    return () => {
      const cause = { id: call.id, idempotency_key: call.key }
      const work = (): object => route.run(this.#world, params, path)
      const result =
        call.method === 'GET' ? work() : this.#world.perform(`${call.method} ${call.path}`, work, cause)
      return expand(this.#world, result, paths)
    }
  }

  /** Runs the work and turns its result, or what it throws, into an answer. */
  #execute(work: () => object, call: Call): Answer {
    if (call.fault?.kind === 'error_before_commit') return this.#errorAnswer(serverError(), call)
    let answer: Answer
    try {
      answer = { status: 200, body: JSON.stringify(work()), headers: {} }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      answer = this.#errorAnswer(error, call)
    }
    if (call.fault?.kind === 'error_after_commit') return this.#errorAnswer(serverError(), call)
    return answer
  }

  #authenticate(request: IncomingMessage): void {
    const given = credentials(header(request, 'authorization'))
    if (given === null) {
      throw new ApiError(401, {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
      })
    }
    if (given !== this.#apiKey) {
      const masked =
        given.length > 12 ? `${given.slice(0, 8)}${'*'.repeat(given.length - 12)}${given.slice(-4)}` : given
      throw new ApiError(401, {
        type: 'invalid_request_error',
        message: `Invalid API Key provided: ${masked}`,
      })
    }
    const account = header(request, 'stripe-account')
    if (account !== null) {
      throw new ApiError(403, {
        type: 'invalid_request_error',
        code: 'account_invalid',
        message: `The provided key '${given.slice(0, 8)}***' does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
      })
    }
  }

  #checkVersion(request: IncomingMessage): void {
    const version = header(request, 'stripe-version')
    if (version === null || version === this.#world.settings.apiVersion) return
    throw invalidRequest(
      `Invalid Stripe API version: ${version}. This sandbox speaks ${this.#world.settings.apiVersion}.`,
    )
  }

  #errorAnswer(error: ApiError, call: Call): Answer {
    const { code } = error.body
    const body = {
      ...error.body,
      ...(code === undefined
        ? {}
        : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }),
      request_log_url: `${this.#world.publicUrl}/dashboard/requests#${call.id}`,
    }
    return { status: error.status, body: JSON.stringify({ error: body }), headers: error.headers }
  }

  /** Sends the answer, or damages it as the fault says. */
  #send(request: IncomingMessage, response: ServerResponse, call: Call, answer: Answer): void {
    const kind = call.fault?.kind
    if (kind === 'cut_after_commit') {
      request.socket.destroy()
      return
    }
    if (kind === 'timeout_after_commit') {
      const timer = setTimeout(() => request.socket.destroy(), call.fault?.ms ?? unansweredMs)
      timer.unref()
      request.socket.once('close', () => clearTimeout(timer))
      return
    }
    const bytes = Buffer.from(answer.body)
    response.writeHead(answer.status, {
      'Content-Type': 'application/json',
      'Content-Length': bytes.length,
      'Request-Id': call.id,
      'Stripe-Version': this.#world.settings.apiVersion,
      ...(call.key === null ? {} : { 'Idempotency-Key': call.key }),
      ...answer.headers,
    })
    if (kind === 'truncated_body') {
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy())
      return
    }
    response.end(bytes)
  }
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The key of `Bearer key`, or of `Basic` with the key as user name. */
function credentials(authorization: string | null): string | null {
  if (authorization === null) return null
  const [scheme = '', value = ''] = authorization.split(' ')
  if (/^bearer$/i.test(scheme)) return value === '' ? null : value
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? null
  return null
}

function unknownUrl(call: Call): ApiError {
  return new ApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${call.method}: ${call.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
  })
}

function serverError(): ApiError {
  return new ApiError(500, {
    type: 'api_error',
    message:
      'An unknown error occurred. Please try again, and if the error persists, contact support at https://support.stripe.com/.',
  })
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, ms)
  return promise
}
