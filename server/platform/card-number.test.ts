import { describe, expect, it } from 'vitest'
import { holdsCardNumber } from '#platform/card-number'

describe('a card number in a text', () => {
  it('is recognised as people write it', () => {
    for (const text of [
      '4242424242424242',
      '4242 4242 4242 4242',
      'my card: 4000-0027-6000-3184, thanks',
      '5555555555554444',
      '3782 822463 10005',
      '6011111111111117',
    ])
      expect([text, holdsCardNumber(text)]).toEqual([text, true])
  })

  it('is not seen in what people really call things', () => {
    for (const text of [
      'Ana García',
      'call +49 1512 3456789 or 0431 1234567',
      '4242 4242 4242 4243',
      '2027-06-01 18:00 to 2027-06-02 02:00',
      'Block 4, row 12, seats 1 to 20',
      'DE89 3704 0044 0532 0130 00',
      '1000000000000000',
    ])
      expect([text, holdsCardNumber(text)]).toEqual([text, false])
  })
})
