import type { NamedMachine } from '#platform/state-machine'
import { catalogMachines } from '#modules/catalog'
import { holdsMachines } from '#modules/holds'
import { notificationsMachines } from '#modules/notifications'
import { operationsMachines } from '#modules/operations'
import { ordersMachines } from '#modules/orders'
import { paymentsMachines } from '#modules/payments'
import { ticketsMachines } from '#modules/tickets'

/** Every state machine, for the database to know. */
export const machines: NamedMachine[] = [
  ...catalogMachines,
  ...holdsMachines,
  ...paymentsMachines,
  ...ordersMachines,
  ...ticketsMachines,
  ...notificationsMachines,
  ...operationsMachines,
]
