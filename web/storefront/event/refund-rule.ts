import type { EventPage } from '@tessera/api-client'
import { formatMoment, now } from '@tessera/ui'
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
  const kind = kindOf(policy)
  const date = policy.until ? formatMoment(policy.until, timeZone, locale) : ''
  const rule = t(`${prefix}.${kind}`, { date })
  return policy.keepsFees && (kind === 'until' || kind === 'always')
    ? `${rule} ${t('refund.keepsFees')}`
    : rule
}

// A day that has passed is said to have passed: "money back until yesterday" would be a promise that nobody keeps.
function kindOf(policy: EventPage['refundPolicy']): 'none' | 'until' | 'always' | 'past' {
  if (policy.kind !== 'until') return policy.kind
  if (!policy.until) return 'none'
  return new Date(policy.until).getTime() > now() ? 'until' : 'past'
}

/** True when nothing of this event costs anything, so that there is no money to give back. */
export function isFree(event: Pick<EventPage, 'ticketTypes'>): boolean {
  return event.ticketTypes.length > 0 && event.ticketTypes.every((type) => type.price.amount === 0)
}
