import { sql } from 'kysely'
import type { Tx } from '#platform/database'
import type { OrgId } from '#platform/ids'
import type { EventRow } from './catalog-store.ts'
import type { EventId, FeeRule, RefundPolicy, RefundPolicyId, TaxRate, Terms, TermsId } from './event.ts'

// ── Fees and taxes ──────────────────────────────────────────────────────────────────────────────────────────────────

export interface FeeRow extends FeeRule {
  eventId: EventId | null
  /** Null: any currency for which this party has no rules of its own. */
  currency: string | null
}

/** Gives a party's rules anew, for the organisation (no event) or for one event, in one currency. */
export async function replaceFees(
  tx: Tx,
  orgId: OrgId,
  scope: { eventId: EventId | null; party: FeeRule['party']; currency: string | null },
  rules: readonly (Omit<FeeRule, 'party'> & { id: string })[],
): Promise<void> {
  const { eventId, party, currency } = scope
  await sql`
    delete from catalog.fee_rule
    where org_id = ${orgId} and event_id is not distinct from ${eventId}::uuid and party = ${party}
      and (${eventId}::uuid is not null or currency is not distinct from ${currency}::text)`.execute(tx)
  if (rules.length === 0) return
  await sql`
    insert into catalog.fee_rule (org_id, id, event_id, party, position, label, currency, fixed, ppm, bearing)
    values ${sql.join(
      rules.map(
        (
          rule,
          position,
        ) => sql`(${orgId}, ${rule.id}, ${eventId}::uuid, ${party}, ${position}, ${rule.label}, ${currency}::text, ${rule.fixed},
          ${rule.ppm}, ${rule.bearing})`,
      ),
    )}`.execute(tx)
}

export async function markOwnFees(
  tx: Tx,
  orgId: OrgId,
  id: EventId,
  party: FeeRule['party'],
  own: boolean,
): Promise<void> {
  const column = sql.ref(party === 'platform' ? 'own_platform_fees' : 'own_organiser_fees')
  await sql`update catalog.event set ${column} = ${own} where org_id = ${orgId} and id = ${id}`.execute(tx)
}

const feeColumns = sql`event_id, party, label, currency, fixed, ppm, bearing`

export async function defaultFeesOf(tx: Tx, orgId: OrgId): Promise<FeeRow[]> {
  const { rows } = await sql<FeeRow>`
    select ${feeColumns} from catalog.fee_rule where org_id = ${orgId} and event_id is null
    order by currency, party desc, position`.execute(tx)
  return rows
}

/** The organisation's rules that could concern the event, and the event's own. The platform's come first. */
export async function feesAround(
  tx: Tx,
  orgId: OrgId,
  event: Pick<EventRow, 'id' | 'currency'>,
): Promise<FeeRow[]> {
  const { rows } = await sql<FeeRow>`
    select ${feeColumns} from catalog.fee_rule
    where org_id = ${orgId} and (currency is null or currency = ${event.currency}) and (event_id is null or event_id = ${event.id})
    order by party desc, position`.execute(tx)
  return rows
}

export async function replaceTaxRates(
  tx: Tx,
  orgId: OrgId,
  rates: readonly (TaxRate & { id: string })[],
): Promise<void> {
  await sql`delete from catalog.tax_rate where org_id = ${orgId}`.execute(tx)
  if (rates.length === 0) return
  await sql`
    insert into catalog.tax_rate (org_id, id, position, name, jurisdiction, ppm, inclusive, applies_to_fees)
    values ${sql.join(
      rates.map(
        (
          rate,
          position,
        ) => sql`(${orgId}, ${rate.id}, ${position}, ${rate.name}, ${rate.jurisdiction}, ${rate.ppm}, ${rate.inclusive},
          ${rate.appliesToFees})`,
      ),
    )}`.execute(tx)
}

export async function taxRatesOf(tx: Tx, orgId: OrgId): Promise<TaxRate[]> {
  const { rows } = await sql<TaxRate>`
    select name, jurisdiction, ppm, inclusive, applies_to_fees from catalog.tax_rate where org_id = ${orgId} order by position`.execute(
    tx,
  )
  return rows
}

