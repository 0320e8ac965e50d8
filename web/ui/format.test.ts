import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMoney, formatMoney, formatSeconds, formatTime, sameWallClock } from './format.ts'

describe('money on the screen', () => {
  it('shows every cent, in the way the reader writes money', () => {
    expect(formatMoney({ amount: 4550, currency: 'EUR' }, 'en-GB')).toBe('€45.50')
    expect(formatMoney({ amount: 4550, currency: 'EUR' }, 'de-DE')).toBe('45,50\u00a0€')
    expect(formatMoney({ amount: 5, currency: 'EUR' }, 'en-GB')).toBe('€0.05')
    expect(formatMoney({ amount: -1, currency: 'EUR' }, 'en-GB')).toBe('-€0.01')
  })

  it('knows currencies without cents and with three digits', () => {
    expect(formatMoney({ amount: 4500, currency: 'JPY' }, 'en-GB')).toContain('4,500')
    expect(formatMoney({ amount: 4500, currency: 'KWD' }, 'en-GB')).toContain('4.500')
  })

  it('loses no digit of any amount that a basket can have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (amount) => {
        const shown = formatMoney({ amount, currency: 'EUR' }, 'en-GB').replace(/\D/g, '')
        expect(BigInt(shown)).toBe(BigInt(amount))
      }),
    )
    expect(
      addMoney(
        [
          { amount: 10, currency: 'EUR' },
          { amount: 20, currency: 'EUR' },
        ],
        'EUR',
      ).amount,
    ).toBe(30)
  })
})

describe('times on the screen', () => {
  it("are the venue's, wherever the fan is", () => {
    expect(formatTime('2026-12-12T19:00:00Z', 'Europe/Berlin', 'de-DE')).toBe('20:00')
    expect(formatTime('2026-12-12T19:30:00Z', 'America/New_York', 'de-DE')).toBe('14:30')
    expect(formatTime('2026-12-13T01:15:00Z', 'Europe/Berlin', 'en-GB')).toBe('02:15')
    expect(formatTime('2026-12-13T01:15:00Z', 'Europe/Berlin', 'en-US')).toMatch(/^2:15\sAM$/)
  })

  it('are shown twice only where the two clocks differ', () => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(sameWallClock('2026-12-12T19:00:00Z', here)).toBe(true)
    const far = here === 'Asia/Tokyo' ? 'America/New_York' : 'Asia/Tokyo'
    expect(sameWallClock('2026-12-12T19:00:00Z', far)).toBe(false)
  })

  it('count down to zero and not below', () => {
    expect(formatSeconds(605)).toBe('10:05')
    expect(formatSeconds(3725)).toBe('1:02:05')
    expect(formatSeconds(-3)).toBe('0:00')
  })
})
