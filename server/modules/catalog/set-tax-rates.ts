import type { Tx } from '#platform/database'
import { newId, type Id, type OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import { announceRules } from './announce-change.ts'
import { lockRules, replaceTaxRates } from './rules-store.ts'
import type { TaxRate } from './event.ts'

/** The taxes of all events of the organisation, from now on; orders that were placed keep theirs. In this order on receipts. */
export async function setTaxRates(
  deps: Pick<Platform, 'clock' | 'events'>,
  tx: Tx,
  orgId: OrgId,
  rates: readonly TaxRate[],
): Promise<void> {
  await lockRules(tx, orgId, 'taxes')
  await replaceTaxRates(
    tx,
    orgId,
    rates.map((rate) => ({ ...rate, id: newId<Id<'tax'>>() })),
  )
  await announceRules(deps, tx, orgId, deps.clock.now())
}
