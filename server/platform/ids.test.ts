import fc from 'fast-check'
import { TypeID } from 'typeid-js'
import { describe, expect, it } from 'vitest'
import { newId, parseId, publicId, type Id } from '#platform/ids'

describe('ids', () => {
  it('are written as TypeID writes them, and come back', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const text = publicId('ord', uuid as Id<'ord'>)
        expect(text).toBe(TypeID.fromUUID('ord', uuid).toString())
        expect(parseId('ord', text)).toBe(uuid)
      }),
    )
    for (const uuid of ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])
      expect(parseId('evt', publicId('evt', uuid as Id<'evt'>))).toBe(uuid)
  })

  it('of another kind, too large, of strange letters or of any other text are none', () => {
    const text = publicId('ord', newId<Id<'ord'>>())
    for (const wrong of [
      text.toUpperCase(),
      `${text}0`,
      text.slice(0, -1),
      text.replace('ord', 'evt'),
      `ord_8${text.slice(5)}`,
      `${text.slice(0, -1)}u`,
      text.replace('_', '-'),
      '',
    ]) {
      expect(parseId('ord', wrong)).toBeUndefined()
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (any) => {
        expect(parseId('ord', any) ?? 'none').toBeTypeOf('string')
      }),
    )
  })

  it('sort by the time at which they were made', () => {
    const ids = Array.from({ length: 50 }, () => publicId('ord', newId<Id<'ord'>>()))
    expect(ids.toSorted()).toEqual(ids)
  })
})
