import type { DocumentDeps, OrderForTickets, OrderId, ReadOrders } from '#modules/tickets'
import type { OrgId } from '#platform/ids'
import type { Platform } from '#platform/platform'
import type { MailTransport } from './mail-transport.ts'

export interface QueueDeps extends Pick<Platform, 'db' | 'clock' | 'log'> {
  readOrders: ReadOrders
}

/** What notifications need of the modules below, handed in. */
export interface NotificationsDeps extends DocumentDeps, Pick<Platform, 'events' | 'log' | 'metrics'> {
  mail: MailTransport
  /** `Club Nord <tickets@example.com>` or the bare address: what our mail server may send as. */
  mailFrom: string
  /** The tenant of what belongs to no organiser: mails that list orders of several. */
  platformOrgId: OrgId
  guestLink(order: Pick<OrderForTickets, 'id' | 'guestGeneration'>): string
  /** The orders of an address across organisers, newest first. */
  findOrdersOf(emailKey: string, most: number): Promise<readonly { orgId: OrgId; id: OrderId }[]>
  /** How an address is compared. */
  emailKey(email: string): string
}
