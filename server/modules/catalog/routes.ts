import type { App } from '#platform/http'
import { eventRoutes } from './event-routes.ts'
import { ruleRoutes } from './rule-routes.ts'
import type { CatalogDeps } from './staff-access.ts'
import { ticketTypeRoutes } from './ticket-type-routes.ts'
import { venueRoutes } from './venue-routes.ts'

/** What staff do to the catalogue. */
export function catalogRoutes(app: App, deps: CatalogDeps): void {
  venueRoutes(app, deps)
  eventRoutes(app, deps)
  ticketTypeRoutes(app, deps)
  ruleRoutes(app, deps)
}
