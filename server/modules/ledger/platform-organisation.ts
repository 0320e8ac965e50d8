import type { OrgId } from '#platform/ids'

/**
 * The platform is itself an organisation. Its books hold what belongs to no other: the provider's general fees, payouts
 * of the platform, and what nobody can explain. What a sale does to the provider's balance is in the seller's books, so
 * that no posting spans two tenants; the whole balance is the sum of `A.stripe` over all organisations.
 */
export const platformOrgId = '00000000-0000-7000-8000-000000000001' as OrgId
