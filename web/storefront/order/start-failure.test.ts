import { Problem, type Order } from '@tessera/api-client'
import { describe, expect, it } from 'vitest'
import { failureIn, isUnopened, startFailure } from './start-failure.ts'

const problem = (status: number, code: string) =>
  new Problem({ code, title: 'Title', status, detail: 'Detail', instance: 'req_1' })
const order = (state: Order['state'], position?: number) =>
  ({ state, notice: null, payment: position === undefined ? null : { state: 'waiting', position } }) as Order

describe('a buyer whose payment page could not be opened', () => {
  it('is told of the server’s fault, with what support asks for', () => {
    const failure = startFailure(problem(500, 'server.unexpected'))
    expect(failure).toEqual({ code: 'server.unexpected', detail: 'Detail', requestId: 'req_1' })
    expect(failureIn(structuredClone({ failure }))).toEqual(failure)
  })

  it('is not told of a fault where the network is away or the order is past paying', () => {
    expect(startFailure(problem(0, 'network.unreachable'))).toBeNull()
    expect(startFailure(problem(409, 'orders.hold-ended'))).toBeNull()
    for (const state of [null, undefined, {}, { justPaid: true }, { failure: null }])
      expect(failureIn(state)).toBeNull()
  })

  it('is not said to be in line without a place in it, and is as soon as there is one', () => {
    expect([order('pending'), order('awaiting_session')].map(isUnopened)).toEqual([true, true])
    expect(
      [order('awaiting_session', 3), order('awaiting_payment'), order('expired')].map(isUnopened),
    ).toEqual([false, false, false])
  })
})
