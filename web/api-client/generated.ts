/**
 * The types of the HTTP interface. This file is written by `npm run generate` from /openapi.json.
 */
type Json<T> = { headers: Record<string, unknown>; content: { 'application/json': T } }
type File<T extends string> = { headers: Record<string, unknown>; content: { [K in T]: string } }
type Empty = { headers: Record<string, unknown>; content?: never }
type ProblemAnswer = {
  headers: Record<string, unknown>
  content: { 'application/problem+json': components['schemas']['Problem'] }
}
type NoParams = { query?: never; header?: never; path?: never; cookie?: never }
type Guest = { 'Tessera-Guest': string }
type Browser = { 'Tessera-Browser': string }
type Responses<R> = R & { default: ProblemAnswer }
type Operation<P, B, R> = B extends undefined
  ? { parameters: P; requestBody?: never; responses: Responses<R> }
  : { parameters: P; requestBody: B; responses: Responses<R> }
type PathOnly<P> = { query?: never; header?: never; path: P; cookie?: never }
type PathAndHeader<P, H> = { query?: never; header: H; path: P; cookie?: never }
type Body<T> = { content: { 'application/json': T } }
type S = components['schemas']

export interface paths {
  '/v1/organisers': {
    parameters: NoParams
    get: Operation<NoParams, undefined, { 200: Json<{ items: S['OrganiserSummary'][] }> }>
  }
  '/v1/organisers/{slug}': {
    parameters: PathOnly<{ slug: string }>
    get: Operation<PathOnly<{ slug: string }>, undefined, { 200: Json<S['OrganiserPage']> }>
  }
  '/v1/organisers/{slug}/events/{eventSlug}': {
    parameters: PathOnly<{ slug: string; eventSlug: string }>
    get: Operation<PathOnly<{ slug: string; eventSlug: string }>, undefined, { 200: Json<S['EventPage']> }>
  }
  '/v1/events/{eventId}/quote': {
    parameters: PathOnly<{ eventId: string }>
    post: Operation<
      PathOnly<{ eventId: string }>,
      Body<{ lines: S['BasketLine'][] }>,
      { 200: Json<S['Quote']> }
    >
  }
  '/v1/events/{eventId}/holds': {
    parameters: PathOnly<{ eventId: string }>
    post: Operation<
      PathOnly<{ eventId: string }>,
      Body<{ id: string; browserKey: string; lines: S['BasketLine'][] }>,
      { 200: Json<S['Hold']>; 201: Json<S['Hold']> }
    >
  }
  '/v1/events/{eventId}/holds/{holdId}': {
    parameters: PathAndHeader<{ eventId: string; holdId: string }, Browser>
    get: Operation<
      PathAndHeader<{ eventId: string; holdId: string }, Browser>,
      undefined,
      { 200: Json<S['Hold']> }
    >
    delete: Operation<PathAndHeader<{ eventId: string; holdId: string }, Browser>, undefined, { 204: Empty }>
  }
  '/v1/events/{eventId}/orders': {
    parameters: PathAndHeader<{ eventId: string }, Browser>
    post: Operation<
      PathAndHeader<{ eventId: string }, Browser>,
      Body<S['PlaceOrder']>,
      { 200: Json<S['OrderWithToken']>; 201: Json<S['OrderWithToken']> }
    >
  }
  '/v1/orders/{orderId}': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    get: Operation<PathAndHeader<{ orderId: string }, Guest>, undefined, { 200: Json<S['Order']> }>
  }
  '/v1/orders/{orderId}/payment': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    post: Operation<PathAndHeader<{ orderId: string }, Guest>, undefined, { 200: Json<S['Order']> }>
  }
  '/v1/orders/{orderId}/payment/check': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    post: Operation<PathAndHeader<{ orderId: string }, Guest>, undefined, { 200: Json<S['Order']> }>
  }
  '/v1/orders/{orderId}/cancel': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    post: Operation<PathAndHeader<{ orderId: string }, Guest>, undefined, { 200: Json<S['Order']> }>
  }
  '/v1/orders/{orderId}/resend': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    post: Operation<
      PathAndHeader<{ orderId: string }, Guest>,
      undefined,
      { 202: Json<Record<string, never>> }
    >
  }
  '/v1/orders/{orderId}/tickets.pdf': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    get: Operation<
      PathAndHeader<{ orderId: string }, Guest>,
      undefined,
      { 200: File<'application/pdf'> }
    >
  }
  '/v1/orders/{orderId}/calendar.ics': {
    parameters: PathAndHeader<{ orderId: string }, Guest>
    get: Operation<PathAndHeader<{ orderId: string }, Guest>, undefined, { 200: File<'text/calendar'> }>
  }
  '/v1/order-links': {
    parameters: NoParams
    post: Operation<NoParams, Body<{ email: string }>, { 202: Json<Record<string, never>> }>
  }
  '/v1/me': {
    parameters: NoParams
    get: Operation<NoParams, undefined, { 200: Json<S['Me']> }>
  }
  '/v1/organisations/{orgId}/events': {
    parameters: PathOnly<{ orgId: string }>
    get: Operation<
      { query?: { cursor?: string; limit?: number }; header?: never; path: { orgId: string }; cookie?: never },
      undefined,
      { 200: Json<{ items: S['EventStaff'][]; nextCursor: string | null }> }
    >
  }
  '/v1/organisations/{orgId}/events/{eventId}/scans': {
    parameters: PathOnly<{ orgId: string; eventId: string }>
    post: Operation<
      PathOnly<{ orgId: string; eventId: string }>,
      Body<{ id: string; code: string; gate?: string; scannedAt?: string }>,
      { 200: Json<S['ScanAnswer']> }
    >
  }
  '/v1/organisations/{orgId}/events/{eventId}/scans/preview': {
    parameters: PathOnly<{ orgId: string; eventId: string }>
    post: Operation<
      PathOnly<{ orgId: string; eventId: string }>,
      Body<{ code: string; gate?: string }>,
      { 200: Json<S['ScanAnswer']> }
    >
  }
  '/v1/organisations/{orgId}/events/{eventId}/admission-counts': {
    parameters: PathOnly<{ orgId: string; eventId: string }>
    get: Operation<
      PathOnly<{ orgId: string; eventId: string }>,
      undefined,
      { 200: Json<S['AdmissionCounts']> }
    >
  }
}

