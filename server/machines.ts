import type { NamedMachine } from '#platform/state-machine'
import { catalogMachines } from '#modules/catalog'
import { holdsMachines } from '#modules/holds'

/** Every state machine, for the database to know. */
export const machines: NamedMachine[] = [...catalogMachines, ...holdsMachines]
