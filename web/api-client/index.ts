import createClient from 'openapi-fetch'
import type { paths } from './generated.ts'
import { problemFrom, unreachable } from './problem.ts'

export { Problem } from './problem.ts'
export type { FieldError } from './problem.ts'
export { newId } from './ids.ts'
export { watchAvailability } from './live.ts'
export type { AvailabilityMessage } from './live.ts'
export type * from './types.ts'

// Every relative address is resolved by the page's own origin: the apps are served by the server they speak to.
const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })

type Answer<T> = { data?: T; error?: unknown; response: Response }

async function take<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await request
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw unreachable()
  }
  if (!answer.response.ok) throw problemFrom(answer.error, answer.response)
  return answer.data as T
}

// The document describes files as text; asked for as a blob, that is what arrives.
const takeFile = (request: Promise<Answer<unknown>>) => take(request) as Promise<Blob>

const guest = (token: string) => ({ 'tessera-guest': token })
const browser = (key: string) => ({ 'tessera-browser': key })

/** What fans may ask of the server. Every call throws a `Problem` when it is refused or gets no answer. */
export const shop = {
  organisers: () => take(client.GET('/v1/organisers')),
  organiser: (slug: string) => take(client.GET('/v1/organisers/{slug}', { params: { path: { slug } } })),
  event: (slug: string, eventSlug: string) =>
    take(client.GET('/v1/organisers/{slug}/events/{eventSlug}', { params: { path: { slug, eventSlug } } })),
  quote: (eventId: string, lines: Line[]) =>
    take(client.POST('/v1/events/{eventId}/quote', { params: { path: { eventId } }, body: { lines } })),
  /** Sets places aside. `id` is the idempotency key: the same id with the same lines is the same hold. */
  placeHold: (eventId: string, body: { id: string; browserKey: string; lines: Line[] }) =>
    take(client.POST('/v1/events/{eventId}/holds', { params: { path: { eventId } }, body })),
  hold: (eventId: string, holdId: string, key: string) =>
    take(
      client.GET('/v1/events/{eventId}/holds/{holdId}', {
        params: { path: { eventId, holdId }, header: browser(key) },
      }),
    ),
  releaseHold: (eventId: string, holdId: string, key: string) =>
    take(
      client.DELETE('/v1/events/{eventId}/holds/{holdId}', {
        params: { path: { eventId, holdId }, header: browser(key) },
      }),
    ),
  placeOrder: (eventId: string, key: string, body: PlaceOrderBody) =>
    take(
      client.POST('/v1/events/{eventId}/orders', {
        params: { path: { eventId }, header: browser(key) },
        body,
      }),
    ),
  order: (orderId: string, token: string) =>
    take(client.GET('/v1/orders/{orderId}', { params: { path: { orderId }, header: guest(token) } })),
  startPayment: (orderId: string, token: string) =>
    take(
      client.POST('/v1/orders/{orderId}/payment', { params: { path: { orderId }, header: guest(token) } }),
    ),
  /** Makes the server ask the payment provider now how the payment stands. */
  checkPayment: (orderId: string, token: string) =>
    take(
      client.POST('/v1/orders/{orderId}/payment/check', {
        params: { path: { orderId }, header: guest(token) },
      }),
    ),
  cancelOrder: (orderId: string, token: string) =>
    take(client.POST('/v1/orders/{orderId}/cancel', { params: { path: { orderId }, header: guest(token) } })),
  resendTickets: (orderId: string, token: string) =>
    take(client.POST('/v1/orders/{orderId}/resend', { params: { path: { orderId }, header: guest(token) } })),
  ticketsPdf: (orderId: string, token: string) =>
    takeFile(
      client.GET('/v1/orders/{orderId}/tickets.pdf', {
        params: { path: { orderId }, header: guest(token) },
        parseAs: 'blob',
      }),
    ),
  calendarFile: (orderId: string, token: string) =>
    takeFile(
      client.GET('/v1/orders/{orderId}/calendar.ics', {
        params: { path: { orderId }, header: guest(token) },
        parseAs: 'blob',
      }),
    ),
  requestOrderLinks: (email: string) => take(client.POST('/v1/order-links', { body: { email } })),
}

/** What door staff may ask of the server; the session travels in a cookie. */
export const door = {
  me: () => take(client.GET('/v1/me')),
  /** The organisation's published events, all of them. */
  events: async (orgId: string) => {
    const events: EventPageOfList['items'] = []
    let cursor: string | null = null
    do {
      const query: EventQuery = { limit: 100, state: 'published', ...(cursor ? { cursor } : {}) }
      const page: EventPageOfList = await take(
        client.GET('/v1/organisations/{orgId}/events', { params: { path: { orgId }, query } }),
      )
      events.push(...page.items)
      cursor = page.nextCursor
    } while (cursor)
    return events
  },
  scan: (orgId: string, eventId: string, body: ScanBody, signal?: AbortSignal) =>
    take(
      client.POST('/v1/organisations/{orgId}/events/{eventId}/scans', {
        params: { path: { orgId, eventId } },
        body,
        signal: signal ?? null,
      }),
    ),
  previewScan: (
    orgId: string,
    eventId: string,
    body: { code: string; gate?: string },
    signal?: AbortSignal,
  ) =>
    take(
      client.POST('/v1/organisations/{orgId}/events/{eventId}/scans/preview', {
        params: { path: { orgId, eventId } },
        body,
        signal: signal ?? null,
      }),
    ),
  counts: (orgId: string, eventId: string) =>
    take(
      client.GET('/v1/organisations/{orgId}/events/{eventId}/admission-counts', {
        params: { path: { orgId, eventId } },
      }),
    ),
  signIn: (email: string, password: string) =>
    take(client.POST('/v1/auth/sign-in/email', { body: { email, password } })),
  signOut: () => take(client.POST('/v1/auth/sign-out')),
}

type Line = { ticketTypeId: string; quantity: number }
type PlaceOrderBody =
  paths['/v1/events/{eventId}/orders']['post']['requestBody']['content']['application/json']
type ScanBody =
  paths['/v1/organisations/{orgId}/events/{eventId}/scans']['post']['requestBody']['content']['application/json']
type EventQuery = NonNullable<paths['/v1/organisations/{orgId}/events']['get']['parameters']['query']>
type EventPageOfList =
  paths['/v1/organisations/{orgId}/events']['get']['responses'][200]['content']['application/json']
