import { parseId } from '#platform/ids'
import { findOrganisationBySlug } from '#modules/identity'
import type { Tessera } from './app.ts'
import { fillDemoOrganisation } from './demo.ts'

/** Who can sign in to the demo. Only `npm start` makes them, which production refuses to be. */
export const demoPeople = {
  password: 'tessera-demo',
  owner: { name: 'Olga Owner', email: 'owner@demo.test' },
  door: { name: 'Dora Door', email: 'door@demo.test' },
}

const organiser = {
  slug: 'nachtlicht',
  name: 'Nachtlicht',
  currency: 'EUR',
  country: 'DE',
  about: 'Concerts and other nights in unlikely rooms.',
  accentColor: '#0f766e',
}

/** Fills an empty installation with an organisation, its people and a few events. Does nothing when it is there. */
export async function fillDemo(tessera: Tessera): Promise<{ organiserSlug: string }> {
  const { deps } = tessera
  if (await findOrganisationBySlug(deps.db, organiser.slug)) return { organiserSlug: organiser.slug }
  // The people do what people do: they sign up, and one of them makes the organisation and lets the other in.
  const owner = await signUp(tessera, demoPeople.owner)
  await signUp(tessera, demoPeople.door)
  const created = await send(tessera, owner, '/v1/organisations', organiser)
  const path = `/v1/organisations/${String(created['id'])}`
  await send(tessera, owner, `${path}/members`, { email: demoPeople.door.email, role: 'door' })
  const orgId = parseId('org', String(created['id']))
  if (orgId) await fillDemoOrganisation(deps, orgId)
  return { organiserSlug: organiser.slug }
}

async function signUp(tessera: Tessera, person: { name: string; email: string }): Promise<string> {
  const answer = await tessera.http.inject({
    method: 'POST',
    url: '/v1/auth/sign-up/email',
    headers: { origin: tessera.deps.publicUrl },
    payload: { ...person, password: demoPeople.password },
  })
  if (answer.statusCode >= 300) throw new Error(`the demo's people could not sign up: ${answer.body}`)
  return answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')
}

async function send(
  { http, deps }: Tessera,
  cookie: string,
  url: string,
  payload: object,
): Promise<Record<string, unknown>> {
  const answer = await http.inject({
    method: 'POST',
    url,
    headers: { cookie, origin: deps.publicUrl },
    payload,
  })
  if (answer.statusCode >= 300) throw new Error(`the demo could not be filled at ${url}: ${answer.body}`)
  return answer.json()
}
