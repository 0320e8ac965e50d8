import { shop } from '@tessera/api-client'
import type { LoaderFunctionArgs } from 'react-router'
import { takeFirstEvent, takeFirstOrganiser } from './first-data.ts'

/** The organisers with a shop here. */
export const loadHome = () => shop.organisers()

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
