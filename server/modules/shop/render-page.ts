import type { EventPage, OrganiserPage } from './answers.ts'
import type { LiveEvents, Printed } from './live-events.ts'
import type { Organisers } from './organisers.ts'
import { structuredEvent } from './structured-data.ts'

/** What the server puts into a page of the storefront before its script runs. */
export interface RenderedPage {
  status: 200 | 404
  /** Title, description, Open Graph, JSON-LD; safe to stand in the head of an HTML page. */
  head: string
  /** JSON, with every `<` escaped, for a script element. */
  firstData: string
}

export interface PageRenderer {
  /** For a path without its query; never refuses: what does not exist is a page with the status 404. */
  renderPage(path: string): Promise<RenderedPage>
}

export interface PageRendererDeps {
  events: LiveEvents
  organisers: Organisers
  publicUrl: string
  testMode: boolean
}

interface Head {
  title: string
  description?: string
  /** The page's one true address. */
  canonical?: string
  image?: string | null
  type?: 'website' | 'profile'
  /** Pages of one person's own, which no search engine should keep. */
  hidden?: boolean
  structured?: Record<string, unknown>
}

const siteName = 'Tessera'
/** Pages without content of their own at first. They belong to somebody, so nobody should find them by searching. */
const privatePages = /^\/(?:orders\/[^/]+(?:\/.*)?|find-order)$/

export function createPageRenderer({
  events,
  organisers,
  publicUrl,
  testMode,
}: PageRendererDeps): PageRenderer {
  const config = { testMode }
  // An answer that did not change is not put into a page twice; the answer itself is the key, so nothing piles up.
  const rendered = new WeakMap<Printed<unknown>, RenderedPage>()
  const once = <Content>(
    answer: Printed<Content>,
    render: (content: Content) => RenderedPage,
  ): RenderedPage => {
    const known = rendered.get(answer)
    if (known) return known
    const page = render(answer.content)
    rendered.set(answer, page)
    return page
  }
  const empty = (status: RenderedPage['status'], head: Head): RenderedPage => ({
    status,
    head: headOf(head),
    firstData: safeJson({ kind: 'none', config }),
  })
  const missing = () => empty(404, { title: `Not found · ${siteName}`, hidden: true })

  async function organiserPage(slug: string): Promise<RenderedPage> {
    const answer = await organisers.page(slug)
    if (!answer) return missing()
    return once(answer, (organiser) => ({
      status: 200,
      head: headOf(organiserHead(organiser, publicUrl)),
      firstData: safeJson({ kind: 'organiser', organiser, config }),
    }))
  }

  async function eventPage(organiserSlug: string, slug: string): Promise<RenderedPage> {
    const eventId = await organisers.eventIdAt(organiserSlug, slug)
    const live = eventId && (await events.read(eventId))
    if (!live) return missing()
    return once(live.page, (event) => ({
      status: 200,
      head: headOf(eventHead(event, publicUrl)),
      firstData: safeJson({ kind: 'event', event, config }),
    }))
  }

  return {
    async renderPage(path) {
      const segments = segmentsOf(path)
      if (!segments) return missing()
      if (segments.length === 0)
        return empty(200, { title: siteName, canonical: `${publicUrl}/`, type: 'website' })
      if (privatePages.test(`/${segments.join('/')}`)) return empty(200, { title: siteName, hidden: true })
      const [organiser = '', event = '', last] = segments
      if (segments.length === 1) return organiserPage(organiser)
      if (segments.length === 2 || (segments.length === 3 && last === 'checkout'))
        return eventPage(organiser, event)
      return missing()
    },
  }
}

/** Undefined for what no page of ours is called. */
function segmentsOf(path: string): string[] | undefined {
  const segments = path.split('/').filter((segment) => segment !== '')
  return segments.every((segment) => /^[\w.~-]{1,100}$/.test(segment)) ? segments : undefined
}

function organiserHead(organiser: OrganiserPage, publicUrl: string): Head {
  return {
    title: organiser.name,
    description: firstWords(organiser.about),
    canonical: `${publicUrl}/${organiser.slug}`,
    image: organiser.events.find((event) => event.imageUrl !== null)?.imageUrl ?? null,
    type: 'profile',
  }
}

function eventHead(event: EventPage, publicUrl: string): Head {
  const url = `${publicUrl}/${event.organiser.slug}/${event.slug}`
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: event.timeZone }).format(
    new Date(event.startsAt),
  )
  const where = event.venue ? `, ${event.venue.name}, ${event.venue.city}` : ''
  const cancelled = event.state === 'cancelled' ? 'Cancelled: ' : ''
  return {
    title: `${cancelled}${event.name} · ${event.organiser.name}`,
    description: firstWords(`${cancelled}${day}${where}. ${event.summary || event.description}`),
    canonical: url,
    image: event.imageUrl,
    type: 'website',
    structured: structuredEvent(event, url),
  }
}

/** About as much as search engines and messengers show, cut between two words. */
function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line.length <= 200) return line
  const cut = line.slice(0, 199).toWellFormed().replaceAll('\uFFFD', '')
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 100))}…`
}

function headOf(head: Head): string {
  const meta = (kind: 'name' | 'property', name: string, content: string | null | undefined) =>
    content ? [`<meta ${kind}="${name}" content="${safeText(content)}">`] : []
  return [
    `<title>${safeText(head.title)}</title>`,
    ...meta('name', 'description', head.description),
    ...(head.hidden ? meta('name', 'robots', 'noindex') : []),
    ...(head.canonical ? [`<link rel="canonical" href="${safeText(head.canonical)}">`] : []),
    ...(head.canonical
      ? [
          ...meta('property', 'og:site_name', siteName),
          ...meta('property', 'og:type', head.type),
          ...meta('property', 'og:title', head.title),
          ...meta('property', 'og:description', head.description),
          ...meta('property', 'og:url', head.canonical),
          ...meta('property', 'og:image', head.image),
          ...meta('name', 'twitter:card', head.image ? 'summary_large_image' : 'summary'),
        ]
      : []),
    ...(head.structured ? [`<script type="application/ld+json">${safeJson(head.structured)}</script>`] : []),
  ].join('\n')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function safeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Inside a script element only `<` could end it or begin a comment; the two separators end lines in old JavaScript. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}
