import { Problem } from '@tessera/api-client'
import { wordsFor } from '@tessera/ui'

/** A Problem in the reader's language where the shop has words for it, else in the server's. */
export function problemText(problem: Problem): string {
  return wordsFor(`problem.${problem.code}`) ?? problem.detail
}

/** Makes a Problem of whatever was thrown; what is not one is a fault of this page and is thrown on. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  throw thrown
}
