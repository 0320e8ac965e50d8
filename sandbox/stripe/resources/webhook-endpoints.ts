import type Stripe from 'stripe'
import { invalidRequest, noSuch } from '../errors.ts'
import { page } from '../lists.ts'
import { absent, flag, list, mergeMetadata, metadata, paging, required, text } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { EndpointRecord } from '../store.ts'
import type { World } from '../world.ts'

/** The provider's limit for one account. */
const mostEndpoints = 16

export interface NewEndpoint {
  url: string
  secret?: string | undefined
  enabledEvents?: string[] | undefined
  description?: string | null | undefined
  metadata?: Record<string, string> | undefined
  configured: boolean
}

/** Adds an endpoint that is told of events from now on. */
export function createEndpoint(world: World, wanted: NewEndpoint): EndpointRecord {
  if (!/^https?:\/\/./.test(wanted.url) || !URL.canParse(wanted.url)) {
    throw invalidRequest('Invalid URL: An explicit scheme (such as https) must be provided.', {
      code: 'url_invalid',
      param: 'url',
    })
  }
  if (world.store.endpoints.size >= mostEndpoints) {
    throw invalidRequest(`You have reached the maximum of ${mostEndpoints} test webhook endpoints.`)
  }
  const id = world.id('we_')
  const endpoint: EndpointRecord = {
    id,
    wire: {
      id,
      object: 'webhook_endpoint',
      api_version: null,
      application: null,
      created: world.clock.seconds(),
      description: wanted.description ?? null,
      enabled_events: wanted.enabledEvents ?? ['*'],
      livemode: false,
      metadata: { ...wanted.metadata },
      status: 'enabled',
      url: wanted.url,
    },
    secret: wanted.secret ?? world.id('whsec_'),
    formerSecret: null,
    configured: wanted.configured,
  }
  world.store.endpoints.insert(endpoint)
  return endpoint
}

/** The one endpoint that the sandbox's own control sets: replaces the address and secret of the one before. */
export function setConfiguredEndpoint(
  world: World,
  webhook: { url: string; secret: string; events?: string[] | undefined },
): EndpointRecord {
  const present = world.store.endpoints.all().find((endpoint) => endpoint.configured)
  if (!present) {
    const { url, secret, events } = webhook
    return createEndpoint(world, { url, secret, enabledEvents: events, configured: true })
  }
  present.wire.url = webhook.url
  present.wire.status = 'enabled'
  present.wire.enabled_events = webhook.events ?? ['*']
  present.secret = webhook.secret
  present.formerSecret = null
  return present
}

/** Gives an endpoint a new secret; the old one goes on signing beside it for a while, at most a day. */
export function rollSecret(world: World, id: string, overlapMs: number, secret?: string): EndpointRecord {
  const endpoint = existing(world, id)
  const longest = 24 * 60 * 60 * 1000
  endpoint.formerSecret = {
    secret: endpoint.secret,
    until: world.clock.now() + Math.min(Math.max(0, overlapMs), longest),
  }
  endpoint.secret = secret ?? world.id('whsec_')
  return endpoint
}

function existing(world: World, id: string): EndpointRecord {
  const endpoint = world.store.endpoints.get(id)
  if (!endpoint) throw noSuch('webhook endpoint', id)
  return endpoint
}

export const webhookEndpointRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/v1/webhook_endpoints',
    returns: 'webhook_endpoint',
    params: {
      url: required(text()),
      enabled_events: required(list(text())),
      description: text({ emptyable: true }),
      metadata: metadata(),
      api_version: absent(),
      connect: absent(),
    },
    run(world, params) {
      const endpoint = createEndpoint(world, {
        url: params.url,
        enabledEvents: params.enabled_events,
        description: params.description,
        metadata: mergeMetadata(null, params.metadata),
        configured: false,
      })
      // The secret is shown this once.
      return { ...endpoint.wire, secret: endpoint.secret }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/webhook_endpoints',
    returns: listOf('webhook_endpoint'),
    params: paging,
    run(world, params) {
      const found = page(world.store.endpoints, params, {
        url: '/v1/webhook_endpoints',
        resource: 'webhook endpoint',
      })
      return { ...found, data: found.data.map((endpoint): Stripe.WebhookEndpoint => endpoint.wire) }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/webhook_endpoints/:id',
    returns: 'webhook_endpoint',
    params: {},
    run: (world, _params, { id = '' }) => existing(world, id).wire,
  }),
  route({
    method: 'POST',
    path: '/v1/webhook_endpoints/:id',
    returns: 'webhook_endpoint',
    params: {
      url: text(),
      enabled_events: list(text()),
      description: text({ emptyable: true }),
      metadata: metadata(),
      disabled: flag(),
    },
    run(world, params, { id = '' }) {
      const { wire } = existing(world, id)
      if (params.url !== undefined) wire.url = params.url
      if (params.enabled_events !== undefined) wire.enabled_events = params.enabled_events
      if (params.description !== undefined)
        wire.description = params.description === '' ? null : params.description
      if (params.metadata !== undefined) wire.metadata = mergeMetadata(wire.metadata, params.metadata)
      if (params.disabled !== undefined) wire.status = params.disabled ? 'disabled' : 'enabled'
      return wire
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    returns: 'webhook_endpoint',
    params: {},
    run(world, _params, { id = '' }) {
      existing(world, id)
      world.store.endpoints.remove(id)
      return { id, object: 'webhook_endpoint', deleted: true }
    },
  }),
]
