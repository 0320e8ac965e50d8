import { newId, publicId, type Id } from '#platform/ids'

/** As much of JSON Schema as the API document uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  pattern?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  minimum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  schema?: Schema
  description?: string
}

export interface Operation {
  method: string
  path: string
  parameters: Parameter[]
  body: Schema | undefined
}

export interface HostileRequest {
  /** What is wrong with it, for whoever reads a failure. */
  what: string
  method: string
  url: string
  headers: Record<string, string>
  payload?: string
  /** False where a server may well take it: a strange text is still a text. */
  mustBeRefused: boolean
}

interface Document {
  paths?: Record<string, Record<string, unknown>>
  components?: { schemas?: Record<string, Schema> }
}

/** Every operation of the API document, those that take something away last: what they need is gone after them. */
export function operationsOf(document: object): Operation[] {
  const { paths = {}, components } = document as Document
  const resolve = (schema: Schema | undefined): Schema | undefined => deref(schema, components?.schemas ?? {})
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]): Operation => {
      const one = raw as {
        parameters?: Parameter[]
        requestBody?: { content?: Record<string, { schema?: Schema }> }
      }
      return {
        method: method.toUpperCase(),
        path,
        parameters: (one.parameters ?? []).map((parameter) => ({
          ...parameter,
          schema: { description: parameter.description ?? '', ...resolve(parameter.schema) },
        })),
        body: resolve(Object.values(one.requestBody?.content ?? {})[0]?.schema),
      }
    }),
  )
  const takesAway = ({ method, path }: Operation) =>
    Number(method === 'DELETE') + Number(/cancel|sign-out|change-password/.test(path))
  return operations.toSorted((left, right) => takesAway(left) - takesAway(right))
}

function deref(schema: Schema | undefined, known: Record<string, Schema>): Schema | undefined {
  if (!schema) return undefined
  if (schema.$ref) return deref(known[schema.$ref.split('/').at(-1) ?? ''], known)
  const inside = (one: Schema) => deref(one, known) ?? {}
  return {
    ...schema,
    ...(schema.items ? { items: inside(schema.items) } : {}),
    ...(schema.anyOf ? { anyOf: schema.anyOf.map(inside) } : {}),
    ...(schema.oneOf ? { oneOf: schema.oneOf.map(inside) } : {}),
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, one]) => [name, inside(one)]),
          ),
        }
      : {}),
  }
}

/** Ids that exist, by their prefix: the caller's own, and those of another tenant. */
export interface KnownIds {
  own: Record<string, string>
  foreign: Record<string, string>
  /** Values for parameters and fields that are no ids, by name. */
  named: Record<string, unknown>
}

const prefixOf = (schema: Schema | undefined): string | undefined =>
  /begins with ([a-z]+)_/.exec(schema?.description ?? '')?.[1] ??
  /^\^?([a-z]+)_\[0-7\]/.exec(schema?.pattern ?? '')?.[1]

const unknownId = (prefix: string) => publicId(prefix, newId<Id<string>>())

/** Something that the schema allows. */
export function sample(schema: Schema | undefined, name: string, ids: KnownIds): unknown {
  if (!schema) return undefined
  if (name in ids.named) return ids.named[name]
  const prefix = prefixOf(schema)
  if (prefix !== undefined) return ids.own[prefix] ?? unknownId(prefix)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const choice = (schema.anyOf ?? schema.oneOf)?.find((one) => one.type !== 'null')
  if (choice) return sample(choice, name, ids)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, one]) => [key, sample(one, key, ids)]),
      )
    case 'array':
      return [sample(schema.items, name, ids)]
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1)
    case 'boolean':
      return true
    default:
      return sampleText(schema)
  }
}

