import { readOrganisation } from '#modules/identity'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import { eventById, ticketTypesOf, venueById, type EventRow } from './catalog-store.ts'
import { feesAround, refundPolicyById, taxRatesOf, termsById, type FeeRow } from './rules-store.ts'
import { closingTime, refundsUntil, type EventForSale, type EventId, type FeeRule } from './event.ts'

/**
 * Everything that selling one event depends on, drafts included; undefined when the organisation has no such event.
 * Whoever sells checks `state` and `saleWindowOf`.
 */
export async function readEventForSale(
  tx: Tx,
  orgId: OrgId,
  eventId: EventId,
): Promise<EventForSale | undefined> {
  const event = await eventById(tx, orgId, eventId)
  const organisation = event && (await readOrganisation(tx, orgId))
  if (!event || !organisation) return undefined
  const policy =
    event.refundPolicyId === null ? undefined : await refundPolicyById(tx, orgId, event.refundPolicyId)
  const types = await ticketTypesOf(tx, orgId, eventId)
  return {
    id: event.id,
    orgId,
    slug: event.slug,
    name: event.name,
    summary: event.summary,
    description: event.description,
    imageUrl: event.imageUrl,
    state: event.state,
    timeZone: event.timeZone,
    doorsAt: event.doorsAt,
    startsAt: event.startsAt,
    endsAt: event.endsAt,
    currency: event.currency,
    venue: (event.venueId === null ? undefined : await venueById(tx, orgId, event.venueId)) ?? null,
    organiser: {
      id: orgId,
      slug: organisation.slug,
      name: organisation.name,
      about: organisation.about,
      accentColor: organisation.accentColor,
      websiteUrl: organisation.websiteUrl,
      locale: organisation.locale,
    },
    terms: (event.termsId === null ? undefined : await termsById(tx, orgId, event.termsId)) ?? null,
    refundPolicy: policy ? { ...policy, until: refundsUntil(policy, event.startsAt) } : null,
    ticketTypes: types.map((type) => ({ ...type, closesAt: closingTime(type.saleEndsAt, event.endsAt) })),
    fees: feesInForce(event, await feesAround(tx, orgId, event)),
    taxes: await taxRatesOf(tx, orgId),
    rounding: organisation.rounding,
  }
}

/**
 * For each party: the event's own rules if it has its own, else the organisation's in the event's currency, else those
 * that the organisation has for any currency. So nobody is rid of a fee by selling in another currency.
 */
export function feesInForce(
  event: Pick<EventRow, 'ownPlatformFees' | 'ownOrganiserFees'>,
  rows: readonly FeeRow[],
): FeeRule[] {
  return parties.flatMap((party) => {
    const all = rows.filter((row) => row.party === party)
    const own = party === 'platform' ? event.ownPlatformFees : event.ownOrganiserFees
    const general = all.filter((row) => row.eventId === null)
    const inCurrency = general.filter((row) => row.currency !== null)
    const inForce = own
      ? all.filter((row) => row.eventId !== null)
      : inCurrency.length > 0
        ? inCurrency
        : general
    return inForce.map(({ label, fixed, ppm, bearing }) => ({ party, label, fixed, ppm, bearing }))
  })
}

const parties = ['platform', 'organiser'] as const
