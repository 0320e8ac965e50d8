import { defineProblems } from '#platform/problem'

export const catalogProblems = defineProblems('catalog', {
  slugTaken: {
    status: 409,
    title: 'Another event has this short name',
    help: 'Choose another `slug`; it must differ from those of your other events.',
  },
  notReady: {
    status: 409,
    title: 'This event cannot be published yet',
    help: 'Each entry of `errors` names what is missing or wrong.',
  },
  frozen: {
    status: 409,
    title: 'This can no longer be changed',
    help: 'Links, orders and tickets depend on it since the event was published.',
  },
  inUse: {
    status: 409,
    title: 'Something else still needs this',
    help: 'Remove what refers to it first, or end its sale instead.',
  },
  tooMany: {
    status: 409,
    title: 'There are as many of these as there can be',
    help: 'Remove one that is not needed.',
  },
})
