import { shop } from '@tessera/api-client'
import { redirect, type LoaderFunctionArgs } from 'react-router'
import { addresses } from './addresses.ts'
import { takeFirstEvent, takeFirstOrganiser } from './first-data.ts'

/** The organisers with a shop here; where there is one only, on to its page. */
export async function loadHome() {
  const { items } = await shop.organisers()
  const [first, second] = items
  return first && !second ? redirect(addresses.organiser(first.slug), { status: 302 }) : { items }
}

/** An organiser and their events; refused with request.not-found. */
export async function loadOrganiser({ params }: LoaderFunctionArgs) {
  const slug = params['organiser'] ?? ''
  return takeFirstOrganiser(slug) ?? (await shop.organiser(slug))
}

/** An event with its tickets; refused with request.not-found. */
export async function loadEvent({ params }: LoaderFunctionArgs) {
  const [organiser, slug] = [params['organiser'] ?? '', params['event'] ?? '']
  return takeFirstEvent(organiser, slug) ?? (await shop.event(organiser, slug))
}
