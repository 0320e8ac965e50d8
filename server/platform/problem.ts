/**
 * A refusal (RFC 9457). Each has a stable code that knows its status; a module lists its own in problems.ts,
 * and the catalogue in docs/reference is generated from those lists.
 */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly errors: readonly FieldError[] | undefined
  readonly extras: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ProblemKind, options: ProblemOptions = {}) {
    super(options.detail ?? kind.title)
    this.name = 'Problem'
    this.code = kind.code
    this.status = kind.status
    this.title = kind.title
    this.detail = options.detail
    this.errors =
      options.errors ??
      (options.field ? [{ field: options.field, message: options.detail ?? kind.title }] : undefined)
    this.extras = options.extras ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  toJSON(): Record<string, unknown> {
    return {
      type: `/problems/${this.code}`,
      code: this.code,
      title: this.title,
      status: this.status,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...this.extras,
    }
  }
}

export interface FieldError {
  /** A JSON pointer into what was sent: `/buyer/email`. */
  field: string
  message: string
}

export interface ProblemOptions {
  detail?: string
  field?: string
  errors?: readonly FieldError[]
  extras?: Readonly<Record<string, unknown>>
  retryAfterSeconds?: number
}

export interface ProblemKind {
  readonly code: string
  readonly status: number
  readonly title: string
  /** What the caller can do about it; printed in the catalogue. */
  readonly help: string
}

export type ProblemMaker = ((options?: ProblemOptions) => Problem) & ProblemKind

type Definitions = Record<string, { status: number; title: string; help: string }>

/** `defineProblems('holds', { soldOut: {...} })` gives makers: `throw problems.soldOut({ field: '/lines/0' })`, code `holds.sold-out`. */
export function defineProblems<D extends Definitions>(
  area: string,
  definitions: D,
): { readonly [K in keyof D]: ProblemMaker } {
  const makers: Record<string, ProblemMaker> = {}
  for (const [name, definition] of Object.entries(definitions)) {
    const kind: ProblemKind = { code: `${area}.${kebab(name)}`, ...definition }
    makers[name] = Object.assign((options?: ProblemOptions) => new Problem(kind, options), kind)
  }
  return makers as { readonly [K in keyof D]: ProblemMaker }
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** What any route can answer. */
export const requestProblems = defineProblems('request', {
  invalid: {
    status: 422,
    title: 'Something in the request is not right',
    help: 'Each entry of `errors` names the field and what is wrong with it.',
  },
  malformed: {
    status: 400,
    title: 'The request cannot be read',
    help: 'Send valid JSON with the content type application/json.',
  },
  notFound: {
    status: 404,
    title: 'Not found',
    help: 'The address or the id does not exist, or is not yours to see.',
  },
  tooLarge: { status: 413, title: 'The request is too large', help: 'Send less at once.' },
  unsupportedMediaType: {
    status: 415,
    title: 'This content type is not understood',
    help: 'Send application/json.',
  },
  tooMany: { status: 429, title: 'Too many requests', help: 'Wait as many seconds as Retry-After says.' },
})

export const serverProblems = defineProblems('server', {
  unexpected: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'Nothing was kept of this request unless you see it when you look. Quote the request id to support.',
  },
  busy: {
    status: 503,
    title: 'Too busy to answer in time',
    help: 'Try again after as many seconds as Retry-After says.',
  },
  stopping: {
    status: 503,
    title: 'This server is stopping',
    help: 'Send the request again; another server will take it.',
  },
})

export const authProblems = defineProblems('auth', {
  signInRequired: {
    status: 401,
    title: 'Please sign in',
    help: 'Sign in, or send an API key or a guest token.',
  },
  notAllowed: {
    status: 403,
    title: 'You may not do this',
    help: 'Your role or key lacks the permission that this route declares.',
  },
})
