/**
 * The rows of one resource in order of creation, found by id and by named keys without scanning.
 * A key may change later (a session learns its payment intent); `touch` brings the index up to date.
 */
export class Collection<Row extends { id: string }> {
  #rows: (Row | undefined)[] = []
  readonly #positions = new Map<string, number>()
  readonly #keys: Record<string, (row: Row) => string | null>
  readonly #indexes = new Map<string, Map<string, Set<string>>>()
  readonly #indexed = new Map<string, Record<string, string | null>>()

  constructor(keys: Record<string, (row: Row) => string | null> = {}) {
    this.#keys = keys
    for (const name of Object.keys(keys)) this.#indexes.set(name, new Map())
  }

  get size(): number {
    return this.#positions.size
  }

  get(id: string): Row | undefined {
    const position = this.#positions.get(id)
    return position === undefined ? undefined : this.#rows[position]
  }

  insert(row: Row): void {
    this.#positions.set(row.id, this.#rows.length)
    this.#rows.push(row)
    this.touch(row)
  }

  remove(id: string): void {
    const position = this.#positions.get(id)
    if (position === undefined) return
    const before = this.#indexed.get(id)
    for (const [name, key] of Object.entries(before ?? {})) {
      if (key !== null) this.#indexes.get(name)?.get(key)?.delete(id)
    }
    this.#indexed.delete(id)
    this.#positions.delete(id)
    this.#rows[position] = undefined
  }

  /** Re-reads the named keys of a row that changed. */
  touch(row: Row): void {
    const names = Object.keys(this.#keys)
    if (names.length === 0) return
    const before = this.#indexed.get(row.id) ?? {}
    const after: Record<string, string | null> = {}
    for (const name of names) {
      const key = this.#keys[name]?.(row) ?? null
      after[name] = key
      const old = before[name] ?? null
      if (old === key) continue
      const index = this.#indexes.get(name) as Map<string, Set<string>>
      if (old !== null) index.get(old)?.delete(row.id)
      if (key !== null) {
        const ids = index.get(key)
        if (ids) ids.add(row.id)
        else index.set(key, new Set([row.id]))
      }
    }
    this.#indexed.set(row.id, after)
  }

  /** The rows with this key, oldest first. */
  with(name: string, key: string): Row[] {
    const ids = this.#indexes.get(name)?.get(key)
    if (!ids) return []
    return [...ids].map((id) => this.get(id) as Row)
  }

  /** Newest first, beginning just below the given id; an unknown id gives undefined. */
  *newestFirst(after?: string): Generator<Row> {
    const start = after === undefined ? this.#rows.length : (this.#positions.get(after) ?? -1)
    for (let i = start - 1; i >= 0; i--) {
      const row = this.#rows[i]
      if (row) yield row
    }
  }

  /** Oldest first, beginning just above the given id. */
  *oldestFirst(after?: string): Generator<Row> {
    const start = after === undefined ? 0 : (this.#positions.get(after) ?? this.#rows.length) + 1
    for (let i = start; i < this.#rows.length; i++) {
      const row = this.#rows[i]
      if (row) yield row
    }
  }

  has(id: string): boolean {
    return this.#positions.has(id)
  }

  /** All rows, oldest first. */
  all(): Row[] {
    return [...this.oldestFirst()]
  }

  restore(rows: Row[]): void {
    this.#rows = []
    this.#positions.clear()
    this.#indexed.clear()
    for (const index of this.#indexes.values()) index.clear()
    for (const row of rows) this.insert(row)
  }
}
