import { invalidRequest } from './errors.ts'
import { pageOf } from './lists.ts'
import type { Returns } from './route.ts'
import type { World } from './world.ts'

/**
 * What can be expanded: for each resource, its fields and what they hold. `list:x` fields are absent until asked
 * for; `*` is any resource, told by the prefix of the id.
 */
const expandable: Record<string, Record<string, string>> = {
  'checkout.session': { payment_intent: 'payment_intent', customer: 'customer', line_items: 'list:item' },
  payment_intent: { latest_charge: 'charge', payment_method: 'payment_method', customer: 'customer' },
  charge: {
    balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    customer: 'customer',
    failure_balance_transaction: 'balance_transaction',
    refunds: 'list:refund',
  },
  refund: {
    balance_transaction: 'balance_transaction',
    failure_balance_transaction: 'balance_transaction',
    charge: 'charge',
    payment_intent: 'payment_intent',
    customer: 'customer',
    payment_method: 'payment_method',
  },
  balance_transaction: { source: '*' },
  payment_method: { customer: 'customer' },
  customer: {},
  item: {},
  event: {},
  balance: {},
  webhook_endpoint: {},
}

const deepest = 4

function refuse(path: string, hint: string): never {
  throw invalidRequest(`This property cannot be expanded (${path}).${hint}`)
}

/** Refuses expansions that the answer cannot have. Runs before the request is executed. */
export function checkExpansions(paths: string[], returns: Returns): void {
  for (const path of paths) {
    const parts = path.split('.')
    if (parts.length > deepest + (returns.list ? 1 : 0)) {
      throw invalidRequest(`You cannot expand more than ${deepest} levels of a property (${path}).`)
    }
    if (returns.list && parts.shift() !== 'data') {
      refuse(path, ` You may want to try expanding 'data.${path}' instead.`)
    }
    let resource = returns.resource
    for (const part of parts) {
      if (resource === '*') break
      const target = expandable[resource]?.[part]
      if (part === 'data') continue
      if (target === undefined) refuse(path, '')
      resource = target.replace('list:', '')
    }
  }
}

/** Finds any object by the prefix of its id. */
export function findObject(world: World, id: string): object | undefined {
  const { store } = world
  const prefix = id.slice(0, id.indexOf('_'))
  switch (prefix) {
    case 'pi':
      return store.paymentIntents.get(id)
    case 'ch':
    case 'py':
      return store.charges.get(id)
    case 're':
    case 'pyr':
      return store.refunds.get(id)
    case 'txn':
      return store.balanceTransactions.get(id)
    case 'cus':
      return store.customers.get(id)
    case 'pm':
      return store.paymentMethods.get(id)
    case 'cs':
      return store.sessions.get(id)
    default:
      return undefined
  }
}

/** Lists that are part of an object only when asked for. */
function includedList(
  world: World,
  owner: { id: string; object?: string },
  field: string,
): object | undefined {
  if (owner.object === 'checkout.session' && field === 'line_items') {
    const items = world.store.sessionWork.get(owner.id)?.lineItems ?? []
    return pageOf(items, {}, { url: `/v1/checkout/sessions/${owner.id}/line_items`, resource: 'line_item' })
  }
  if (owner.object === 'charge' && field === 'refunds') {
    const refunds = world.store.refunds.with('charge', owner.id).toReversed()
    return pageOf(refunds, {}, { url: `/v1/charges/${owner.id}/refunds`, resource: 'refund' })
  }
  return undefined
}

type Tree = Map<string, Tree>

function expandObject(world: World, object: object, tree: Tree): object {
  const out: Record<string, unknown> = { ...object }
  for (const [field, below] of tree) {
    const value = out[field]
    if (Array.isArray(value)) {
      out[field] = value.map((item: unknown) =>
        typeof item === 'object' && item !== null ? expandObject(world, item, below) : item,
      )
      continue
    }
    let target: unknown = value
    if (typeof value === 'string') target = findObject(world, value) ?? value
    else if (value === undefined)
      target = includedList(world, object as { id: string; object?: string }, field)
    if (typeof target === 'object' && target !== null) out[field] = expandObject(world, target, below)
  }
  return out
}

/** A copy of the answer in which the asked-for references are replaced by their objects. */
export function expand(world: World, answer: object, paths: string[]): object {
  if (paths.length === 0) return answer
  const tree: Tree = new Map()
  for (const path of paths) {
    let node = tree
    for (const part of path.split('.')) {
      let next = node.get(part)
      if (!next) node.set(part, (next = new Map()))
      node = next
    }
  }
  return expandObject(world, answer, tree)
}
