import type Stripe from 'stripe'
import { noSuch } from '../errors.ts'
import { page, within } from '../lists.ts'
import { choice, list, paging, text, timeRange } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { EventRecord } from '../store.ts'
import type { World } from '../world.ts'

/** The event as it travels: the data is spliced in as the text that it was when it happened. */
export function eventBody(world: World, event: EventRecord): string {
  const head = JSON.stringify({
    id: event.id,
    object: 'event',
    api_version: world.settings.apiVersion,
    created: event.created,
  })
  const tail = JSON.stringify({
    livemode: false,
    pending_webhooks: event.pendingWebhooks,
    request: event.request,
    type: event.type,
  })
  return `${head.slice(0, -1)},"data":${event.data},${tail.slice(1)}`
}

/** The event as an object. */
export function eventObject(world: World, event: EventRecord): Stripe.Event {
  return JSON.parse(eventBody(world, event)) as Stripe.Event
}

function typeMatches(event: EventRecord, wanted: string | undefined): boolean {
  if (wanted === undefined || event.type === wanted) return true
  return wanted.endsWith('.*') && event.type.startsWith(wanted.slice(0, -1))
}

export const eventRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/v1/events',
    returns: listOf('event'),
    params: {
      ...paging,
      created: timeRange(),
      type: text(),
      types: list(text()),
      delivery_success: choice('true', 'false'),
    },
    run(world, params) {
      const oldest = world.clock.seconds() - world.settings.eventRetentionMs / 1000
      const exact = params.type !== undefined && !params.type.includes('*') ? params.type : undefined
      const found = page(world.store.events, params, {
        url: '/v1/events',
        resource: 'event',
        from: exact === undefined ? undefined : ['type', exact],
        keep: (event) =>
          event.created >= oldest &&
          within(params.created, event.created) &&
          typeMatches(event, params.type) &&
          (params.types === undefined || params.types.includes(event.type)) &&
          (params.delivery_success === undefined ||
            (params.delivery_success === 'true') === (event.pendingWebhooks === 0)),
      })
      return { ...found, data: found.data.map((event) => eventObject(world, event)) }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events/:id',
    returns: 'event',
    params: {},
    run(world, _params, { id = '' }) {
      const event = world.store.events.get(id)
      const oldest = world.clock.seconds() - world.settings.eventRetentionMs / 1000
      if (!event || event.created < oldest) throw noSuch('event', id)
      return eventObject(world, event)
    },
  }),
]
