import { stopwatch } from '#platform/clock'
import type { Database } from '#platform/database'
import type { PaymentId } from './payment.ts'
import { everybodyInLine } from './payment-store.ts'

/**
 * The line in front of the provider. Thousands ask every two seconds for their place, so it is read at most once a
 * second and searched in memory; ids are made in the order of time, so the id is the place.
 */
export interface Line {
  /** 1 for the first; null for who is not in line. */
  position(id: PaymentId): Promise<number | null>
  /** Whether anybody waits at all. */
  isEmpty(): Promise<boolean>
}

const freshFor = 1000
/** Whoever is not found may have joined since; but a crowd that joins must not read the line once each. */
const freshForNewcomers = 100

export function createLine(db: Database): Line {
  let waiting: Promise<PaymentId[]> | undefined
  let age = stopwatch()
  const read = async (maximum: number): Promise<PaymentId[]> => {
    if (!waiting || age() > maximum) {
      age = stopwatch()
      waiting = everybodyInLine(db)
      waiting.catch(() => (waiting = undefined))
    }
    return waiting
  }
  return {
    async position(id) {
      const place = placeOf(await read(freshFor), id)
      return place ?? placeOf(await read(freshForNewcomers), id)
    },
    isEmpty: async () => (await read(freshFor)).length === 0,
  }
}

function placeOf(ids: readonly PaymentId[], id: PaymentId): number | null {
  const index = firstNotBelow(ids, id)
  return ids[index] === id ? index + 1 : null
}

function firstNotBelow(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? '') < id) low = middle + 1
    else high = middle
  }
  return low
}