/** Two who write the same part of an organisation's rules at once take turns. */
export async function lockRules(
  tx: Tx,
  orgId: OrgId,
  which: 'fees' | 'taxes' | 'terms' | 'refund-policies',
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`catalog ${which} ${orgId}`}, 0))`.execute(tx)
}

// ── Terms and refund policies ───────────────────────────────────────────────────────────────────────────────────────

export interface Published {
  publishedAt: Date
  publishedBy: string
}

export async function insertTerms(tx: Tx, orgId: OrgId, terms: Terms & Published): Promise<void> {
  await sql`
    insert into catalog.terms_version (org_id, id, version, text, published_at, published_by)
    values (${orgId}, ${terms.id}, ${terms.version}, ${terms.text}, ${terms.publishedAt}, ${terms.publishedBy})`.execute(
    tx,
  )
}

export async function newestTerms(tx: Tx, orgId: OrgId): Promise<Terms | undefined> {
  const { rows } = await sql<Terms>`
    select id, version, text from catalog.terms_version where org_id = ${orgId} order by version desc limit 1`.execute(
    tx,
  )
  return rows[0]
}

export async function termsById(tx: Tx, orgId: OrgId, id: TermsId): Promise<Terms | undefined> {
  const { rows } = await sql<Terms>`
    select id, version, text from catalog.terms_version where org_id = ${orgId} and id = ${id}`.execute(tx)
  return rows[0]
}

export async function termsOf(
  tx: Tx,
  orgId: OrgId,
  before: number | undefined,
  limit: number,
): Promise<(Terms & Published)[]> {
  const { rows } = await sql<Terms & Published>`
    select id, version, text, published_at, published_by from catalog.terms_version
    where org_id = ${orgId} and (${before ?? null}::integer is null or version < ${before ?? null}::integer)
    order by version desc limit ${limit}`.execute(tx)
  return rows
}

export type PolicyRow = Omit<RefundPolicy, 'until'>

const policyColumns = sql`id, version, kind, hours_before_start, keeps_fees, text`

export async function insertRefundPolicy(tx: Tx, orgId: OrgId, policy: PolicyRow & Published): Promise<void> {
  await sql`
    insert into catalog.refund_policy_version (org_id, id, version, kind, hours_before_start, keeps_fees, text, published_at, published_by)
    values (${orgId}, ${policy.id}, ${policy.version}, ${policy.kind}, ${policy.hoursBeforeStart}, ${policy.keepsFees}, ${policy.text},
      ${policy.publishedAt}, ${policy.publishedBy})`.execute(tx)
}

export async function newestRefundPolicy(tx: Tx, orgId: OrgId): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`
    select ${policyColumns} from catalog.refund_policy_version where org_id = ${orgId} order by version desc limit 1`.execute(
    tx,
  )
  return rows[0]
}

export async function refundPolicyById(
  tx: Tx,
  orgId: OrgId,
  id: RefundPolicyId,
): Promise<PolicyRow | undefined> {
  const { rows } = await sql<PolicyRow>`
    select ${policyColumns} from catalog.refund_policy_version where org_id = ${orgId} and id = ${id}`.execute(
    tx,
  )
  return rows[0]
}

export async function refundPoliciesOf(
  tx: Tx,
  orgId: OrgId,
  before: number | undefined,
  limit: number,
): Promise<(PolicyRow & Published)[]> {
  const { rows } = await sql<PolicyRow & Published>`
    select ${policyColumns}, published_at, published_by from catalog.refund_policy_version
    where org_id = ${orgId} and (${before ?? null}::integer is null or version < ${before ?? null}::integer)
    order by version desc limit ${limit}`.execute(tx)
  return rows
}

/** Events that had the version before (or none) and are not over move on to the new one; an event that was given another stays. */
export async function moveEventsToTerms(
  tx: Tx,
  orgId: OrgId,
  from: TermsId | null,
  to: TermsId,
  now: Date,
): Promise<void> {
  await sql`
    update catalog.event set terms_id = ${to}, updated_at = ${now}
    where org_id = ${orgId} and terms_id is not distinct from ${from}::uuid and (state = 'draft' or (state = 'published' and ends_at > ${now}))`.execute(
    tx,
  )
}

export async function moveEventsToRefundPolicy(
  tx: Tx,
  orgId: OrgId,
  from: RefundPolicyId | null,
  to: RefundPolicyId,
  now: Date,
): Promise<void> {
  await sql`
    update catalog.event set refund_policy_id = ${to}, updated_at = ${now}
    where org_id = ${orgId} and refund_policy_id is not distinct from ${from}::uuid and (state = 'draft' or (state = 'published' and ends_at > ${now}))`.execute(
    tx,
  )
}