export interface components {
  schemas: {
    Problem: {
      type: string
      code: string
      title: string
      status: number
      detail?: string
      instance?: string
      errors?: { field: string; message: string }[]
    }
    Money: { amount: number; currency: string }
    Availability: { band: 'many' | 'few' | 'last' | 'none'; left: number | null }
    OrganiserSummary: { id: string; slug: string; name: string; about: string; accentColor: string | null }
    OrganiserPage: {
      id: string
      slug: string
      name: string
      about: string
      accentColor: string | null
      websiteUrl: string | null
      locale: 'en' | 'de'
      testMode: boolean
      events: {
        id: string
        slug: string
        name: string
        summary: string
        imageUrl: string | null
        startsAt: string
        endsAt: string
        doorsAt: string | null
        timeZone: string
        state: 'published' | 'cancelled'
        venue: { name: string; city: string; country: string } | null
        priceFrom: S['Money'] | null
        availability: { band: 'many' | 'few' | 'last' | 'none' }
      }[]
    }
    Venue: {
      name: string
      addressLines: string[]
      city: string
      postalCode: string | null
      country: string
      latitude: number | null
      longitude: number | null
    }
    TicketType: {
      id: string
      name: string
      description: string
      kind: 'paid' | 'free'
      price: S['Money']
      breakdown: { face: S['Money']; fees: S['Money']; tax: S['Money']; taxIncluded: boolean }
      saleState: 'not_yet' | 'on_sale' | 'ended' | 'sold_out'
      saleStartsAt: string | null
      saleEndsAt: string | null
      minPerOrder: number
      maxPerOrder: number
      availability: S['Availability']
    }
    EventPage: {
      id: string
      slug: string
      name: string
      summary: string
      description: string
      imageUrl: string | null
      state: 'published' | 'cancelled'
      timeZone: string
      doorsAt: string | null
      startsAt: string
      endsAt: string
      currency: string
      testMode: boolean
      organiser: {
        id: string
        slug: string
        name: string
        accentColor: string | null
        about: string
        websiteUrl: string | null
      }
      venue: S['Venue'] | null
      ticketTypes: S['TicketType'][]
      priceFrom: S['Money'] | null
      terms: { version: number; text: string }
      refundPolicy: {
        version: number
        kind: 'none' | 'until' | 'always'
        until: string | null
        keepsFees: boolean
        text: string
      }
    }
    BasketLine: { ticketTypeId: string; quantity: number }
    QuotePart: { kind: 'face' | 'fee' | 'tax'; label: string; amount: S['Money']; included: boolean }
    QuoteLine: {
      ticketTypeId: string
      name: string
      quantity: number
      unitPrice: S['Money']
      total: S['Money']
      parts: S['QuotePart'][]
    }
    Quote: {
      currency: string
      lines: S['QuoteLine'][]
      subtotal: S['Money']
      fees: S['Money']
      tax: S['Money']
      total: S['Money']
    }
    Hold: {
      id: string
      state: 'active' | 'paying' | 'converted' | 'released' | 'expired'
      expiresAt: string | null
      serverTime: string
      lines: S['BasketLine'][]
    }
    PlaceOrder: {
      holdId: string
      buyer: { name: string; email: string }
      accept: { termsVersion: number; refundPolicyVersion: number }
      expectedTotal: S['Money']
      locale: 'en' | 'de'
    }
    Order: {
      id: string
      number: string
      state:
        | 'pending'
        | 'awaiting_session'
        | 'awaiting_payment'
        | 'awaiting_funds'
        | 'paid'
        | 'cancelled'
        | 'expired'
        | 'partially_refunded'
        | 'refunded'
      allowedActions: string[]
      createdAt: string
      paidAt: string | null
      event: {
        id: string
        slug: string
        name: string
        startsAt: string
        doorsAt: string | null
        endsAt: string
        timeZone: string
        imageUrl: string | null
        venue: S['Venue'] | null
        organiser: { slug: string; name: string; accentColor: string | null }
        state: 'published' | 'cancelled'
      }
      buyer: { name: string; email: string }
      currency: string
      lines: S['QuoteLine'][]
      subtotal: S['Money']
      fees: S['Money']
      tax: S['Money']
      total: S['Money']
      payment: {
        state: 'created' | 'waiting' | 'open' | 'processing' | 'succeeded' | 'failed' | 'expired' | 'returned'
        url: string | null
        expiresAt: string | null
        position: number | null
        serverTime: string
      } | null
      notice: {
        code: 'payment-returned' | 'payment-declined' | 'bank-still-confirming' | 'hold-ended'
        text?: string
      } | null
      tickets: {
        id: string
        serial: number
        ticketTypeName: string
        holderName: string
        state: 'valid' | 'void' | 'refunded'
        code: string
        admits: number
        admitted: number
      }[]
    }
    OrderWithToken: S['Order'] & { guestToken: string }
    Me: {
      person: { id: string; name: string; email: string; operator: boolean }
      memberships: {
        organisation: { id: string; slug: string; name: string }
        role: 'owner' | 'manager' | 'finance' | 'box_office' | 'door'
        permissions: string[]
      }[]
    }
    EventStaff: {
      id: string
      slug: string
      name: string
      startsAt: string
      endsAt: string
      doorsAt: string | null
      timeZone: string
      state: string
    }
    ScanAnswer: {
      verdict: 'admitted' | 'refused'
      reason:
        | null
        | 'already_admitted'
        | 'wrong_event'
        | 'not_yet_valid'
        | 'expired'
        | 'void'
        | 'refunded'
        | 'transferred'
        | 'wrong_gate'
        | 'unknown_code'
        | 'bad_signature'
      message: string
      ticket: {
        id: string
        serial: number
        ticketTypeName: string
        holderName: string
        admits: number
        admitted: number
        remaining: number
      } | null
      previous: { at: string; gate: string | null } | null
      counts: { admitted: number; expected: number }
    }
    AdmissionCounts: {
      admitted: number
      expected: number
      byTicketType: { ticketTypeId: string; name: string; admitted: number; expected: number }[]
      byGate: { gate: string | null; admitted: number }[]
    }
  }
}