function sampleText(schema: Schema): string {
  if (schema.format === 'date-time') return '2027-06-01T18:00:00Z'
  if (schema.format === 'email') return `someone.${newId().slice(-6)}@example.com`
  if (schema.format === 'uri') return 'https://example.com/'
  if (schema.pattern?.includes('[A-Z]{3}')) return 'EUR'
  if (schema.pattern?.includes('[A-Z]{2}')) return 'DE'
  return `text-${newId()}`.slice(0, 20).padEnd(schema.minLength ?? 0, 'x')
}

const deep = (levels: number): unknown => {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** Texts that people and their enemies type. A server may take them as text; it must not stumble. */
const strangeTexts: Record<string, string> = {
  'a lone surrogate': 'broken \ud800 text',
  'a NUL': 'nul \u0000 text',
  'text from right to left': 'שלום \u202egnp.exe',
  emoji: '👩‍👩‍👧‍👦 🎟️',
  SQL: `'; drop table orders."order"; --`,
  HTML: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'a template': '{{7*7}} ${7*7} %s %n',
  'a path': '../../../../etc/passwd',
  'a line break': 'one\r\nSet-Cookie: two=2',
  'white space': '   ',
  'an empty text': '',
  '20 kB': 'x'.repeat(20_000),
}

const numbers: Record<string, number> = {
  minus: -1,
  zero: 0,
  'a fraction': 1.5,
  'more than exact': 2 ** 53 + 2,
  enormous: 1e308,
}

/** Values for one field, with whether the schema certainly excludes them. */
function hostileValues(schema: Schema, ids: KnownIds): [string, unknown, boolean][] {
  const options = schema.anyOf ?? schema.oneOf ?? [schema]
  const types = new Set(options.flatMap((one) => one.type ?? (one.enum ? ['string'] : [])).flat())
  if (types.has('integer')) types.add('number')
  const known = types.size > 0
  const wrong = (type: string) => known && !types.has(type)
  const closed =
    schema.enum !== undefined || options.every((one) => one.enum !== undefined || one.type === 'null')
  const prefix = prefixOf(schema)
  return [
    ['null', null, wrong('null')],
    ['a boolean', true, wrong('boolean')],
    ['a list', [], wrong('array')],
    ['an object', {}, wrong('object')],
    ['deep nesting', deep(500), true],
    ...Object.entries(numbers).map(([what, value]): [string, unknown, boolean] => [
      what,
      value,
      wrong('number') || (types.has('integer') && !Number.isSafeInteger(value)),
    ]),
    ...Object.entries(strangeTexts).map(([what, value]): [string, unknown, boolean] => [
      what,
      value,
      wrong('string') ||
        closed ||
        prefix !== undefined ||
        (what === '20 kB' && options.every((one) => (one.maxLength ?? Infinity) < 20_000)),
    ]),
    ...(prefix === undefined
      ? []
      : ([
          ['an id of another kind', unknownId('xyz'), true],
          ['an id that nobody has', unknownId(prefix), false],
          ...(ids.foreign[prefix] === undefined
            ? []
            : [['an id of another tenant', ids.foreign[prefix], true]]),
        ] as [string, unknown, boolean][])),
  ]
}

type Path = (string | number)[]

/** Every place in a body, with its schema. */
function* fieldsOf(
  schema: Schema,
  path: Path = [],
): Generator<{ path: Path; schema: Schema; required: boolean }> {
  const object = schema.properties
    ? schema
    : (schema.anyOf ?? schema.oneOf)?.find((one) => one.properties || one.items)
  for (const [name, one] of Object.entries(object?.properties ?? {})) {
    yield { path: [...path, name], schema: one, required: object?.required?.includes(name) ?? false }
    yield* fieldsOf(one, [...path, name])
  }
  if (object?.items ?? schema.items) {
    const items = (object?.items ?? schema.items) as Schema
    yield { path: [...path, 0], schema: items, required: true }
    yield* fieldsOf(items, [...path, 0])
  }
}

function withValue(
  body: unknown,
  path: Path,
  change: (holder: Record<string | number, unknown>, key: string | number) => void,
) {
  const copy = structuredClone(body) as Record<string | number, unknown>
  let holder = copy
  for (const key of path.slice(0, -1)) {
    const next = holder[key]
    if (typeof next !== 'object' || next === null) return undefined
    holder = next as Record<string | number, unknown>
  }
  change(holder, path.at(-1) ?? '')
  return copy
}

/** Every hostile request that follows from one operation's description. */
export function hostileRequests(operation: Operation, ids: KnownIds): HostileRequest[] {
  const valid = validRequest(operation, ids)
  return [
    ...hostileParameters(operation, valid, ids),
    ...(operation.body ? hostileBodies(operation, valid, ids) : []),
  ]
}

interface Valid {
  values: Map<string, string>
  body: unknown
}

function validRequest(operation: Operation, ids: KnownIds): Valid {
  const values = new Map(
    operation.parameters
      .filter((parameter) => parameter.in !== 'query')
      .map((parameter) => [parameter.name, String(sample(parameter.schema, parameter.name, ids))]),
  )
  return { values, body: operation.body && sample(operation.body, '', ids) }
}

/** The request with these values; the query as it is written. */
export function requestOf(
  { method, path, parameters }: Operation,
  { values, body }: Valid,
  query = '',
): Pick<HostileRequest, 'method' | 'url' | 'headers' | 'payload'> {
  const url = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values.get(name) ?? '')
  const headers = Object.fromEntries(
    parameters
      .filter((parameter) => parameter.in === 'header' && values.has(parameter.name))
      .map((parameter) => [parameter.name, values.get(parameter.name) ?? '']),
  )
  return {
    method,
    url: query === '' ? url : `${url}?${query}`,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  }
}

