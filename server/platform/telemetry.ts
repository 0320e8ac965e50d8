import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Logger = PinoLogger

export interface LogOptions {
  level: string
  /** People read it, so colours and no JSON: only for the terminal of `npm start`. */
  pretty: boolean
  destination?: DestinationStream
}

// Whatever carries one of these names, at any of these depths, is never written.
const secretNames = [
  'email', 'mail', 'to', 'from', 'buyer', 'name', 'buyerName', 'buyerEmail', 'holderName', 'phone', 'address', 'ip', 'remoteAddress',
  'password', 'token', 'guestToken', 'browserKey', 'code', 'secret', 'authorization', 'cookie', 'apiKey', 'key', 'signature',
  'card', 'number', 'cvc', 'pan', 'url', 'client_secret', 'sessionUrl',
] // oxfmt-ignore

const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`])

const mailShape = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g
// 13 to 19 digits, perhaps in groups: a card number, whoever wrote it there.
const cardShape = /\b\d(?:[ -]?\d){12,18}\b/g
const secretShape =
  /\b(?:sk|rk|pk|tsk)_[A-Za-z0-9_]{8,}|whsec_[A-Za-z0-9+/=_-]+|TS1:[0-9A-Z $%*+./:-]+|[?#&](?:t|token)=[^\s"&]+/g

/** Free text loses what looks like a mail address, a card number, a key, a ticket code or a token. */
export function scrub(text: string): string {
  return text
    .replaceAll(secretShape, '[secret]')
    .replaceAll(mailShape, '[mail]')
    .replaceAll(cardShape, '[number]')
}

export function createLogger(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths, censor: '[redacted]' },
    serializers: { err: describeError },
    hooks: {
      logMethod(this: PinoLogger, args: Parameters<PinoLogger['info']>, method: PinoLogger['info']) {
        const clean = args.map((part: unknown) =>
          typeof part === 'string' ? scrub(part) : part,
        ) as Parameters<PinoLogger['info']>
        method.apply(this, clean)
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
  return options.destination
    ? pino({ ...settings, transport: undefined as never }, options.destination)
    : pino(settings)
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return scrub(String(error))
  // A driver's error carries the row in `detail`; only what names the place is kept.
  const { code, constraint, table } = error as Error & {
    code?: unknown
    constraint?: unknown
    table?: unknown
  }
  return {
    type: error.name,
    message: scrub(error.message),
    stack: scrub(error.stack ?? ''),
    ...(typeof code === 'string' ? { errorCode: code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(typeof table === 'string' ? { table } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
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
