import type Stripe from 'stripe'
import { noSuch } from '../errors.ts'
import { page, within } from '../lists.ts'
import { mergeMetadata, metadata, paging, record, text, timeRange } from '../params.ts'
import type { Values } from '../params.ts'
import { listOf, route } from '../route.ts'
import type { Route } from '../route.ts'
import type { World } from '../world.ts'

const shape = {
  email: text({ max: 512, emptyable: true }),
  name: text({ max: 256, emptyable: true }),
  phone: text({ max: 20, emptyable: true }),
  description: text({ emptyable: true }),
  metadata: metadata(),
  address: record({
    city: text({ emptyable: true }),
    country: text({ emptyable: true }),
    line1: text({ emptyable: true }),
    line2: text({ emptyable: true }),
    postal_code: text({ emptyable: true }),
    state: text({ emptyable: true }),
  }),
}

/** Makes a customer and sends `customer.created`. */
export function createCustomer(world: World, params: Values<typeof shape>): Stripe.Customer {
  const id = world.id('cus_')
  const customer: Stripe.Customer = {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: world.clock.seconds(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  apply(customer, params)
  world.store.customers.insert(customer)
  world.emit('customer.created', customer)
  return customer
}

function apply(customer: Stripe.Customer, params: Values<typeof shape>): void {
  for (const key of ['email', 'name', 'phone', 'description'] as const) {
    const value = params[key]
    if (value !== undefined) customer[key] = value === '' ? null : value
  }
  if (params.address) {
    const given = params.address
    const part = (value: string | undefined) => (value === undefined || value === '' ? null : value)
    customer.address = {
      city: part(given.city),
      country: part(given.country),
      line1: part(given.line1),
      line2: part(given.line2),
      postal_code: part(given.postal_code),
      state: part(given.state),
    }
  }
  if (params.metadata !== undefined) customer.metadata = mergeMetadata(customer.metadata, params.metadata)
}

function existing(world: World, id: string): Stripe.Customer {
  const customer = world.store.customers.get(id)
  if (!customer) throw noSuch('customer', id)
  return customer
}

export const customerRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/v1/customers',
    returns: 'customer',
    params: shape,
    run: (world, params) => createCustomer(world, params),
  }),
  route({
    method: 'GET',
    path: '/v1/customers',
    returns: listOf('customer'),
    params: { ...paging, created: timeRange(), email: text() },
    run: (world, params) =>
      page(world.store.customers, params, {
        url: '/v1/customers',
        resource: 'customer',
        from: params.email === undefined ? undefined : ['email', params.email],
        keep: (row) => within(params.created, row.created),
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/customers/:id',
    returns: 'customer',
    params: {},
    run: (world, _params, { id = '' }) =>
      world.store.deletedCustomers.has(id) ? { id, object: 'customer', deleted: true } : existing(world, id),
  }),
  route({
    method: 'POST',
    path: '/v1/customers/:id',
    returns: 'customer',
    params: shape,
    run(world, params, { id = '' }) {
      const customer = existing(world, id)
      const before: Record<string, unknown> = {}
      for (const key of Object.keys(params)) before[key] = customer[key as keyof Stripe.Customer]
      apply(customer, params)
      world.store.customers.touch(customer)
      world.emit('customer.updated', customer, before)
      return customer
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/customers/:id',
    returns: 'customer',
    params: {},
    run(world, _params, { id = '' }) {
      const customer = existing(world, id)
      world.store.customers.remove(id)
      world.store.deletedCustomers.insert({ id })
      world.emit('customer.deleted', customer)
      return { id, object: 'customer', deleted: true }
    },
  }),
]
