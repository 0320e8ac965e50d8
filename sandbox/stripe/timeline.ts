import { bookCharge, expireHold } from './resources/charges.ts'
import { expireSessionByTimer } from './resources/session-life.ts'
import { makeAvailable } from './resources/balance-transactions.ts'
import { settleBankDebit } from './payments.ts'
import { failRefundByTimer, settleRefund } from './resources/refunds.ts'
import type { Job } from './scheduler.ts'
import type { World } from './world.ts'

type Handler = (world: World, id: string) => void

const handlers: Record<Exclude<Job['kind'], `webhook.${string}`>, Handler> = {
  'session.expire': expireSessionByTimer,
  'charge.book': bookCharge,
  'charge.hold_expires': expireHold,
  'balance_transaction.available': makeAvailable,
  'bank_debit.settle': settleBankDebit,
  'refund.settle': settleRefund,
  'refund.fail': failRefundByTimer,
}

/** The longest wait that a timer of the platform takes. */
const longestTimer = 2 ** 31 - 1

/**
 * Runs jobs when their time comes: by a timer in real time, or at once when the clock is advanced. A job that
 * throws is a bug of the sandbox; it is kept and thrown at whoever waits or advances next.
 */
export class Timeline {
  readonly #world: World
  #timer: NodeJS.Timeout | undefined
  #armedFor = Infinity
  #failure: unknown
  #closed = false

  constructor(world: World) {
    this.#world = world
  }

  /** Makes sure that a timer is set for the next job. Cheap when nothing changed. */
  wake(): void {
    const due = this.#world.scheduler.nextDue()
    if (this.#closed || due === undefined || due >= this.#armedFor) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#armedFor = due
    const wait = Math.min(Math.max(0, due - this.#world.clock.now()), longestTimer)
    this.#timer = setTimeout(() => {
      this.#armedFor = Infinity
      this.runDue()
      this.wake()
    }, wait)
    // The sandbox must not keep a process alive that has nothing else to do.
    this.#timer.unref()
  }

  /** Runs every job that is due now. */
  runDue(): void {
    for (;;) {
      const job = this.#world.scheduler.takeDue(this.#world.clock.now())
      if (!job) return
      this.#run(job)
    }
  }

  /** Runs what is due and waits until every delivery has its answer, and what follows from it at this instant. */
  async idle(): Promise<void> {
    do {
      this.runDue()
      await this.#world.courier.settled()
    } while (this.#world.courier.busy || this.#somethingDue())
    this.#throwFailure()
  }

  /**
   * Moves the clock on. Jobs on the way run one after the other, each at its own time, and deliveries are awaited,
   * so that retries, expiries and settlements happen in the order in which they would have.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#world.clock.now() + ms
    await this.idle()
    for (;;) {
      const due = this.#world.scheduler.nextDue()
      if (due === undefined || due > target) break
      this.#world.clock.jumpTo(due)
      await this.idle()
    }
    this.#world.clock.jumpTo(target)
    this.#armedFor = Infinity
    this.wake()
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #somethingDue(): boolean {
    const due = this.#world.scheduler.nextDue()
    return due !== undefined && due <= this.#world.clock.now()
  }

  #run(job: Job): void {
    if (job.kind === 'webhook.deliver') this.#world.courier.start(job.id)
    else if (job.kind === 'webhook.release') this.#world.courier.release(job.id)
    else {
      const handler = handlers[job.kind]
      try {
        this.#world.perform(`${job.kind} ${job.id}`, () => handler(this.#world, job.id))
      } catch (error) {
        this.#failure ??= error
      }
    }
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    const failure = this.#failure
    this.#failure = undefined
    throw failure
  }
}
