import type { EventPage, OrganiserPage } from '@tessera/api-client'

type FirstData = {
  kind: 'organiser' | 'event' | 'none'
  organiser?: OrganiserPage
  event?: EventPage
  config: { testMode: boolean }
}

let firstData: FirstData | null = read()

/** Whether this installation runs on test payments, as the server said with the page. */
export const platformTestMode: boolean = firstData?.config.testMode ?? false

/**
 * The organiser that came with the HTML, once and only if it is the one asked for. It is given out only
 * once, because by a later visit to the same page it may be out of date.
 */
export function takeFirstOrganiser(slug: string): OrganiserPage | null {
  const organiser = firstData?.kind === 'organiser' ? firstData.organiser : undefined
  firstData = null
  return organiser?.slug === slug ? organiser : null
}

/** The event that came with the HTML; the same rules as for `takeFirstOrganiser`. */
export function takeFirstEvent(organiserSlug: string, slug: string): EventPage | null {
  const event = firstData?.kind === 'event' ? firstData.event : undefined
  firstData = null
  return event?.slug === slug && event.organiser.slug === organiserSlug ? event : null
}

/** The accent colour that the first page will have, so that nothing is painted in another one before. */
export function firstAccent(): string | null {
  return firstData?.organiser?.accentColor ?? firstData?.event?.organiser.accentColor ?? null
}

function read(): FirstData | null {
  const text = document.getElementById('first-data')?.textContent
  if (!text) return null
  try {
    return JSON.parse(text) as FirstData
  } catch {
    return null
  }
}
