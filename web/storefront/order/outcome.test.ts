import type { Order } from '@tessera/api-client'
import { describe, expect, it } from 'vitest'
import { isOver, outcomeOf } from './outcome.ts'

type PaymentState = NonNullable<Order['payment']>['state']
type NoticeCode = NonNullable<Order['notice']>['code']

function order(state: Order['state'], payment?: PaymentState, notice?: NoticeCode): Order {
  return {
    state,
    payment: payment ? { state: payment } : null,
    notice: notice ? { code: notice } : null,
  } as Order
}

describe('what a buyer is told after the payment page', () => {
  it('is that they are in as soon as the order is paid, whatever else is noted', () => {
    expect(outcomeOf(order('paid', 'succeeded'))).toBe('paid')
    expect(outcomeOf(order('paid', 'processing'))).toBe('paid')
  })

  it('is that the money comes back, and not only that the order is off', () => {
    expect(outcomeOf(order('cancelled', 'returned', 'payment-returned'))).toBe('returned')
    expect(outcomeOf(order('expired', 'returned'))).toBe('returned')
    expect(outcomeOf(order('refunded', 'returned', 'payment-returned'))).toBe('returned')
  })

  it('is that the places are safe while the bank confirms', () => {
    expect(outcomeOf(order('awaiting_funds', 'processing'))).toBe('bank')
    expect(outcomeOf(order('awaiting_payment', 'processing'))).toBe('bank')
  })

  it('tells a declined card from a payment that was left open, and whether the places are still held', () => {
    expect(outcomeOf(order('awaiting_payment', 'failed', 'payment-declined'))).toBe('declined')
    expect(outcomeOf(order('cancelled', 'failed', 'payment-declined'))).toBe('failed')
    expect(outcomeOf(order('cancelled', 'expired', 'hold-ended'))).toBe('cancelled')
    expect(outcomeOf(order('awaiting_payment', 'open'))).toBe('open')
  })

  it('knows when no places are held any more', () => {
    expect(['returned', 'failed', 'cancelled', 'expired'].every((one) => isOver(one as never))).toBe(true)
    expect(['paid', 'bank', 'declined', 'line', 'open', 'starting'].some((one) => isOver(one as never))).toBe(
      false,
    )
  })
})
