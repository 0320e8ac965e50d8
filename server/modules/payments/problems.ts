import { defineProblems } from '#platform/problem'

export const paymentsProblems = defineProblems('payments', {
  badSignature: {
    status: 400,
    title: 'The signature is not right',
    help: 'Only the payment provider may call this, with a fresh signature over the body as it was sent.',
  },
})
