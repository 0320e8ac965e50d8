import type { Messages } from '#platform/messages'
import type { Platform } from '#platform/platform'
import type { AvailabilitySource } from './availability.ts'
import { createEventCache, type EventCache } from './event-cache.ts'
import { createLiveEvents, type LiveEvents } from './live-events.ts'
import {
  createLiveStreams,
  ordinaryStreams,
  type LiveStreams,
  type LiveStreamsOptions,
} from './live-stream.ts'
import { createOrganisers, type Organisers } from './organisers.ts'
import { createPageRenderer, type PageRenderer } from './render-page.ts'
import { createSitemap, type Sitemap } from './sitemap.ts'

export interface ShopDeps extends Pick<Platform, 'db' | 'clock' | 'publicUrl' | 'testMode'> {
  messages: Messages
  availability: AvailabilitySource
  streams?: LiveStreamsOptions
}

/** What the public sees, made of memory that is at most a moment old. */
export interface Shop extends PageRenderer, Pick<EventCache, 'eventForSale'> {
  readonly cache: EventCache
  readonly events: LiveEvents
  readonly organisers: Organisers
  readonly streams: LiveStreams
  readonly sitemap: Sitemap
  close(): void
}

export function createShop(deps: ShopDeps): Shop {
  const cache = createEventCache(deps)
  const events = createLiveEvents({ ...deps, cache })
  const organisers = createOrganisers({ ...deps, cache, events })
  const streams = createLiveStreams(events, deps.availability, deps.streams ?? ordinaryStreams)
  return {
    cache,
    events,
    organisers,
    streams,
    sitemap: createSitemap(deps),
    ...createPageRenderer({ ...deps, events, organisers }),
    eventForSale: (eventId) => cache.eventForSale(eventId),
    close() {
      streams.close()
      cache.close()
    },
  }
}
