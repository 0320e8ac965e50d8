import { readMessage } from './message.ts'
import type { Message } from './message.ts'

export type MessageFilter = {
  /** A recipient's address, whole, in any case. */
  to?: string
  /** Part of the subject, of an address or of a name. */
  search?: string
}

export type MailboxChange = { kind: 'arrived'; message: Message } | { kind: 'removed' }

/** Keeps the newest messages and forgets the oldest, by number and by bytes, so that a long run cannot fill the memory. */
export class MailboxStore {
  readonly #kept: { message: Message; raw: Buffer }[] = []
  readonly #listeners = new Set<(change: MailboxChange) => void>()
  readonly #limits: { messages: number; bytes: number }
  #bytes = 0
  #lastId = 0

  constructor(limits: { messages: number; bytes: number }) {
    this.#limits = limits
  }

  async add(envelope: Message['envelope'], raw: Buffer): Promise<Message> {
    const read = await readMessage(new Date(), envelope, raw)
    const message = { id: ++this.#lastId, ...read } // numbered once it is here, so that numbers and order agree
    this.#kept.push({ message, raw })
    this.#bytes += raw.length
    while (
      this.#kept.length > this.#limits.messages ||
      (this.#bytes > this.#limits.bytes && this.#kept.length > 1)
    )
      this.#bytes -= this.#kept.shift()?.raw.length ?? 0
    this.#tell({ kind: 'arrived', message })
    return message
  }

  /** In the order of arrival. */
  list(filter: MessageFilter = {}): Message[] {
    return this.#kept.map((one) => one.message).filter((message) => matches(message, filter))
  }

  find(id: number): { message: Message; raw: Buffer } | undefined {
    return this.#kept.find((one) => one.message.id === id)
  }

  remove(id: number): boolean {
    const at = this.#kept.findIndex((one) => one.message.id === id)
    if (at < 0) return false
    for (const one of this.#kept.splice(at, 1)) this.#bytes -= one.raw.length
    this.#tell({ kind: 'removed' })
    return true
  }

  clear(): void {
    this.#kept.length = 0
    this.#bytes = 0
    this.#tell({ kind: 'removed' })
  }

  /** Answers the function that ends it. */
  onChange(listener: (change: MailboxChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The first message that fits: one that is there, or the next to come. Rejects after the timeout (milliseconds), saying what did come. */
  waitFor(fits: (message: Message) => boolean, timeout: number): Promise<Message> {
    const there = this.list().find(fits)
    if (there !== undefined) return Promise.resolve(there)
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer)
        stop()
      }
      const stop = this.onChange((change) => {
        if (change.kind !== 'arrived') return
        try {
          if (!fits(change.message)) return
        } catch (error) {
          finish()
          return reject(error)
        }
        finish()
        resolve(change.message)
      })
      const timer = setTimeout(() => {
        finish()
        const came = this.list().map((message) => `"${message.subject}" to ${message.envelope.to.join(', ')}`)
        reject(
          new Error(`No such mail came within ${timeout} ms; there is ${came.join('; ') || 'none at all'}.`),
        )
      }, timeout)
    })
  }

  #tell(change: MailboxChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

function matches(message: Message, { to, search }: MessageFilter): boolean {
  const recipients = message.envelope.to.map((address) => address.toLowerCase())
  if (to !== undefined && !recipients.includes(to.toLowerCase())) return false
  if (search === undefined || search === '') return true
  const people = [message.from, ...message.to, ...message.cc]
  const words = [message.subject, ...recipients, ...people.map((one) => `${one?.name} ${one?.address}`)]
  return words.join('\n').toLowerCase().includes(search.toLowerCase())
}
