import type { Id, OrgId } from '#platform/ids'
import type { Machine } from '#platform/state-machine'
import type { PricedLine } from '#modules/catalog'
import type { HoldId } from '#modules/holds'

export type OrderId = Id<'ord'>
export type EventId = Id<'evt'>
export type TicketTypeId = Id<'tty'>

export type OrderState =
  | 'pending'
  | 'awaiting_session'
  | 'awaiting_payment'
  | 'awaiting_funds'
  | 'paid'
  | 'cancelled'
  | 'expired'
  | 'partially_refunded'
  | 'refunded'

export type OrderEvent =
  | 'startPayment'
  | 'openSession'
  | 'awaitFunds'
  | 'confirm'
  | 'cancel'
  | 'expire'
  | 'fail'
  | 'refundPart'
  | 'refund'

/** Every life that an order can have. */
export const orderMachine = {
  // Prices are frozen, places are held, nobody was asked for money yet. A free order is confirmed from here.
  pending: { startPayment: 'awaiting_session', confirm: 'paid', cancel: 'cancelled', expire: 'expired' },
  // In line for the provider.
  awaiting_session: {
    openSession: 'awaiting_payment',
    awaitFunds: 'awaiting_funds',
    confirm: 'paid',
    cancel: 'cancelled',
    expire: 'expired',
    fail: 'cancelled',
  },
  // The buyer is on the provider's page.
  awaiting_payment: {
    awaitFunds: 'awaiting_funds',
    confirm: 'paid',
    cancel: 'cancelled',
    expire: 'expired',
    fail: 'cancelled',
  },
  // The buyer did everything; the bank takes its time.
  awaiting_funds: { confirm: 'paid', cancel: 'cancelled', expire: 'expired', fail: 'cancelled' },
  paid: { refundPart: 'partially_refunded', refund: 'refunded' },
  partially_refunded: { refundPart: 'partially_refunded', refund: 'refunded' },
  refunded: {},
  // A payment that lands after the end is honoured if places are left, else it goes back.
  cancelled: { confirm: 'paid' },
  expired: { confirm: 'paid' },
} satisfies Machine<OrderState, OrderEvent>

export const unpaidStates: readonly OrderState[] = [
  'pending',
  'awaiting_session',
  'awaiting_payment',
  'awaiting_funds',
]

export type OrderNotice = 'payment-returned' | 'payment-declined' | 'hold-ended'

export interface OrderLine {
  lineNo: number
  ticketTypeId: TicketTypeId
  name: string
  quantity: number
  admits: number
  unitPrice: number
  total: number
  parts: PricedLine['parts']
  split: PricedLine['split']
}

export interface Order {
  id: OrderId
  orgId: OrgId
  eventId: EventId
  holdId: HoldId
  number: string
  state: OrderState
  buyerName: string
  buyerEmail: string
  browserHash: string
  locale: 'en' | 'de'
  currency: string
  subtotal: number
  fees: number
  tax: number
  includedTax: number
  total: number
  termsVersion: number
  refundPolicyVersion: number
  guestGeneration: number
  cancelAskedAt: Date | null
  paidAt: Date | null
  notice: OrderNotice | null
  createdAt: Date
  lines: OrderLine[]
}

/** How long a buyer has at the provider before we ask it to end the session, in milliseconds. */
export const paymentWindow = 15 * 60_000

/** The number that people see: eight letters from the random end of the id, without those that look alike. */
export function orderNumber(id: OrderId): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  let bits = BigInt(`0x${id.replaceAll('-', '').slice(-10)}`)
  let text = ''
  for (let index = 0; index < 8; index += 1) {
    text = alphabet.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return `T-${text}`
}

/** One person is one buyer, however the address is written: case does not count. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase().normalize('NFC')
}

/** What the buyer may do now. Screens show these and repeat no rule. */
export function buyerActions(order: Pick<Order, 'state' | 'total'>): string[] {
  switch (order.state) {
    case 'pending':
      return ['pay', 'cancel']
    case 'awaiting_session':
    case 'awaiting_payment':
      return ['pay', 'cancel']
    case 'paid':
    case 'partially_refunded':
      return ['resend']
    default:
      return []
  }
}
