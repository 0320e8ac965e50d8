import type { Clock } from '#platform/clock'
import type { Database } from '#platform/database'
import type { Schedule } from '#platform/jobs'
import { releaseExpiredHolds } from './move-holds.ts'

export function holdsSchedules(deps: { db: Database; clock: Clock }): Schedule[] {
  return [
    {
      name: 'holds.release-expired',
      cron: '* * * * *',
      run: async () => void (await releaseExpiredHolds(deps)),
    },
  ]
}
