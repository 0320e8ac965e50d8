import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'
import { describeError, redact } from '#platform/redact'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export { scrub } from '#platform/redact'

export type Logger = PinoLogger

export interface LogOptions {
  level: string
  /** People read it, so colours and no JSON: only for the terminal of `npm start`. */
  pretty: boolean
  destination?: DestinationStream
}

/** JSON lines, one per fact. Everything that is logged passes `redact` first. */
export function createLogger(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // Errors were described before they came here, in logMethod.
    serializers: { err: redact },
    hooks: {
      logMethod(this: PinoLogger, args: Parameters<PinoLogger['info']>, method: PinoLogger['info']) {
        const [first, ...rest] = args as unknown[]
        const head = first instanceof Error ? { err: describeError(first) } : redact(first)
        method.apply(this, [head, ...rest.map((part) => redact(part))] as Parameters<PinoLogger['info']>)
      },
    },
    ...(options.pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true },
          },
        }
      : {}),
  }
  const log = options.destination
    ? pino({ ...settings, transport: undefined as never }, options.destination)
    : pino(settings)
  // What is bound to a child is written with each of its lines and passes no hook. Children of children inherit this.
  // eslint-disable-next-line typescript/unbound-method -- called on the child below, whichever that is
  const plainChild = log.child
  log.child = function child(this: Logger, bindings: object, childOptions?: object) {
    return plainChild.call(this, redact(bindings) as Record<string, unknown>, childOptions)
  } as typeof log.child
  return log
}

export interface Metrics {
  readonly registry: Registry
  /** Counts a fact of the main job: `tessera_<name>_total`. */
  count(name: string, labels?: Record<string, string>, by?: number): void
  /** A duration in seconds: `tessera_<name>_seconds`. */
  observe(name: string, seconds: number, labels?: Record<string, string>): void
  /** Asked for when somebody looks: `tessera_<name>`. */
  gauge(name: string, help: string, read: () => number): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()
  return {
    registry,
    count(name, labels = {}, by = 1) {
      let counter = counters.get(name)
      if (!counter) {
        counter = new Counter({
          name: `tessera_${name}_total`,
          help: name.replaceAll('_', ' '),
          labelNames: Object.keys(labels),
          registers: [registry],
        })
        counters.set(name, counter)
      }
      counter.inc(labels, by)
    },
    observe(name, seconds, labels = {}) {
      let histogram = histograms.get(name)
      if (!histogram) {
        histogram = new Histogram({
          name: `tessera_${name}_seconds`,
          help: `${name.replaceAll('_', ' ')}, in seconds`,
          labelNames: Object.keys(labels),
          buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 20],
          registers: [registry],
        })
        histograms.set(name, histogram)
      }
      histogram.observe(labels, seconds)
    },
    gauge(name, help, read) {
      const gauge = new Gauge({
        name: `tessera_${name}`,
        help,
        registers: [registry],
        collect() {
          gauge.set(read())
        },
      })
    },
  }
}
