import type { EventPage, TicketType } from '@tessera/api-client'
import { describe, expect, it } from 'vitest'
import { limitsOf, nextSaleStart, phaseOf } from './phase.ts'

const type = (over: Partial<TicketType>): TicketType => ({
  id: 'tty_1',
  name: 'General admission',
  description: '',
  kind: 'paid',
  price: { amount: 4500, currency: 'EUR' },
  breakdown: {
    face: { amount: 4500, currency: 'EUR' },
    fees: { amount: 0, currency: 'EUR' },
    tax: { amount: 0, currency: 'EUR' },
    taxIncluded: true,
  },
  saleState: 'on_sale',
  saleStartsAt: null,
  saleEndsAt: null,
  minPerOrder: 1,
  maxPerOrder: 6,
  availability: { band: 'many', left: null },
  ...over,
})

const event = (over: Partial<EventPage>) =>
  ({ state: 'published', endsAt: '2026-12-12T22:00:00Z', ...over }) as EventPage

const before = new Date('2026-12-01T00:00:00Z').getTime()

describe('what an event page says first', () => {
  it('never offers tickets for what is cancelled or over', () => {
    expect(phaseOf(event({ state: 'cancelled' }), [type({})], before)).toBe('cancelled')
    expect(phaseOf(event({}), [type({})], new Date('2026-12-13T00:00:00Z').getTime())).toBe('over')
  })

  it('says sold out only when no type can be bought and none is still to come', () => {
    expect(phaseOf(event({}), [type({ saleState: 'sold_out' }), type({})], before)).toBe('open')
    expect(
      phaseOf(event({}), [type({ saleState: 'sold_out' }), type({ saleState: 'not_yet' })], before),
    ).toBe('not_yet')
    expect(phaseOf(event({}), [type({ saleState: 'sold_out' }), type({ saleState: 'ended' })], before)).toBe(
      'sold_out',
    )
    expect(phaseOf(event({}), [type({ saleState: 'ended' })], before)).toBe('ended')
  })

  it('knows the first sale that opens', () => {
    const types = [
      type({ saleState: 'not_yet', saleStartsAt: '2026-12-03T10:00:00Z' }),
      type({ saleState: 'not_yet', saleStartsAt: '2026-12-02T10:00:00Z' }),
    ]
    expect(nextSaleStart(types)).toBe('2026-12-02T10:00:00Z')
  })
})

describe('how many a fan can choose', () => {
  it('is never more than are left', () => {
    expect(limitsOf(type({ availability: { band: 'last', left: 2 } }))).toEqual({ min: 1, max: 2 })
    expect(limitsOf(type({ availability: { band: 'none', left: 0 } }))).toEqual({ min: 0, max: 0 })
  })

  it('is nothing where fewer are left than one order must have', () => {
    expect(limitsOf(type({ minPerOrder: 4, availability: { band: 'last', left: 3 } }))).toEqual({
      min: 0,
      max: 0,
    })
  })
})
