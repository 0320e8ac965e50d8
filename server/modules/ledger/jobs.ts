import type { Schedule } from '#platform/jobs'
import type { Platform } from '#platform/platform'
import { checkInvariants } from './check-invariants.ts'
import { moveCheckpoints } from './move-checkpoints.ts'

export function ledgerSchedules(deps: Pick<Platform, 'db' | 'clock' | 'events' | 'metrics'>): Schedule[] {
  return [
    {
      name: 'ledger.move-checkpoints',
      cron: '*/5 * * * *',
      run: async () => void (await moveCheckpoints(deps)),
    },
    {
      name: 'ledger.check-invariants',
      cron: '17 * * * *',
      run: async () => void (await checkInvariants(deps)),
    },
  ]
}
