import type { Controls } from './controls.ts'
import { ApiError } from './errors.ts'
import { FaultOrderRefused } from './faults.ts'
import type { FaultOrder } from './faults.ts'
import type { Settings } from './settings.ts'

type Body = Record<string, unknown>

interface Control {
  method: 'GET' | 'POST' | 'DELETE'
  path: RegExp
  run(controls: Controls, body: Body, id: string, query: URLSearchParams): unknown
}

function textOf(body: Body, key: string): string {
  const value = body[key]
  if (typeof value !== 'string') throw refused(`'${key}' must be a text`)
  return value
}

function numberOf(body: Body, key: string): number {
  const value = body[key]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(`'${key}' must be a number`)
  return value
}

function refused(message: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message })
}

function outcomeOf(body: Body): 'pass' | 'fail' {
  if (body['outcome'] === 'pass' || body['outcome'] === 'fail') return body['outcome']
  throw refused("'outcome' must be 'pass' or 'fail'")
}

function changeSettings(settings: Settings, body: Body): Settings {
  for (const [key, value] of Object.entries(body)) {
    if (!Object.hasOwn(settings, key)) throw refused(`unknown setting: ${key}`)
    Object.assign(settings, { [key]: value })
  }
  return settings
}

const controlTable: Control[] = [
  { method: 'GET', path: /^\/health$/, run: (controls) => ({ ok: true, now: controls.now().toISOString() }) },
  { method: 'GET', path: /^\/clock$/, run: (controls) => ({ now: controls.now().toISOString() }) },
  {
    method: 'POST',
    path: /^\/clock\/advance$/,
    run: async (controls, body) => ({ now: (await controls.advance(numberOf(body, 'ms'))).toISOString() }),
  },
  {
    method: 'POST',
    path: /^\/idle$/,
    async run(controls) {
      await controls.idle()
      return { idle: true }
    },
  },
  {
    method: 'POST',
    path: /^\/deliver$/,
    run: async (controls) => ({ tries: await controls.deliverDue() }),
  },
  { method: 'GET', path: /^\/faults$/, run: (controls) => controls.faults() },
  {
    method: 'POST',
    path: /^\/faults$/,
    run: (controls, body) => ({ id: controls.arm(body as unknown as FaultOrder) }),
  },
  {
    method: 'DELETE',
    path: /^\/faults(?:\/([^/]+))?$/,
    run(controls, _body, id) {
      controls.disarm(id === '' ? undefined : id)
      return controls.faults()
    },
  },
  {
    method: 'POST',
    path: /^\/webhook$/,
    run(controls, body) {
      const events = Array.isArray(body['events']) ? { events: body['events'].map(String) } : {}
      return {
        id: controls.setWebhook({ url: textOf(body, 'url'), secret: textOf(body, 'secret'), ...events }),
      }
    },
  },
  {
    method: 'POST',
    path: /^\/webhook\/roll$/,
    run(controls, body) {
      const secret = body['secret'] === undefined ? {} : { secret: textOf(body, 'secret') }
      return { secret: controls.rollWebhookSecret({ overlapMs: numberOf(body, 'overlapMs'), ...secret }) }
    },
  },
  {
    method: 'POST',
    path: /^\/sessions\/([^/]+)\/pay$/,
    run: (controls, body, id) => controls.payCheckout(id, body),
  },
  {
    method: 'POST',
    path: /^\/sessions\/([^/]+)\/expire$/,
    run: (controls, _body, id) => controls.expireCheckout(id),
  },
  {
    method: 'POST',
    path: /^\/payment_intents\/([^/]+)\/challenge$/,
    run: (controls, body, id) => controls.answerChallenge(id, outcomeOf(body)),
  },
  {
    method: 'POST',
    path: /^\/payment_intents\/([^/]+)\/refund$/,
    run: (controls, body, id) =>
      controls.refund(id, body['amount'] === undefined ? undefined : numberOf(body, 'amount')),
  },
  {
    method: 'POST',
    path: /^\/refunds\/([^/]+)\/fail$/,
    run: (controls, body, id) =>
      controls.failRefund(id, body['reason'] === undefined ? undefined : textOf(body, 'reason')),
  },
  {
    method: 'GET',
    path: /^\/events$/,
    run: (controls, _body, _id, query) => controls.events(query.get('type') ?? undefined),
  },
  {
    method: 'POST',
    path: /^\/events\/([^/]+)\/redeliver$/,
    run: (controls, _body, id) => ({ deliveries: controls.redeliver(id) }),
  },
  {
    method: 'GET',
    path: /^\/deliveries$/,
    run: (controls, _body, _id, query) => controls.deliveries(query.get('event') ?? undefined),
  },
  { method: 'GET', path: /^\/requests$/, run: (controls) => controls.requests() },
  { method: 'GET', path: /^\/sessions$/, run: (controls) => controls.sessions() },
  { method: 'GET', path: /^\/payment_intents$/, run: (controls) => controls.paymentIntents() },
  { method: 'GET', path: /^\/charges$/, run: (controls) => controls.charges() },
  { method: 'GET', path: /^\/refunds$/, run: (controls) => controls.refunds() },
  {
    method: 'GET',
    path: /^\/balance_transactions$/,
    run: (controls) => controls.balanceTransactions(),
  },
  { method: 'GET', path: /^\/balance$/, run: (controls) => controls.checkBalance() },
  { method: 'GET', path: /^\/settings$/, run: (controls) => controls.settings },
  {
    method: 'POST',
    path: /^\/settings$/,
    run: (controls, body) => changeSettings(controls.settings, body),
  },
]

/**
 * The controls over HTTP, below `/_sandbox`, in JSON. A POST must say that it is JSON, which keeps other web pages
 * from steering a sandbox that runs on a developer's machine.
 */
export async function handleControl(
  controls: Controls,
  request: { method: string; path: string; query: URLSearchParams; contentType: string; body: string },
): Promise<{ status: number; body: string }> {
  try {
    for (const control of controlTable) {
      const match = control.method === request.method ? control.path.exec(request.path) : null
      if (!match) continue
      if (control.method === 'POST' && !request.contentType.startsWith('application/json')) {
        throw refused('send JSON (Content-Type: application/json)')
      }
      const body = parseBody(request.body)
      const result = await control.run(controls, body, decodeURIComponent(match[1] ?? ''), request.query)
      return { status: 200, body: JSON.stringify(result) }
    }
    return { status: 404, body: JSON.stringify({ error: { message: 'no such control' } }) }
  } catch (error) {
    if (error instanceof ApiError) {
      return { status: error.status, body: JSON.stringify({ error: error.body }) }
    }
    if (error instanceof FaultOrderRefused) {
      return { status: 400, body: JSON.stringify({ error: { message: error.message } }) }
    }
    const message = error instanceof Error ? error.message : String(error)
    return { status: 500, body: JSON.stringify({ error: { message } }) }
  }
}

function parseBody(text: string): Body {
  if (text === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refused('the body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('send a JSON object')
  return value as Body
}
