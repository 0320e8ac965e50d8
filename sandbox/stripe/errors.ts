/** The `error` object of an answer. Keys that are undefined do not appear on the wire. */
export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'
  message: string
  code?: string | undefined
  decline_code?: string | undefined
  param?: string | undefined
  charge?: string | undefined
  payment_intent?: object | undefined
  payment_method?: object | undefined
  advice_code?: string | undefined
  network_decline_code?: string | undefined
}

/** An answer that is an error, with the provider's status, type, code and words. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ErrorBody
  readonly headers: Record<string, string>

  constructor(status: number, body: ErrorBody, headers: Record<string, string> = {}) {
    super(body.message)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** A 400 about the request. */
export function invalidRequest(
  message: string,
  extra: { code?: string; param?: string; payment_intent?: object; charge?: string } = {},
): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...extra })
}

/** A 404 about an id in the address. The provider's `param` is `intent` for payment intents and `id` elsewhere. */
export function noSuch(resource: string, id: string, param = 'id'): ApiError {
  return new ApiError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${resource}: '${id}'`,
    param,
  })
}

/** A 400 about an id in the parameters. */
export function noSuchReference(resource: string, id: string, param: string): ApiError {
  return invalidRequest(`No such ${resource}: '${id}'`, { code: 'resource_missing', param })
}

/** Something that the provider can do and this sandbox cannot yet; it says so instead of pretending. */
export function notSimulated(param: string): ApiError {
  return invalidRequest(`The sandbox does not simulate '${param}' yet.`, {
    code: 'sandbox_not_simulated',
    param,
  })
}
