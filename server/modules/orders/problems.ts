import { defineProblems } from '#platform/problem'

export const ordersProblems = defineProblems('orders', {
  holdEnded: {
    status: 409,
    title: 'The time for these places is over',
    help: 'Nothing was charged. Make a new hold and order again.',
  },
  alreadyPlaced: {
    status: 409,
    title: 'There is already another order for this hold',
    help: 'One hold becomes one order. Make a new hold for another.',
  },
  termsRequired: {
    status: 422,
    title: 'The terms and the refund rules have to be accepted',
    help: 'Send `accept` with the versions that the buyer saw.',
  },
  termsChanged: {
    status: 409,
    title: 'The terms or the refund rules have changed',
    help: 'Show the buyer the current versions and ask again.',
  },
  priceChanged: {
    status: 409,
    title: 'The price has changed',
    help: '`quote` holds the current price. Show it, and order again.',
  },
  limitPerBuyer: {
    status: 409,
    title: 'That is more than one buyer can have',
    help: 'Finish or cancel the orders that are open for this event first. Of free tickets, one mail address can have as many as one order.',
  },
  eventCancelled: {
    status: 409,
    title: 'The event was cancelled',
    help: 'Nothing was charged. What was paid before goes back by itself.',
  },
  notPayable: {
    status: 409,
    title: 'This order cannot be paid',
    help: 'Look at its state: it may be paid already, or over.',
  },
  notCancellable: {
    status: 409,
    title: 'This order cannot be cancelled any more',
    help: 'After payment, the refund rules apply.',
  },
})
