import type { NamedMachine } from '#platform/state-machine'
import { holdMachine } from './hold.ts'

export { holdsProblems } from './problems.ts'
export { createHoldsDesk, type HoldsDesk } from './desk.ts'
export { createLiveAvailability, type Availability, type LiveAvailability } from './availability.ts'
export { browserHeader, holdsRoutes } from './routes.ts'
export { holdsSchedules } from './jobs.ts'
export { createPool, everyTypeHasPlaces, resizePool, setDraws } from './pools.ts'
export { browserHashOf, checkLines, placeHold } from './place-hold.ts'
export {
  convertHolds,
  giveBackHolds,
  readHoldOf,
  releaseExpiredHolds,
  startPayment,
  takeAgain,
  type LateClaim,
} from './move-holds.ts'
export { readHolds } from './hold-store.ts'
export { stateAt, type Hold, type HoldId, type HoldLine, type HoldState, type PoolId } from './hold.ts'

export const holdsMachines: NamedMachine[] = [{ table: 'holds.hold', machine: holdMachine }]
