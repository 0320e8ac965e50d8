import type { Clock } from '#platform/clock'
import type { Keys } from '#platform/crypto'
import type { Database } from '#platform/database'
import type { Events } from '#platform/events'
import type { Logger, Metrics } from '#platform/telemetry'

/** What every operation may ask for, by name: `({ db, clock }: Pick<Platform, 'db' | 'clock'>, ...)`. */
export interface Platform {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  readonly keys: Keys
  readonly events: Events
  /** Where the outside world reaches this installation, without a slash at the end. */
  readonly publicUrl: string
  readonly testMode: boolean
}
