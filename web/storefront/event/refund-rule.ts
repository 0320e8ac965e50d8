import type { EventPage } from '@tessera/api-client'
import { formatMoment } from '@tessera/ui'
import type { TFunction } from 'i18next'

/** The refund rules in one plain sentence; `form` "short" begins with a capital letter. */
export function refundRule(
  t: TFunction,
  policy: EventPage['refundPolicy'],
  timeZone: string,
  locale: string,
  form: 'short' | 'inline' = 'short',
): string {
  const prefix = form === 'short' ? ('refund.short' as const) : ('refund' as const)
  const kind = policy.kind === 'until' && !policy.until ? 'none' : policy.kind
  const date = policy.until ? formatMoment(policy.until, timeZone, locale) : ''
  const rule = t(`${prefix}.${kind}`, { date })
  return policy.keepsFees && kind !== 'none' ? `${rule} ${t('refund.keepsFees')}` : rule
}
