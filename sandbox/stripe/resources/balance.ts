import { route } from '../route.ts'
import type { Route } from '../route.ts'

export const balanceRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/v1/balance',
    returns: 'balance',
    params: {},
    run: (world) => world.ledger.balance(world.settings.defaultCurrency),
  }),
]
