import { defineProblems } from '#platform/problem'

export const notificationsProblems = defineProblems('notifications', {
  noTicketsYet: {
    status: 409,
    title: 'This order has no tickets to send',
    help: 'Tickets are sent once the order is paid, and until all of them are voided or refunded.',
  },
})
