export interface MemoryOptions<Key, Value> {
  /** Undefined means that there is no such thing. `before` is what was read last time, however old. */
  read(key: Key, before: Value | undefined): Promise<Value | undefined>
  /** The time in milliseconds. */
  now(): number
  /** How long an answer is good for, in milliseconds. */
  keepFor: number
  /** The same for "there is no such thing": it may be made at any moment. */
  keepNothingFor: number
  /** How many are kept; the one read longest ago goes first. */
  most: number
}

export interface Memory<Key, Value> {
  /** What is known and still good, without asking anybody. */
  atHand(key: Key): Value | undefined
  /** What is known and still good, else read anew; many who ask at once cause one reading. */
  read(key: Key): Promise<Value | undefined>
  /** What was read until now is no longer good, nor is what is being read at this moment. */
  forget(concerned?: (value: Value | undefined, key: Key) => boolean): void
}

interface Kept<Value> {
  value: Value | undefined
  until: number
}

/** What was read a moment ago. Crowds ask for the same few things; the database is asked once. */
export function createMemory<Key, Value>(options: MemoryOptions<Key, Value>): Memory<Key, Value> {
  const kept = new Map<Key, Kept<Value>>()
  const reading = new Map<Key, Promise<Value | undefined>>()
  let forgotten = 0

  async function readAnew(key: Key): Promise<Value | undefined> {
    const [before, since] = [forgotten, options.now()]
    const value = await options.read(key, kept.get(key)?.value)
    // What was read before a change and arrives after it is given to whoever asked, and not kept.
    if (before !== forgotten) return value
    kept.delete(key)
    kept.set(key, { value, until: since + (value === undefined ? options.keepNothingFor : options.keepFor) })
    // A map keeps the order of insertion.
    if (kept.size > options.most) for (const oldest of kept.keys()) { kept.delete(oldest); break } // oxfmt-ignore
    return value
  }

  return {
    atHand(key) {
      const have = kept.get(key)
      return have && options.now() < have.until ? have.value : undefined
    },
    async read(key) {
      const have = kept.get(key)
      if (have && options.now() < have.until) return have.value
      const running = reading.get(key)
      if (running) return running
      const fresh = readAnew(key).finally(() => {
        if (reading.get(key) === fresh) reading.delete(key)
      })
      reading.set(key, fresh)
      return fresh
    },
    forget(concerned) {
      forgotten += 1
      reading.clear()
      for (const [key, entry] of kept) if (!concerned || concerned(entry.value, key)) entry.until = -Infinity
    },
  }
}
