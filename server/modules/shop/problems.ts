import { defineProblems } from '#platform/problem'

export const shopProblems = defineProblems('shop', {
  unknownTicketType: {
    status: 422,
    title: 'This event has no such ticket type',
    help: 'Take the ids from the event.',
  },
  tooManyStreams: {
    status: 429,
    title: 'Too many pages of this address are following events',
    help: 'Close some, or read the event now and then instead.',
  },
})
