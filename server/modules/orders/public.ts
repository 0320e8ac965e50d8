import type { NamedMachine } from '#platform/state-machine'
import { orderMachine } from './order.ts'

export { ordersProblems } from './problems.ts'
export { orderEnded, orderPaid, orderPaymentReturned, type OrderFact } from './events.ts'
export { createOrdersDesk, type OrdersDesk } from './place-order.ts'
export { confirmOrders } from './confirm-orders.ts'
export { payOrder } from './pay-order.ts'
export { endOrdersOfEvent, expireAbandonedOrders } from './end-orders.ts'
export {
  orderAwaitsFunds,
  orderCanBePaid,
  orderPaymentExpired,
  orderPaymentFailed,
  orderWasPaid,
} from './hear-payments.ts'
export { ordersRoutes, staffOrdersRoutes } from './routes.ts'
export { ordersSchedules } from './jobs.ts'
export { guestHeader, guestLink, guestToken, orderOfGuest } from './guest-link.ts'
export { findOrdersOf, readOrders } from './order-store.ts'
export { emailKey, type Order, type OrderId, type OrderLine } from './order.ts'
export type { TicketAnswer } from './describe-order.ts'

export const ordersMachines: NamedMachine[] = [{ table: 'orders.order', machine: orderMachine }]
