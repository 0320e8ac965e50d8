import { page, pageOf, within } from '../lists.ts'
import { choice, mergeMetadata, metadata, paging, record, text, timeRange } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import { checkCreate, createSession, createShape } from './session-create.ts'
import { existingSession, expireSession } from './session-life.ts'

export const checkoutSessionRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/v1/checkout/sessions',
    returns: 'checkout.session',
    params: createShape,
    check: checkCreate,
    run: createSession,
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions',
    returns: listOf('checkout.session'),
    params: {
      ...paging,
      created: timeRange(),
      customer: text(),
      customer_details: record({ email: text() }),
      payment_intent: text(),
      status: choice('open', 'complete', 'expired'),
    },
    run: (world, params) =>
      page(world.store.sessions, params, {
        url: '/v1/checkout/sessions',
        resource: 'checkout.session',
        from:
          params.payment_intent !== undefined
            ? ['payment_intent', params.payment_intent]
            : params.customer !== undefined
              ? ['customer', params.customer]
              : undefined,
        keep: (row) =>
          within(params.created, row.created) &&
          (params.status === undefined || row.status === params.status) &&
          (params.customer_details?.email === undefined ||
            row.customer_details?.email === params.customer_details.email),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    returns: 'checkout.session',
    params: {},
    run: (world, _params, { id = '' }) => existingSession(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/checkout/sessions/:id',
    returns: 'checkout.session',
    params: { metadata: metadata() },
    run(world, params, { id = '' }) {
      const session = existingSession(world, id)
      session.metadata = mergeMetadata(session.metadata, params.metadata)
      return session
    },
  }),
  route({
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    returns: 'checkout.session',
    params: {},
    run: (world, _params, { id = '' }) => expireSession(world, id),
  }),
  route({
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    returns: listOf('item'),
    params: paging,
    run(world, params, { id = '' }) {
      existingSession(world, id)
      const items = world.store.sessionWork.get(id)?.lineItems ?? []
      return pageOf(items, params, {
        url: `/v1/checkout/sessions/${id}/line_items`,
        resource: 'line_item',
      })
    },
  }),
]
