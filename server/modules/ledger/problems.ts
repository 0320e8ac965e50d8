import { defineProblems } from '#platform/problem'

export const ledgerProblems = defineProblems('ledger', {
  notCovered: {
    status: 409,
    title: 'The balance does not cover this',
    help: 'Read the balance again; a smaller amount may be possible, or the same one later.',
  },
})

/** A posting with this source and kind is there and moves something else. A bug or an edited source; never retried. */
export class PostingConflict extends Error {
  constructor(source: string, kind: string) {
    super(`a posting of ${source} (${kind}) is in the books with other content`)
    this.name = 'PostingConflict'
  }
}
