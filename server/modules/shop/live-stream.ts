import type { ServerResponse } from 'node:http'
import type { EventId } from '#modules/catalog'
import type { AvailabilitySource } from './availability.ts'
import { lookEvery, type LiveEvents } from './live-events.ts'

/** People who follow an event. Each event has one timer, however many they are. */
export interface LiveStreams {
  /** Undefined when this address follows as much as it may. Else the place is taken until it is given back. */
  admit(address: string): (() => void) | undefined
  /** Writes what is left now and then each change, until the connection closes. `done` is called once, then. */
  follow(eventId: EventId, first: string, to: ServerResponse, done: () => void): void
  /** Ends every stream; a browser comes back by itself, to a server that is not stopping. */
  close(): void
  count(): number
}

export interface LiveStreamsOptions {
  perAddress: number
  inAll: number
}

export const ordinaryStreams: LiveStreamsOptions = { perAddress: 50, inAll: 20_000 }

interface Watch {
  timer: NodeJS.Timeout
  readers: Set<ServerResponse>
  sent: string
  /** The stock moved since the last look. */
  moved: boolean
  ticks: number
  looking: boolean
}

/** Ticks of the timer between two looks when nothing moved: sales also open and end by themselves. */
const idleLook = 4
/** Ticks between two signs of life, so that proxies keep the connection: 15 s. */
const signOfLife = 15_000 / lookEvery
/** Bytes that may wait for a reader before it is taken to be gone. */
const mostUnread = 64 * 1024

export function createLiveStreams(
  events: LiveEvents,
  availability: AvailabilitySource,
  options: LiveStreamsOptions = ordinaryStreams,
): LiveStreams {
  const watches = new Map<EventId, Watch>()
  const addresses = new Map<string, number>()
  let admitted = 0
  const unsubscribe = availability.onChange((eventId) => {
    const watch = watches.get(eventId)
    if (watch) watch.moved = true
  })

  async function tick(eventId: EventId, watch: Watch): Promise<void> {
    watch.ticks += 1
    if (watch.ticks % signOfLife === 0)
      for (const reader of watch.readers) write(watch, reader, ': still here\n\n')
    if (watch.looking || (!watch.moved && watch.ticks % idleLook !== 0)) return
    watch.looking = true
    watch.moved = false
    try {
      const live = await events.read(eventId)
      if (live && live.message !== watch.sent) {
        watch.sent = live.message
        for (const reader of watch.readers) write(watch, reader, frame(live.message))
      }
    } catch {
      // The database could not be asked; the next tick tries again, and the page says what it last knew.
      watch.moved = true
    } finally {
      watch.looking = false
    }
  }

  function watchOf(eventId: EventId, first: string): Watch {
    const known = watches.get(eventId)
    if (known) return known
    const watch: Watch = {
      timer: setInterval(() => void tick(eventId, watch), lookEvery),
      readers: new Set(),
      sent: first,
      moved: false,
      ticks: 0,
      looking: false,
    }
    watch.timer.unref()
    watches.set(eventId, watch)
    return watch
  }

  return {
    admit(address) {
      const open = addresses.get(address) ?? 0
      if (open >= options.perAddress || admitted >= options.inAll) return undefined
      addresses.set(address, open + 1)
      admitted += 1
      let given = false
      return () => {
        if (given) return
        given = true
        admitted -= 1
        const left = (addresses.get(address) ?? 1) - 1
        if (left > 0) addresses.set(address, left)
        else addresses.delete(address)
      }
    },
    follow(eventId, first, to, done) {
      if (to.destroyed) {
        done()
        return
      }
      const watch = watchOf(eventId, first)
      watch.readers.add(to)
      to.on('close', () => {
        watch.readers.delete(to)
        if (watch.readers.size === 0 && watches.get(eventId) === watch) {
          clearInterval(watch.timer)
          watches.delete(eventId)
        }
        done()
      })
      to.on('error', () => to.destroy())
      to.write(`retry: 3000\n${frame(first)}`)
      if (first === watch.sent) return
      // Who joins between two changes knows something else than the others were told; the next look tells everybody.
      watch.sent = ''
      watch.moved = true
    },
    close() {
      unsubscribe()
      for (const watch of watches.values()) {
        clearInterval(watch.timer)
        for (const reader of watch.readers) reader.end()
      }
      watches.clear()
    },
    count: () => admitted,
  }

  function write(watch: Watch, reader: ServerResponse, text: string): void {
    if (reader.writableLength > mostUnread) {
      watch.readers.delete(reader)
      reader.destroy()
    } else reader.write(text)
  }
}

function frame(message: string): string {
  return `event: availability\ndata: ${message}\n\n`
}
