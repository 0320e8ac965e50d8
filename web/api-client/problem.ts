/** One message about one field of what was sent; `field` is a JSON pointer such as "/buyer/email". */
export type FieldError = { field: string; message: string }

type ProblemBody = {
  code: string
  title: string
  status: number
  detail?: string
  instance?: string
  errors?: FieldError[]
}

/**
 * What went wrong, as the server named it (RFC 9457). Two codes are made here and never come from the
 * server: `network.unreachable` (no answer arrived, status 0) and `network.unreadable` (an answer that
 * is not ours, such as the error page of a proxy).
 */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string
  readonly requestId: string | undefined
  readonly errors: readonly FieldError[]
  /** Everything else the Problem carried, such as `ticketTypeId` and `left` of holds.sold-out. */
  readonly extras: Readonly<Record<string, unknown>>
  /** Seconds after which the server invites another try, when it said so. */
  readonly retryAfter: number | undefined

  constructor(body: ProblemBody, extras: Record<string, unknown> = {}, retryAfter?: number) {
    super(body.detail ?? body.title)
    this.name = 'Problem'
    this.code = body.code
    this.status = body.status
    this.detail = body.detail ?? body.title
    this.requestId = body.instance
    this.errors = body.errors ?? []
    this.extras = extras
    this.retryAfter = retryAfter
  }

  /** True when no answer arrived: the request may or may not have been carried out. */
  get offline(): boolean {
    return this.code === 'network.unreachable'
  }

  /** The message for a field, found by its JSON pointer ("/buyer/email"). */
  fieldError(pointer: string): string | undefined {
    return this.errors.find((error) => error.field === pointer)?.message
  }
}

/** Makes a Problem of whatever a failed answer carried, and never fails itself. */
export function problemFrom(body: unknown, response: Response): Problem {
  const wait = Number(response.headers.get('retry-after'))
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : undefined
  if (isProblemBody(body)) return new Problem(body, { ...body }, retryAfter)
  const title = response.statusText || `HTTP ${response.status}`
  return new Problem({ code: 'network.unreadable', title, status: response.status }, {}, retryAfter)
}

/** The Problem for a request that got no answer at all. */
export function unreachable(): Problem {
  return new Problem({ code: 'network.unreachable', title: 'The server could not be reached', status: 0 })
}

function isProblemBody(body: unknown): body is ProblemBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    typeof (body as Record<string, unknown>)['code'] === 'string' &&
    typeof (body as Record<string, unknown>)['title'] === 'string' &&
    typeof (body as Record<string, unknown>)['status'] === 'number'
  )
}
