/**
 * Who may call whom, as data. Calls go down: a module may call modules of a lower floor, and announces facts to those above
 * (reactions.ts). The architecture test holds the code against this map, and ARCHITECTURE.md draws its picture from it.
 */
export const floors = [
  { floor: 1, modules: ['identity', 'ledger'] },
  { floor: 2, modules: ['catalog'] },
  { floor: 3, modules: ['holds', 'payments'] },
  { floor: 4, modules: ['orders', 'shop'] },
  { floor: 5, modules: ['tickets'] },
  { floor: 6, modules: ['admission'] },
  // Called by nobody: these only hear what happened.
  { floor: 7, modules: ['notifications', 'operations'] },
] as const

export type ModuleName = (typeof floors)[number]['modules'][number]

export const purposes: Record<ModuleName, string> = {
  catalog: 'venues, events, ticket types, fees, taxes, terms; what a basket costs',
  identity: 'people, sessions, organisations, roles, API keys',
  ledger: 'every movement of money, append-only',
  holds: 'stock: pools that cannot oversell, and places set aside',
  payments: 'the payment provider: sessions, webhooks, money that goes back',
  orders: 'from hold to paid, with frozen prices',
  shop: 'what the public sees: pages, live availability, quotes',
  tickets: 'tickets, serial numbers, signed codes, PDF and calendar',
  admission: 'scans at the door',
  notifications: 'mails: one row each, sent once',
  operations: 'health, metrics, alerts',
}

export function floorOf(module: string): number | undefined {
  return floors.find((one) => (one.modules as readonly string[]).includes(module))?.floor
}

/** Whether one module may import another's public.ts. */
export function mayCall(from: string, to: string): boolean {
  const [caller, called] = [floorOf(from), floorOf(to)]
  return caller !== undefined && called !== undefined && called < caller
}
