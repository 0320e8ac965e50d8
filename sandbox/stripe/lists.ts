import type { Collection } from './collection.ts'
import { invalidRequest, noSuchReference } from './errors.ts'
import type { TimeRange } from './params.ts'

export interface Page<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  url: string
}

export interface Paging {
  limit?: number | undefined
  starting_after?: string | undefined
  ending_before?: string | undefined
}

/** Whether a time is inside a range. */
export function within(range: TimeRange | undefined, time: number): boolean {
  if (!range) return true
  return (
    (range.gt === undefined || time > range.gt) &&
    (range.gte === undefined || time >= range.gte) &&
    (range.lt === undefined || time < range.lt) &&
    (range.lte === undefined || time <= range.lte)
  )
}

/** Takes one page from rows in the order in which they are walked. */
function take<T>(rows: Iterable<T>, limit: number, keep: (row: T) => boolean): { data: T[]; more: boolean } {
  const data: T[] = []
  for (const row of rows) {
    if (!keep(row)) continue
    if (data.length === limit) return { data, more: true }
    data.push(row)
  }
  return { data, more: false }
}

/**
 * A page of a collection, newest first. `from` narrows to the rows of one key, so that filtered lists do not scan
 * everything. Refuses an unknown cursor and both cursors at once.
 */
export function page<Row extends { id: string }>(
  collection: Collection<Row>,
  paging: Paging,
  options: {
    url: string
    resource: string
    from?: [name: string, key: string] | undefined
    keep?: (row: Row) => boolean
  },
): Page<Row> {
  const { starting_after: after, ending_before: before } = paging
  if (after !== undefined && before !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: starting_after, ending_before.')
  }
  for (const [param, id] of Object.entries({ starting_after: after, ending_before: before })) {
    if (id !== undefined && !collection.has(id)) throw noSuchReference(options.resource, id, param)
  }
  const keep = options.keep ?? (() => true)
  const limit = paging.limit ?? 10
  const backwards = before !== undefined
  let rows: Iterable<Row>
  if (options.from) {
    const oldest = collection.with(...options.from)
    const ordered = backwards ? oldest : oldest.toReversed()
    const cursor = ordered.findIndex((row) => row.id === (after ?? before))
    rows = cursor === -1 ? ordered : ordered.slice(cursor + 1)
  } else rows = backwards ? collection.oldestFirst(before) : collection.newestFirst(after)
  const { data, more } = take(rows, limit, keep)
  return { object: 'list', data: backwards ? data.toReversed() : data, has_more: more, url: options.url }
}

/** A page of a short list that belongs to one object, in its own order. */
export function pageOf<Row extends { id: string }>(
  rows: Row[],
  paging: Paging,
  options: { url: string; resource: string },
): Page<Row> {
  const { starting_after: after, ending_before: before } = paging
  const limit = paging.limit ?? 10
  const cursor = rows.findIndex((row) => row.id === (after ?? before))
  if ((after ?? before) !== undefined && cursor === -1) {
    throw noSuchReference(
      options.resource,
      (after ?? before) as string,
      after ? 'starting_after' : 'ending_before',
    )
  }
  if (before !== undefined) {
    const start = Math.max(0, cursor - limit)
    return { object: 'list', data: rows.slice(start, cursor), has_more: start > 0, url: options.url }
  }
  const start = after === undefined ? 0 : cursor + 1
  const data = rows.slice(start, start + limit)
  return { object: 'list', data, has_more: start + limit < rows.length, url: options.url }
}