const encodedTexts = Object.entries({ ...strangeTexts, 'not encoded at all': '%E0%A4%A' }).map(
  ([what, text]): [string, string] => [
    what,
    text.isWellFormed() && !text.includes('%E0') ? encodeURIComponent(text) : '%ED%A0%80',
  ],
)

function hostileParameters(operation: Operation, valid: Valid, ids: KnownIds): HostileRequest[] {
  const found: HostileRequest[] = []
  const add = (what: string, mustBeRefused: boolean, values: Map<string, string>, query = '') =>
    found.push({ what, mustBeRefused, ...requestOf(operation, { ...valid, values }, query) })
  for (const { name, in: place, schema } of operation.parameters) {
    const prefix = prefixOf(schema)
    const swap = (value: string) => new Map(valid.values).set(name, value)
    if (place === 'path') {
      for (const [what, text] of encodedTexts) if (text !== '') add(`${name}: ${what}`, true, swap(text))
      if (prefix !== undefined) {
        add(`${name}: an id that nobody has`, true, swap(unknownId(prefix)))
        // An operator stands outside all tenants, and sets the platform's fees for each.
        const isOfTenant =
          operation.path.includes('/organisations/') && !operation.path.endsWith('platform-fees')
        if (ids.foreign[prefix] !== undefined && isOfTenant)
          add(`${name}: an id of another tenant`, true, swap(ids.foreign[prefix]))
      }
    } else if (place === 'header') {
      for (const [what, text] of [
        ['missing', undefined],
        ['empty', ''],
        ['short', 'x'],
        ['of another', 'y'.repeat(43)],
        ['long', 'z'.repeat(5000)],
        ['strange', 'ÿ'.repeat(30)],
        ['SQL', `' or 1=1 -- `.padEnd(30, 'x')],
      ] as const) {
        const values = new Map(valid.values)
        if (text === undefined) values.delete(name)
        else values.set(name, text)
        add(`${name}: ${what}`, what !== 'of another' || name === 'tessera-guest', values)
      }
    } else {
      const same = String(sample(schema, name, ids) ?? '1')
      add(
        `${name} twice`,
        true,
        valid.values,
        `${name}=${encodeURIComponent(same)}&${name}=${encodeURIComponent(same)}`,
      )
      for (const [what, text] of encodedTexts) add(`${name}: ${what}`, false, valid.values, `${name}=${text}`)
      for (const [what, number] of Object.entries(numbers))
        add(`${name}: ${what}`, false, valid.values, `${name}=${number}`)
    }
  }
  for (const query of [
    '__proto__[polluted]=1',
    'constructor=1&constructor[prototype]=2',
    'unknown=1',
    'a[b][c]=1',
  ])
    add(`query ${query}`, false, valid.values, query)
  // What would otherwise simply work, and for ever in the case of a stream, is asked elsewhere.
  return found.filter(
    (one) => one.mustBeRefused || (operation.method === 'GET' && !operation.path.endsWith('/live')),
  )
}

