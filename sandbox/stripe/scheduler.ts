/** What the sandbox does by itself at a later time. Jobs are plain data, so that they survive a restart. */
export type JobKind =
  | 'session.expire'
  | 'charge.book'
  | 'charge.hold_expires'
  | 'balance_transaction.available'
  | 'bank_debit.settle'
  | 'refund.settle'
  | 'refund.fail'
  | 'webhook.deliver'
  | 'webhook.release'

export interface Job {
  due: number
  sequence: number
  kind: JobKind
  /** The id of the object that the job is about. */
  id: string
}

/** A queue of jobs ordered by due time, then by the order in which they were added (a binary heap). */
export class Scheduler {
  #heap: Job[] = []
  #sequence = 0

  add(kind: JobKind, id: string, due: number): void {
    const job = { due, sequence: this.#sequence++, kind, id }
    this.#heap.push(job)
    this.#rise(this.#heap.length - 1)
  }

  /** When the next job is due, or undefined when there is none. */
  nextDue(): number | undefined {
    return this.#heap[0]?.due
  }

  /** Takes the first job that is due by then. */
  takeDue(by: number): Job | undefined {
    const first = this.#heap[0]
    if (!first || first.due > by) return undefined
    const last = this.#heap.pop() as Job
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return first
  }

  all(): Job[] {
    return [...this.#heap].sort((a, b) => a.due - b.due || a.sequence - b.sequence)
  }

  restore(jobs: Job[]): void {
    this.#heap = []
    for (const job of jobs) this.add(job.kind, job.id, job.due)
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a]
    const right = this.#heap[b]
    if (!left || !right) return false
    return left.due < right.due || (left.due === right.due && left.sequence < right.sequence)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a] as Job
    this.#heap[a] = this.#heap[b] as Job
    this.#heap[b] = kept
  }

  #rise(index: number): void {
    let at = index
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(index: number): void {
    let at = index
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (this.#before(left, least)) least = left
      if (this.#before(right, least)) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }
}
