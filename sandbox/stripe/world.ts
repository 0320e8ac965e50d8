import { SandboxClock } from './clock.ts'
import { Courier } from './courier.ts'
import { Faults } from './faults.ts'
import { makeId } from './ids.ts'
import { IdentityBroken, Ledger } from './ledger.ts'
import { SeededRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'
import type { JobKind } from './scheduler.ts'
import type { Settings } from './settings.ts'
import { Store } from './store.ts'
import type { EventRecord } from './store.ts'

/** The API request that causes something; its ids go into the events. */
export interface Cause {
  id: string | null
  idempotency_key: string | null
}

/**
 * One sandbox: its state, its time, its chance. Resources are functions that take a world. Everything that changes
 * state runs inside `perform`, in one piece and without awaiting, so that two operations never interleave.
 */
export class World {
  readonly settings: Settings
  readonly clock: SandboxClock
  readonly random: SeededRandom
  readonly store = new Store()
  readonly scheduler = new Scheduler()
  readonly ledger: Ledger
  readonly faults: Faults
  readonly courier: Courier
  /** Where browsers reach the hosted pages. */
  publicUrl = ''
  /** Set when the books stopped adding up; nothing is answered after that. */
  broken: IdentityBroken | null = null
  /** Called after each operation: arms timers, marks the state as unsaved. */
  afterOperation: () => void = () => {}
  #cause: Cause = { id: null, idempotency_key: null }

  constructor(settings: Settings, base: () => Date, seed: string) {
    this.settings = settings
    this.clock = new SandboxClock(base)
    this.random = new SeededRandom(seed)
    this.ledger = new Ledger(this.store.balanceTransactions)
    this.faults = new Faults(this.random)
    this.courier = new Courier(this)
  }

  id(prefix: string): string {
    return makeId(this.random, prefix)
  }

  /** Plans a job after a delay in milliseconds of sandbox time. */
  later(kind: JobKind, id: string, delayMs: number): void {
    this.scheduler.add(kind, id, this.clock.now() + delayMs)
  }

  /**
   * Runs one operation and checks afterwards that the balance is the sum of its transactions. A broken sum is
   * thrown, and every later operation is refused with the same error.
   */
  perform<T>(operation: string, work: () => T, cause: Cause = { id: null, idempotency_key: null }): T {
    if (this.broken) throw this.broken
    const before = this.#cause
    this.#cause = cause
    try {
      return work()
    } finally {
      this.#cause = before
      this.check(operation)
      this.afterOperation()
    }
  }

  /** Checks the identity of the balance; see `Ledger.verify`. */
  check(operation: string, always = false): void {
    try {
      this.ledger.verify(operation, always)
    } catch (error) {
      if (error instanceof IdentityBroken) this.broken = error
      throw error
    }
  }

  /**
   * Records an event with the object as it is now and hands it to the courier. `previous` holds the former values
   * of what an update changed.
   */
  emit(type: string, object: { id: string }, previous?: object): EventRecord {
    const data = JSON.stringify(
      previous === undefined ? { object } : { object, previous_attributes: previous },
    )
    const event = this.#record(type, object.id, data)
    this.courier.dispatch(event)
    return event
  }

  /** A second event about the same change, as the provider sometimes sends. */
  twin(event: EventRecord): EventRecord {
    return this.#record(event.type, event.objectId, event.data)
  }

  #record(type: string, objectId: string, data: string): EventRecord {
    const event: EventRecord = {
      id: this.id('evt_'),
      type,
      created: this.clock.seconds(),
      objectId,
      data,
      request: { ...this.#cause },
      pendingWebhooks: 0,
    }
    this.store.events.insert(event)
    return event
  }
}
