/** A decoded form value: text, a list or a record of values. */
export type FormValue = string | FormValue[] | { [key: string]: FormValue }
export type FormRecord = { [key: string]: FormValue }

/** Lists longer than this are refused by the provider as well; it also keeps a hostile index from costing memory. */
const longestList = 1000

function setAt(target: FormRecord, path: string[], value: string): void {
  let node = target
  for (const [i, key] of path.entries()) {
    if (i === path.length - 1) {
      node[key] = value
      return
    }
    const next = node[key]
    if (typeof next === 'object' && !Array.isArray(next)) node = next
    else {
      const created: FormRecord = Object.create(null) as FormRecord
      node[key] = created
      node = created
    }
  }
}

/** Records whose keys are 0, 1, 2, .. are lists; this turns them into such. */
function listsFromIndexes(value: FormValue, freeKeys: boolean): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value
  const keys = Object.keys(value)
  const numbered = !freeKeys && keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key))
  if (numbered && keys.length <= longestList) {
    return keys
      .map(Number)
      .sort((a, b) => a - b)
      .map((key) => listsFromIndexes(value[key] as FormValue, false))
  }
  const out: FormRecord = {}
  for (const key of keys) {
    // Keys of metadata belong to the caller: {"0": "x"} stays a record there.
    out[key] = listsFromIndexes(value[key] as FormValue, key === 'metadata')
  }
  return out
}

/**
 * Decodes `a[b]=1&c[]=2&d[0][e]=3` as the provider does: brackets nest, `[]` appends, numbers index lists.
 * A name that is not well formed stays a plain key, and is then refused as an unknown parameter.
 */
export function decodeForm(text: string): FormRecord {
  const root: FormRecord = Object.create(null) as FormRecord
  const appended = new Map<string, number>()
  for (const [name, value] of new URLSearchParams(text)) {
    const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
    if (!match) {
      root[name] = value
      continue
    }
    const path = [match[1] as string]
    for (const part of (match[2] ?? '').matchAll(/\[([^[\]]*)\]/g)) {
      let key = part[1] as string
      if (key === '') {
        const place = path.join('\u0000')
        const index = appended.get(place) ?? 0
        appended.set(place, index + 1)
        key = String(index)
      }
      path.push(key)
    }
    if (!path.includes('__proto__')) setAt(root, path, value)
  }
  return listsFromIndexes(root, false) as FormRecord
}

/** A text that is the same for the same parameters in any order; the order inside lists counts. */
export function fingerprint(value: FormValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(',')}]`
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${fingerprint(value[key] as FormValue)}`).join(',')}}`
}
