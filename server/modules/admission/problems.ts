import { defineProblems } from '#platform/problem'

export const admissionProblems = defineProblems('admission', {
  scanIdTaken: {
    status: 409,
    title: 'This scan id was used for something else',
    help: 'Make a new id for each scan; send the same id only with the very same content.',
  },
  eventNotFound: {
    status: 404,
    title: 'There is no such event',
    help: 'Check the id; an event belongs to one organisation.',
  },
})
