import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { ArmedFault } from './faults.ts'
import type { Job } from './scheduler.ts'
import type { World } from './world.ts'

/** The form of the file; a file of another form is refused and not guessed at. */
const formVersion = 1

interface Saved {
  version: number
  clockOffset: number
  random: [number, number, number, number]
  jobs: Job[]
  faults: ArmedFault[]
  sourceTypes: ReturnType<World['ledger']['sourceTypes']>
  collections: Record<string, { id: string }[]>
}

/** Keeps the state of a sandbox in a file: read at start, written after changes (at most once a second) and at the end. */
export class Persistence {
  readonly #world: World
  readonly #path: string
  #timer: NodeJS.Timeout | undefined

  constructor(world: World, path: string) {
    this.#world = world
    this.#path = path
  }

  /** Reads the file if there is one. Refuses a file that this version did not write. */
  load(): void {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    const saved = JSON.parse(text) as Saved
    if (saved.version !== formVersion)
      throw new Error(`${this.#path} was written by another version of the sandbox`)
    const world = this.#world
    world.clock.restore(saved.clockOffset)
    world.random.restore(saved.random)
    world.faults.restore(saved.faults)
    for (const [name, collection] of Object.entries(world.store.collections())) {
      collection.restore(saved.collections[name] ?? [])
    }
    world.ledger.restore(saved.sourceTypes)
    world.scheduler.restore(saved.jobs.filter((job) => job.kind !== 'webhook.deliver'))
    this.#resumeDeliveries()
    // A request that was in flight when the process ended will never get its answer; its key is free again.
    for (const record of world.store.idempotency.all()) {
      if (record.answer === null) world.store.idempotency.remove(record.id)
    }
    world.check('loading', true)
  }

  /** Plans a write; several changes within a second are written once. */
  changed(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => this.save(), 1000)
    this.#timer.unref()
  }

  /** Writes now, beside the file first, so that a crash leaves the old or the new state and nothing in between. */
  save(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    const world = this.#world
    const collections: Saved['collections'] = {}
    for (const [name, collection] of Object.entries(world.store.collections()))
      collections[name] = collection.all()
    const saved: Saved = {
      version: formVersion,
      clockOffset: world.clock.offset,
      random: world.random.state,
      jobs: world.scheduler.all(),
      faults: world.faults.list(),
      sourceTypes: world.ledger.sourceTypes(),
      collections,
    }
    writeFileSync(`${this.#path}.new`, JSON.stringify(saved))
    renameSync(`${this.#path}.new`, this.#path)
  }

  /** Deliveries that were planned or under way are planned again; a delivery may so happen twice, as in life. */
  #resumeDeliveries(): void {
    const { store, scheduler, clock } = this.#world
    for (const delivery of store.deliveries.all()) {
      if (delivery.state !== 'pending') continue
      delivery.heldBehind = 0
      scheduler.add('webhook.deliver', delivery.id, delivery.nextAttemptAt ?? clock.now())
    }
  }
}
