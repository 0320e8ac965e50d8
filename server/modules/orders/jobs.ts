import type { Schedule } from '#platform/jobs'
import { expireAbandonedOrders } from './end-orders.ts'

export function ordersSchedules(deps: Parameters<typeof expireAbandonedOrders>[0]): Schedule[] {
  return [
    {
      name: 'orders.expire-abandoned',
      cron: '* * * * *',
      run: async () => void (await expireAbandonedOrders(deps)),
    },
  ]
}
