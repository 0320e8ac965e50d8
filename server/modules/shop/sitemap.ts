import { listPublicEvents } from '#modules/catalog'
import type { Clock } from '#platform/clock'
import type { Database } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { createMemory } from './memory.ts'
import { organisationsOf } from './organisers.ts'
import { safeText } from './render-page.ts'

export interface Sitemap {
  /** Every page that a search engine may show, as XML. */
  sitemap(): Promise<string>
  robots(): string
}

/** A sitemap may have 50,000 addresses; events that begin first are named first. */
const mostEvents = 40_000

export function createSitemap(deps: { db: Database; clock: Clock; publicUrl: string }): Sitemap {
  const maps = createMemory<'all', string>({
    read: () => drawMap(deps),
    now: () => deps.clock.now().getTime(),
    keepFor: 60_000,
    keepNothingFor: 60_000,
    most: 1,
  })
  return {
    sitemap: async () => (await maps.read('all')) ?? '',
    robots: () =>
      [
        'User-agent: *',
        'Disallow: /v1/',
        'Disallow: /orders/',
        'Disallow: /find-order',
        '',
        `Sitemap: ${deps.publicUrl}/sitemap.xml`,
        '',
      ].join('\n'),
  }
}

async function drawMap({
  db,
  clock,
  publicUrl,
}: {
  db: Database
  clock: Clock
  publicUrl: string
}): Promise<string> {
  const events = await listPublicEvents(db, clock.now(), mostEvents)
  const organisations = await organisationsOf(db, [...new Set(events.map((event) => event.orgId))])
  const slugOf = new Map<OrgId, string>(organisations.map((one) => [one.id, one.slug]))
  const lines = [
    `<url><loc>${safeText(publicUrl)}/</loc></url>`,
    ...organisations.map((one) => `<url><loc>${safeText(`${publicUrl}/${one.slug}`)}</loc></url>`),
    ...events.map((event) => {
      const address = safeText(`${publicUrl}/${slugOf.get(event.orgId) ?? ''}/${event.slug}`)
      return `<url><loc>${address}</loc><lastmod>${event.updatedAt.toISOString()}</lastmod></url>`
    }),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${lines.join('\n')}\n</urlset>\n`
}
