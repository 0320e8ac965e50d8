import { expect, test, vi } from 'vitest'
import { createLimiter, defaultLimits } from '#platform/rate-limit'

// The limiter measures with performance.now(), which these timers move.
function withTime(work: (advance: (milliseconds: number) => void) => void): void {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    work((milliseconds) => vi.advanceTimersByTime(milliseconds))
  } finally {
    vi.useRealTimers()
  }
}

test('so many as allowed get through, the next one waits, and is told how long', () => {
  withTime((advance) => {
    const limiter = createLimiter({ ...defaultLimits, purchases: 30 })
    for (let i = 0; i < 30; i += 1) expect(limiter.take('purchases', '1.2.3.4')).toBe(0)
    const wait = limiter.take('purchases', '1.2.3.4')
    expect(wait).toBe(2000)
    advance(wait - 1)
    expect(limiter.take('purchases', '1.2.3.4')).toBeGreaterThan(0)
    advance(1)
    expect(limiter.take('purchases', '1.2.3.4')).toBe(0)
    expect(limiter.take('purchases', '1.2.3.4')).toBeGreaterThan(0)
  })
})

test('asking again and again while waiting does not make the wait longer', () => {
  withTime((advance) => {
    const limiter = createLimiter({ ...defaultLimits, refunds: 5 })
    for (let i = 0; i < 5; i += 1) limiter.take('refunds', 'a')
    for (let second = 0; second < 12; second += 1) {
      expect(limiter.take('refunds', 'a')).toBeGreaterThan(0)
      advance(1000)
    }
    expect(limiter.take('refunds', 'a')).toBe(0)
  })
})

test('one who was away for a year may not do a year of requests at once', () => {
  withTime((advance) => {
    const limiter = createLimiter({ ...defaultLimits, signIn: 10 })
    limiter.take('signIn', 'a')
    advance(365 * 24 * 60 * 60_000)
    let through = 0
    for (let i = 0; i < 100; i += 1) if (limiter.take('signIn', 'a') === 0) through += 1
    expect(through).toBe(10)
  })
})

test('one caller, or one kind of request, does not use up another', () => {
  const limiter = createLimiter({ ...defaultLimits, refunds: 1, mails: 1 })
  expect(limiter.take('refunds', 'a')).toBe(0)
  expect(limiter.take('refunds', 'a')).toBeGreaterThan(0)
  expect(limiter.take('refunds', 'b')).toBe(0)
  expect(limiter.take('mails', 'a')).toBe(0)
})

test('a crowd of addresses does not fill the memory', () => {
  const limiter = createLimiter({ ...defaultLimits, refunds: 1 }, { mostCallers: 100 })
  for (let i = 0; i < 10_000; i += 1) limiter.take('refunds', `address ${i}`)
  // The latest are still known; the first were forgotten.
  expect(limiter.take('refunds', 'address 9999')).toBeGreaterThan(0)
  expect(limiter.take('refunds', 'address 0')).toBe(0)
})

test('somebody who is over the limit cannot be forgotten by making up other callers while they keep asking', () => {
  const limiter = createLimiter({ ...defaultLimits, signIn: 3 }, { mostCallers: 100 })
  for (let i = 0; i < 3; i += 1) limiter.take('signIn', 'guesser')
  let through = 0
  for (let i = 0; i < 1000; i += 1) {
    limiter.take('signIn', `decoy ${i}`)
    if (limiter.take('signIn', 'guesser') === 0) through += 1
  }
  expect(through).toBe(0)
})

test('the limits are those that security promises', () => {
  expect(defaultLimits).toMatchObject({
    purchases: 30,
    paymentSessions: 20,
    refunds: 5,
    signIn: 10,
    everything: 100,
  })
})

test('an IPv6 caller does not get a limit for each of the addresses of their network', () => {
  const limiter = createLimiter({ ...defaultLimits, refunds: 1 })
  expect(limiter.take('refunds', '2001:db8:1:2::1')).toBe(0)
  for (const same of ['2001:db8:1:2::2', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:DB8:1:2:0:0:0:1']) {
    expect(limiter.take('refunds', same)).toBeGreaterThan(0)
  }
  expect(limiter.take('refunds', '2001:db8:1:3::1')).toBe(0)
  expect(limiter.take('refunds', '::1')).toBe(0)
  // The same IPv4 address, as a socket that speaks both writes it.
  expect(limiter.take('refunds', '192.0.2.7')).toBe(0)
  expect(limiter.take('refunds', '::ffff:192.0.2.7')).toBeGreaterThan(0)
  expect(limiter.take('refunds', '::ffff:192.0.2.8')).toBe(0)
})
