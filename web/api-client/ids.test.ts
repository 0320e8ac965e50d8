import { TypeID } from 'typeid-js'
import { describe, expect, it } from 'vitest'
import { newId } from './ids.ts'

describe('an id made on a telephone', () => {
  it('is one that the server reads: a TypeID over a UUIDv7 of that moment', () => {
    for (const time of [0, 1_700_000_000_000, 2 ** 48 - 1]) {
      const uuid = TypeID.fromString(newId('hld', time), 'hld').toUUID()
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)).toBe(time)
    }
  })

  it('is never the same twice, so that two baskets never share a hold', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newId('hld')))
    expect(ids.size).toBe(10_000)
  })
})
