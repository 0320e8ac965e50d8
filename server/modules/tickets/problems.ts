import { defineProblems } from '#platform/problem'

export const ticketsProblems = defineProblems('tickets', {
  orderNotFound: {
    status: 404,
    title: 'There is no such order',
    help: 'Check the id; an order belongs to one organisation.',
  },
  orderNotPaid: {
    status: 409,
    title: 'This order is not paid',
    help: 'The provider was asked and knows of no payment. `state` says where the order stands.',
  },
  eventNotFound: {
    status: 404,
    title: 'There is no such event',
    help: 'Check the id; an event belongs to one organisation.',
  },
  noneToShow: {
    status: 409,
    title: 'This order has no valid tickets',
    help: 'Tickets exist once the order is paid, and until they are voided or refunded.',
  },
})