function hostileBodies(operation: Operation, valid: Valid, ids: KnownIds): HostileRequest[] {
  const found: HostileRequest[] = []
  const schema = operation.body ?? {}
  const base = requestOf(operation, valid)
  const add = (what: string, mustBeRefused: boolean, payload: string, headers = base.headers) =>
    found.push({ ...base, what, mustBeRefused, payload, headers })
  for (const { path, schema: one, required } of fieldsOf(schema)) {
    const name = `/${path.join('/')}`
    const put = (what: string, value: unknown, must: boolean) => {
      const body = withValue(valid.body, path, (holder, key) => (holder[key] = value))
      if (body !== undefined) add(`${name}: ${what}`, must, JSON.stringify(body))
    }
    for (const [what, value, must] of hostileValues(one, ids)) put(what, value, must)
    if (typeof path.at(-1) === 'string') {
      const without = withValue(valid.body, path, (holder, key) => delete holder[key])
      if (without !== undefined) add(`${name}: missing`, required, JSON.stringify(without))
    }
  }
  const text = JSON.stringify(valid.body)
  const opened = text.slice(1)
  const closed = schema.additionalProperties === false
  const more = opened === '}' ? '}' : `,${opened}`
  add('an unknown field', closed, `{"surprise":1${more}`)
  add('__proto__', false, `{"__proto__":{"polluted":true}${more}`)
  add('constructor', false, `{"constructor":{"prototype":{"polluted":true}}${more}`)
  for (const [what, payload] of Object.entries({
    'half of it': text.slice(0, -1),
    nothing: '',
    'an open bracket': '[',
    'a list': '[]',
    'a text': '"text"',
    'null as the whole': 'null',
    'a number': '42',
    'brackets without end': '['.repeat(20_000),
    '100 kB': JSON.stringify({ name: 'x'.repeat(100_000) }),
    'a byte order mark': `\ufeff${text.slice(0, -1)}`,
  }))
    add(`body: ${what}`, true, payload)
  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])
    add(`as ${type}`, true, text, { ...base.headers, 'content-type': type })
  return found
}

/** The valid request with a text in each of its text fields, one at a time: `[field, request]`. */
export function withTextInEachField(
  operation: Operation,
  ids: KnownIds,
  text: string,
): [string, ReturnType<typeof requestOf>][] {
  const valid = validRequest(operation, ids)
  const fields = operation.body ? [...fieldsOf(operation.body)] : []
  return [
    ...fields.flatMap(({ path, schema }): [string, ReturnType<typeof requestOf>][] => {
      const options = schema.anyOf ?? schema.oneOf ?? [schema]
      if (!options.some((one) => one.type === 'string')) return []
      const body = withValue(valid.body, path, (holder, key) => (holder[key] = text))
      return body === undefined ? [] : [[`/${path.join('/')}`, requestOf(operation, { ...valid, body })]]
    }),
    ...operation.parameters.map(({ name, in: place }): [string, ReturnType<typeof requestOf>] =>
      place === 'query'
        ? [name, requestOf(operation, valid, `${name}=${encodeURIComponent(text)}`)]
        : [
            name,
            requestOf(operation, {
              ...valid,
              values: new Map(valid.values).set(name, place === 'path' ? encodeURIComponent(text) : text),
            }),
          ],
    ),
  ]
}
