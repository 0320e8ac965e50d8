/** Every address of the storefront, made in one place. */
export const addresses = {
  home: '/',
  findOrder: '/find-order',
  organiser: (organiser: string) => `/${organiser}`,
  event: (organiser: string, event: string) => `/${organiser}/${event}`,
  checkout: (organiser: string, event: string) => `/${organiser}/${event}/checkout`,
  order: (orderId: string) => `/orders/${orderId}`,
  orderReturn: (orderId: string) => `/orders/${orderId}/return`,
  ticket: (orderId: string, ticketId: string) => `/orders/${orderId}/tickets/${ticketId}`,
}
