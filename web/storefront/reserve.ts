import { newId, Problem, shop, type BasketLine, type Hold } from '@tessera/api-client'
import { browserKey, holds } from './storage.ts'

const TRIES_WHEN_BUSY = 4

/**
 * Sets the places aside, and keeps trying while the box office is busy. The id is remembered before it is
 * sent, so that a lost answer, a reload or a second press ends in the same hold and never in two.
 * Throws the Problems of placing a hold.
 */
export async function reserve(eventId: string, lines: BasketLine[], onBusy: () => void): Promise<Hold> {
  const known = holds.load(eventId)
  const reusable = known && !known.orderId && sameLines(known.lines, lines)
  const first = await place(eventId, reusable && known.id ? known.id : newId('hld'), lines, onBusy)
  if (first.state === 'active') return first
  // The remembered hold has ended since: this is a new wish.
  return place(eventId, newId('hld'), lines, onBusy)
}

async function place(eventId: string, id: string, lines: BasketLine[], onBusy: () => void): Promise<Hold> {
  holds.save(eventId, { id, lines })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await shop.placeHold(eventId, { id, browserKey: browserKey(), lines })
    } catch (thrown) {
      const busy = thrown instanceof Problem && (thrown.status === 503 || thrown.status === 429)
      if (!busy || attempt >= TRIES_WHEN_BUSY) {
        if (thrown instanceof Problem && !thrown.offline && !busy) holds.save(eventId, { id: null, lines })
        throw thrown
      }
      onBusy()
      await pause(thrown)
    }
  }
}

// Waits as long as the server asked for and a little more, different for everyone.
function pause(problem: Problem): Promise<void> {
  const seconds = Math.min(problem.retryAfter ?? 1, 10)
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000 + Math.random() * 800)
  })
}

function sameLines(one: readonly BasketLine[], other: readonly BasketLine[]): boolean {
  const text = (lines: readonly BasketLine[]) =>
    lines
      .map((line) => `${line.ticketTypeId}:${line.quantity}`)
      .sort()
      .join(',')
  return text(one) === text(other)
}
