import { door, Problem } from '@tessera/api-client'
import { redirect, type LoaderFunctionArgs } from 'react-router'
import { addresses } from './addresses.ts'

/** Who is signed in, and the events of each of their organisations; without a session, on to sign-in. */
export const loadChoice = () =>
  signedIn(async () => {
    const me = await door.me()
    const organisations = await Promise.all(
      me.memberships.map(async ({ organisation }) => ({
        organisation,
        events: await door.events(organisation.id),
      })),
    )
    return { person: me.person, organisations }
  })

/** The event to scan for and its counts; refused with request.not-found. */
export const loadScan = ({ params }: LoaderFunctionArgs) =>
  signedIn(async () => {
    const [orgId, eventId] = [params['orgId'] ?? '', params['eventId'] ?? '']
    const [events, counts] = await Promise.all([door.events(orgId), door.counts(orgId, eventId)])
    const event = events.find((one) => one.id === eventId)
    if (!event) throw new Problem({ code: 'request.not-found', title: 'No such event', status: 404 })
    return { orgId, event, counts }
  })

export type Choice = Exclude<Awaited<ReturnType<typeof loadChoice>>, Response>
export type ScanPlace = Exclude<Awaited<ReturnType<typeof loadScan>>, Response>

async function signedIn<T>(load: () => Promise<T>): Promise<T | Response> {
  try {
    return await load()
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status === 401) return redirect(addresses.signIn)
    throw thrown
  }
}
