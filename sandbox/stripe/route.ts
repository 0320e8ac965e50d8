import type { Shape, Values } from './params.ts'
import type { World } from './world.ts'

/** What an endpoint answers with; expansion is checked against it before anything is executed. */
export interface Returns {
  resource: string
  list: boolean
}

/** One endpoint of the API, described as data. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** A path with `:name` segments. */
  path: string
  returns: Returns
  params: Shape
  /** Checks that belong to the parameters themselves; a failure is not kept under the idempotency key. */
  check(world: World, params: Record<string, unknown>): void
  /** Executes. What it returns or throws is the answer that the idempotency key keeps. */
  run(world: World, params: Record<string, unknown>, path: Record<string, string>): object
}

/** Describes an endpoint; `run` and `check` see the parameters typed by their description. */
export function route<S extends Shape>(definition: {
  method: Route['method']
  path: string
  returns: string | Returns
  params: S
  check?: (world: World, params: Values<S>) => void
  run: (world: World, params: Values<S>, path: Record<string, string>) => object
}): Route {
  const { method, path, returns, params, check, run } = definition
  return {
    method,
    path,
    returns: typeof returns === 'string' ? { resource: returns, list: false } : returns,
    params,
    // The pipeline passes exactly what readParams made of `params`, so the types agree.
    check: (world, values) => check?.(world, values as Values<S>),
    run: (world, values, names) => run(world, values as Values<S>, names),
  }
}

export function listOf(resource: string): Returns {
  return { resource, list: true }
}

interface Match {
  route: Route
  path: Record<string, string>
}

/** Finds the endpoint of an address: by method and number of segments, then by the fixed segments. */
export class Router {
  readonly #byShape = new Map<string, { parts: string[]; route: Route }[]>()

  constructor(routes: Route[]) {
    for (const entry of routes) {
      const parts = entry.path.split('/')
      const shape = `${entry.method} ${parts.length}`
      const entries = this.#byShape.get(shape) ?? []
      // Fixed words come before names, so that no id can hide an endpoint.
      if (parts.some((part) => part.startsWith(':'))) entries.push({ parts, route: entry })
      else entries.unshift({ parts, route: entry })
      this.#byShape.set(shape, entries)
    }
  }

  find(method: string, path: string): Match | undefined {
    const given = path.split('/')
    for (const { parts, route } of this.#byShape.get(`${method} ${given.length}`) ?? []) {
      const names: Record<string, string> = {}
      const fits = parts.every((part, i) => {
        const segment = given[i] as string
        if (!part.startsWith(':')) return part === segment
        names[part.slice(1)] = decodeSegment(segment)
        return segment !== ''
      })
      if (fits) return { route, path: names }
    }
    return undefined
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
