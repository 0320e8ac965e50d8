import { invalidRequest, notSimulated } from './errors.ts'
import type { FormRecord, FormValue } from './form.ts'

/**
 * Parameters of an endpoint are described as data, read with the provider's own errors, and typed by inference.
 * Whatever the description does not name is an unknown parameter.
 */
export interface Field<T, Required extends boolean = boolean> {
  required: Required
  read(value: FormValue, name: string): T
}

export type Shape = Record<string, Field<unknown>>
export type Values<S extends Shape> = {
  [K in keyof S]: S[K] extends Field<infer T, infer R> ? (R extends true ? T : T | undefined) : never
}

function asText(value: FormValue, name: string): string {
  if (typeof value !== 'string')
    throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, { param: name })
  return value
}

function refuseEmpty(value: FormValue, name: string): void {
  if (value !== '') return
  throw invalidRequest(
    `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param: name },
  )
}

/** Makes a field obligatory. */
export function required<T>(field: Field<T>): Field<T, true> {
  return { ...field, required: true }
}

/** A text; `emptyable` ones may be '' to unset them. */
export function text(options: { max?: number; emptyable?: boolean } = {}): Field<string, false> {
  return {
    required: false,
    read(value, name) {
      if (!options.emptyable) refuseEmpty(value, name)
      const read = asText(value, name)
      const max = options.max ?? 5000
      if (read.length > max) {
        throw invalidRequest(
          `Invalid string: ${read.slice(0, 10)}...${read.slice(-5)}; must be at most ${max} characters`,
          { code: 'parameter_invalid_string', param: name },
        )
      }
      return read
    },
  }
}

/** A whole number. */
export function integer(options: { min?: number; max?: number } = {}): Field<number, false> {
  return {
    required: false,
    read(value, name) {
      refuseEmpty(value, name)
      const read = asText(value, name)
      if (!/^[+-]?\d{1,15}$/.test(read)) {
        throw invalidRequest(`Invalid integer: ${read}`, { code: 'parameter_invalid_integer', param: name })
      }
      const number = Number(read)
      if (options.min !== undefined && number < options.min) {
        throw invalidRequest(`This value must be greater than or equal to ${options.min}.`, {
          code: 'parameter_invalid_integer',
          param: name,
        })
      }
      if (options.max !== undefined && number > options.max) {
        throw invalidRequest(`This value must be less than or equal to ${options.max}.`, {
          code: 'parameter_invalid_integer',
          param: name,
        })
      }
      return number
    },
  }
}

/** An amount of money in minor units: at least 1, at most eight digits. */
export function amount(): Field<number, false> {
  const whole = integer({ min: 1 })
  return {
    required: false,
    read(value, name) {
      const number = whole.read(value, name)
      if (number > 99_999_999) {
        throw invalidRequest('Amount must be no more than $999,999.99', {
          code: 'amount_too_large',
          param: name,
        })
      }
      return number
    },
  }
}

export function flag(): Field<boolean, false> {
  return {
    required: false,
    read(value, name) {
      const read = asText(value, name)
      if (read === 'true' || read === '1') return true
      if (read === 'false' || read === '0') return false
      throw invalidRequest(`Invalid boolean: ${read}`, { param: name })
    },
  }
}

/** One of a fixed set of words. */
export function choice<const T extends string>(...words: T[]): Field<T, false> {
  return {
    required: false,
    read(value, name) {
      const read = asText(value, name)
      const found = words.find((word) => word === read)
      if (found !== undefined) return found
      const last = words.at(-1)
      const options = words.length > 1 ? `${words.slice(0, -1).join(', ')}, or ${last}` : last
      throw invalidRequest(`Invalid ${name}: must be one of ${options}`, { param: name })
    },
  }
}

/** A nested record with its own description. */
export function record<S extends Shape>(shape: S): Field<Values<S>, false> {
  return {
    required: false,
    read(value, name) {
      if (typeof value === 'string' || Array.isArray(value)) {
        throw invalidRequest('Invalid object', { param: name })
      }
      return readParams(shape, value, name)
    },
  }
}

export function list<T>(field: Field<T>): Field<T[], false> {
  return {
    required: false,
    read(value, name) {
      if (!Array.isArray(value)) throw invalidRequest('Invalid array', { param: name })
      return value.map((item, i) => field.read(item, `${name}[${i}]`))
    },
  }
}

/** The caller's own keys and values; '' as a value removes the key, '' as the whole removes all. */
export function metadata(): Field<Record<string, string> | '', false> {
  return {
    required: false,
    read(value, name) {
      if (value === '') return ''
      if (typeof value === 'string' || Array.isArray(value)) {
        throw invalidRequest('Invalid object', { param: name })
      }
      const out: Record<string, string> = {}
      const entries = Object.entries(value)
      if (entries.length > 50) {
        throw invalidRequest('You can have up to 50 metadata keys.', { param: name })
      }
      for (const [key, item] of entries) {
        const entry = asText(item, `${name}[${key}]`)
        if (key.length > 40) {
          throw invalidRequest(
            `Metadata keys can have up to 40 characters, but you passed in ${key.length} characters. Invalid key: ${key}`,
            { param: name },
          )
        }
        if (entry.length > 500) {
          throw invalidRequest(
            `Metadata values can have up to 500 characters, but you passed in a value that is ${entry.length} characters. Invalid value: ${entry}`,
            { param: `${name}[${key}]` },
          )
        }
        out[key] = entry
      }
      return out
    },
  }
}

/** A time range such as `created[gte]=1`, or one exact second. */
export interface TimeRange {
  gt?: number | undefined
  gte?: number | undefined
  lt?: number | undefined
  lte?: number | undefined
}

export function timeRange(): Field<TimeRange, false> {
  const bounds = record({ gt: integer(), gte: integer(), lt: integer(), lte: integer() })
  return {
    required: false,
    read(value, name) {
      if (typeof value !== 'string') return bounds.read(value, name)
      const exact = integer().read(value, name)
      return { gte: exact, lte: exact }
    },
  }
}

/** A parameter that the provider has and the sandbox refuses openly, because it does not simulate it. */
export function absent(): Field<undefined, false> {
  return {
    required: false,
    read(_value, name) {
      throw notSimulated(name)
    },
  }
}

/** Every list takes these. */
export const paging = {
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  ending_before: text(),
}

/** Reads parameters by their description; refuses the unknown, then the missing, as the provider does. */
export function readParams<S extends Shape>(shape: S, values: FormRecord, within = ''): Values<S> {
  const label = (key: string) => (within ? `${within}[${key}]` : key)
  const unknown = Object.keys(values).filter((key) => !Object.hasOwn(shape, key))
  if (unknown.length > 0) {
    const names = unknown.map(label)
    throw invalidRequest(`Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`, {
      code: 'parameter_unknown',
      param: names[0] as string,
    })
  }
  const out: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(shape)) {
    const value = values[key]
    if (value !== undefined) out[key] = field.read(value, label(key))
    else if (field.required) {
      throw invalidRequest(`Missing required param: ${label(key)}.`, {
        code: 'parameter_missing',
        param: label(key),
      })
    }
  }
  return out as Values<S>
}

/** Applies a metadata parameter to what is there: keys are merged, '' removes. */
export function mergeMetadata(
  present: Record<string, string> | null,
  change: Record<string, string> | '' | undefined,
): Record<string, string> {
  if (change === '') return {}
  const merged = { ...present, ...change }
  for (const [key, value] of Object.entries(merged)) if (value === '') delete merged[key]
  return merged
}
