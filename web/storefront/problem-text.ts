import { Problem } from '@tessera/api-client'
import i18next from 'i18next'

/** A Problem in the reader's language where the shop has words for it, else in the server's. */
export function problemText(problem: Problem): string {
  const key = `problem.${problem.code}`
  return i18next.exists(key) ? i18next.t(key as 'problem.title') : problem.detail
}

/** Makes a Problem of whatever was thrown; what is not one is a fault of this page and is thrown on. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  throw thrown
}
