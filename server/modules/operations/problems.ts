import { defineProblems } from '#platform/problem'

export const operationsProblems = defineProblems('operations', {
  alertMoved: {
    status: 409,
    title: 'Somebody else was quicker',
    help: 'Read the alert again; `allowedActions` says what can be done now.',
  },
})
