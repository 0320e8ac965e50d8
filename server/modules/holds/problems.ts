import { defineProblems } from '#platform/problem'

export const holdsProblems = defineProblems('holds', {
  soldOut: {
    status: 409,
    title: 'Not enough places are left',
    help: '`ticketTypeId` names what ran out and `left` how many could still be held. Places come back when other buyers let go.',
  },
  notOnSale: {
    status: 409,
    title: 'This is not on sale now',
    help: 'Look at `saleState` of the ticket type in the event.',
  },
  limit: {
    status: 422,
    title: 'The number of tickets is outside of what one order may have',
    help: 'Keep to minPerOrder and maxPerOrder of the ticket type.',
  },
  unknownTicketType: {
    status: 422,
    title: 'This event has no such ticket type',
    help: 'Take the ids from the event.',
  },
  idTaken: {
    status: 409,
    title: 'This id already names another hold',
    help: 'Make a new id (UUIDv7) for every hold.',
  },
  busy: {
    status: 503,
    title: 'Too many people are asking at once',
    help: 'Try again after as many seconds as Retry-After says. You lose nothing.',
  },
  poolTooSmall: {
    status: 409,
    title: 'More places than that are sold or held',
    help: '`sold` and `held` say how many; the capacity cannot be less.',
  },
  poolNameTaken: {
    status: 409,
    title: 'This event already has a pool of that name',
    help: 'Choose another name.',
  },
  inUse: {
    status: 409,
    title: 'Tickets of this type are already held or sold',
    help: 'What a type draws from can be changed only before its first sale.',
  },
  noPlaces: {
    status: 409,
    title: 'A ticket type draws from no pool',
    help: 'Give every ticket type at least one pool before publishing.',
  },
})
