import type { Server } from 'node:http'
import type { Logger } from '#platform/telemetry'

/** How a process ends: in order, in time, and with the work that was under way finished. */
export interface Lifecycle {
  /** Registered first, stopped last: what stands on something is made after it, and must go before it. */
  onShutdown(name: string, stop: () => Promise<void> | void): void
  /** True as soon as it was asked to stop: load balancers should send nobody any more. */
  stopping(): boolean
  /** Stops everything; the same promise however often it is asked. Gives the exit code: 1 where something failed or took too long. */
  shutdown(reason: string): Promise<number>
}

export interface LifecycleOptions {
  log: Pick<Logger, 'info' | 'error'>
  /** How long everything may take together; an orchestrator usually kills after 30 s. */
  withinMs?: number
}

export function createLifecycle({ log, withinMs = 20_000 }: LifecycleOptions): Lifecycle {
  const steps: { name: string; stop: () => Promise<void> | void }[] = []
  let ending: Promise<number> | undefined

  async function stopAll(reason: string): Promise<number> {
    const start = performance.now()
    const left = () => withinMs - (performance.now() - start)
    log.info({ reason }, 'stopping')
    let code = 0
    for (const { name, stop } of steps.toReversed()) {
      try {
        await inTime(name, stop, Math.max(0, left()))
        log.info({ step: name, milliseconds: Math.round(performance.now() - start) }, 'stopped')
      } catch (error) {
        // The rest is stopped all the same: one that hangs must not keep the others from finishing their work.
        code = 1
        log.error({ step: name, err: error }, 'did not stop well')
      }
    }
    return code
  }

  return {
    onShutdown: (name, stop) => void steps.push({ name, stop }),
    stopping: () => ending !== undefined,
    shutdown: (reason) => (ending ??= stopAll(reason)),
  }
}

async function inTime(name: string, stop: () => Promise<void> | void, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop in time`)), milliseconds)
  })
  try {
    await Promise.race([Promise.resolve().then(stop), late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Ends the process well on SIGTERM and SIGINT; a second signal ends it at once. A fault that nobody caught is logged and
 * ends it too, since nobody knows what state it left behind: the work lies in the database, and another process takes over.
 */
export function endWithSignals(lifecycle: Lifecycle, log: Pick<Logger, 'info' | 'error' | 'fatal'>): void {
  const end = (reason: string, atLeast = 0) => {
    if (lifecycle.stopping()) {
      log.info({ reason }, 'ending at once')
      process.exit(1)
    }
    void lifecycle.shutdown(reason).then((code) => process.exit(Math.max(code, atLeast)))
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal))
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (error: unknown) => {
      log.fatal({ err: error }, fault)
      if (!lifecycle.stopping()) end(fault, 1)
    })
  }
}

/**
 * Closes an HTTP server: takes nobody new, and waits for the answers that are under way. A connection that had asked to be kept
 * would linger after its last answer until its idle time is over, so idle ones are closed again and again meanwhile.
 */
export async function closeHttp(server: Server, close: () => Promise<unknown>): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  try {
    await close()
  } finally {
    clearInterval(sweep)
  }
}
