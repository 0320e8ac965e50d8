import { asPlatform } from '#platform/database'
import type { Platform } from '#platform/platform'
import {
  advanceCheckpoints,
  forgetForeignCheckpoints,
  lockCheckpointCursor,
  thinCheckpoints,
} from './ledger-store.ts'

const keptWhole = 2 * 86_400_000

/**
 * Moves the checkpoints of all accounts up to the oldest transaction that is still under way, so that a balance is one
 * row and a little more, however long the history. Returns how many accounts got a new one.
 */
export async function moveCheckpoints({ db, clock }: Pick<Platform, 'db' | 'clock'>): Promise<number> {
  return asPlatform(db, async (tx) => {
    await lockCheckpointCursor(tx)
    await forgetForeignCheckpoints(tx)
    const made = await advanceCheckpoints(tx)
    await thinCheckpoints(tx, new Date(clock.now().getTime() - keptWhole))
    return made
  })
}
