import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import qrcode from 'qrcode'
import { describe, expect, it } from 'vitest'
import { decodeBase45, encodeBase45 } from './base45.ts'
import {
  encodeTicketCode,
  generateEventKeys,
  offlineDataKey,
  publicKeyOf,
  readTicketCode,
  verifyTicketCode,
} from './ticket-code.ts'
import type { TicketClaims } from './ticket-code.ts'

const keys = generateEventKeys()
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
)
const moment = fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined })
const anyClaims: fc.Arbitrary<TicketClaims> = fc.record({
  ticketId: uuid,
  generation: fc.integer({ min: 0, max: 0xffff_ffff }),
  eventId: uuid,
  ticketTypeId: uuid,
  validFrom: moment,
  validUntil: moment,
  flags: fc.integer({ min: 0, max: 255 }),
})

const claims: TicketClaims = {
  ticketId: '0198f3a2-7c1e-7b44-9d2f-3f2a6f0c1d55',
  generation: 3,
  eventId: '0198f3a2-0000-7000-8000-000000000001',
  ticketTypeId: '0198f3a2-0000-7000-8000-0000000000ff',
  validFrom: 1_790_000_000,
  validUntil: undefined,
  flags: 0b101,
}
const code = encodeTicketCode(claims, keys.privateKey)

describe('a ticket’s code', () => {
  it('says at the door exactly what was signed', () => {
    fc.assert(
      fc.property(anyClaims, (claims) => {
        const text = encodeTicketCode(claims, keys.privateKey)
        const verified = verifyTicketCode(text, keys.publicKey)
        expect(verified).toMatchObject({ ok: true, version: 1 })
        expect(verified.ok && verified.claims).toEqual(claims)
        expect(readTicketCode(text)).toEqual(verified)
        expect(encodeTicketCode(claims, keys.privateKey)).toBe(text)
      }),
      { numRuns: 60 },
    )
  })

  it('stays small enough for a cracked screen: 192 characters, a QR code of 49 by 49', () => {
    expect(code).toMatch(/^TS1:[0-9A-Z $%*+\-./:]{188}$/)
    const picture = qrcode.create(code, { errorCorrectionLevel: 'M' })
    expect(picture.segments.map((segment) => segment.mode.id)).toEqual(['Alphanumeric'])
    expect(picture.modules.size).toBe(49)
  })

  it('keeps its layout: a code that was printed earlier still opens the door', () => {
    const privateKey = Uint8Array.from({ length: 32 }, (_, index) => index)
    const printed = encodeTicketCode(claims, privateKey)
    expect(printed).toBe(printedEarlier)
    expect(verifyTicketCode(printedEarlier, publicKeyOf(privateKey)).ok).toBe(true)
  })

  it('is refused when any single character was changed', () => {
    for (let at = 0; at < code.length; at++) {
      const before = alphabet.indexOf(code.charAt(at))
      const other = alphabet.charAt((before + 1 + ((at * 7) % 44)) % 45)
      const changed = code.slice(0, at) + other + code.slice(at + 1)
      expect(changed).not.toBe(code)
      expect(verifyTicketCode(changed, keys.publicKey).ok, `character ${at}`).toBe(false)
    }
  })

  it('is refused when characters were changed to anything at all, left out, added or swapped', () => {
    const edited = fc
      .tuple(fc.nat(code.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 4 }))
      .map(([at, removed, added]) => code.slice(0, at) + added + code.slice(at + removed))
      .filter((text) => text !== code)
    fc.assert(
      fc.property(edited, (text) => {
        expect(verifyTicketCode(text, keys.publicKey).ok).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  it('of another event is a bad signature', () => {
    const stranger = generateEventKeys()
    expect(verifyTicketCode(code, stranger.publicKey)).toEqual({ ok: false, refusal: 'bad_signature' })
    const forged = encodeTicketCode({ ...claims, generation: 4 }, stranger.privateKey)
    expect(verifyTicketCode(forged, keys.publicKey)).toEqual({ ok: false, refusal: 'bad_signature' })
  })

  it('cannot be given a second text with the same meaning', () => {
    // Adding the group's order to the signature's second half gives a signature that lax verifiers accept.
    const bytes = decodeBase45(code.slice(4)) ?? new Uint8Array()
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const half = BigInt(`0x${Buffer.from(bytes.slice(93).toReversed()).toString('hex')}`) + order
    const twin = bytes.slice()
    twin.set(Uint8Array.from(Buffer.from(half.toString(16).padStart(64, '0'), 'hex')).toReversed(), 93)
    expect(verifyTicketCode(`TS1:${encodeBase45(twin)}`, keys.publicKey)).toEqual({
      ok: false,
      refusal: 'bad_signature',
    })
  })
})

describe('what is not a ticket’s code', () => {
  it('is an unknown code, whatever was scanned, and never an error', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.webUrl(),
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => `TS1:${text}`),
      fc
        .string({ unit: fc.constantFrom('😀', 'ß', ':', 'Z', 'À', ' '), minLength: 90, maxLength: 200 })
        .map((text) => `TS1:${text}`),
    )
    fc.assert(
      fc.property(anything, (text) => {
        expect(readTicketCode(text)).toEqual({ ok: false, refusal: 'unknown_code' })
        expect(verifyTicketCode(text, keys.publicKey)).toEqual({ ok: false, refusal: 'unknown_code' })
      }),
      { numRuns: 500 },
    )
    for (const odd of [
      '',
      'TS1:',
      'ts1:',
      'TS2:' + code.slice(4),
      code.toLowerCase(),
      ` ${code}`,
      code + code,
    ])
      expect(verifyTicketCode(odd, keys.publicKey)).toEqual({ ok: false, refusal: 'unknown_code' })
    expect(readTicketCode(null as unknown as string).ok).toBe(false)
  })

  it('may look like one: right alphabet and length, and is then refused all the same', () => {
    const lookalike = fc
      .uint8Array({ minLength: 125, maxLength: 125 })
      .map((bytes) => `TS1:${encodeBase45(bytes)}`)
    fc.assert(
      fc.property(lookalike, (text) => {
        expect(verifyTicketCode(text, keys.publicKey)).toEqual({ ok: false, refusal: 'bad_signature' })
      }),
      { numRuns: 60 },
    )
  })

  it('cannot be trusted by a key that is no key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(verifyTicketCode(code, key).ok).toBe(false)
      }),
      { numRuns: 60 },
    )
    expect(() => verifyTicketCode(code, new Uint8Array(31))).toThrow(RangeError)
  })
})

describe('mistakes of the server', () => {
  it('stop before a wrong code is made', () => {
    const wrong: Partial<TicketClaims>[] = [
      { ticketId: 'tkt_01h2xcejqtf2nbrexx3vqjhp41' },
      { eventId: claims.eventId.toUpperCase().replace('0', 'A') },
      { generation: -1 },
      { generation: 2 ** 32 },
      { generation: 1.5 },
      { validFrom: 0 },
      { validUntil: Number.NaN },
      { flags: 256 },
    ]
    for (const mistake of wrong)
      expect(
        () => encodeTicketCode({ ...claims, ...mistake }, keys.privateKey),
        JSON.stringify(mistake),
      ).toThrow(RangeError)
  })
})

describe('the key to what staff may see of a ticket', () => {
  it('is the same on the server and at the door, and another one after a transfer', () => {
    const atTheDoor = readTicketCode(code)
    const onTheServer = readTicketCode(encodeTicketCode(claims, keys.privateKey))
    const transferred = readTicketCode(encodeTicketCode({ ...claims, generation: 4 }, keys.privateKey))
    if (!atTheDoor.ok || !onTheServer.ok || !transferred.ok) throw new Error('a code did not read')
    expect(offlineDataKey(atTheDoor.signature)).toEqual(offlineDataKey(onTheServer.signature))
    expect(offlineDataKey(atTheDoor.signature)).toHaveLength(32)
    expect(offlineDataKey(transferred.signature)).not.toEqual(offlineDataKey(atTheDoor.signature))
    expect(() => offlineDataKey(new Uint8Array(63))).toThrow(RangeError)
  })
})

describe('base45', () => {
  it('writes the examples of RFC 9285', () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    expect(encodeBase45(bytes('AB'))).toBe('BB8')
    expect(encodeBase45(bytes('Hello!!'))).toBe('%69 VD92EX0')
    expect(encodeBase45(bytes('base-45'))).toBe('UJCLQE7W581')
    expect(decodeBase45('QED8WEX0')).toEqual(bytes('ietf!'))
  })

  it('gives every bytes one text, and refuses every other text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet.split('')), maxLength: 12 }), (text) => {
        const bytes = decodeBase45(text)
        if (bytes !== undefined) expect(encodeBase45(bytes)).toBe(text)
      }),
      { numRuns: 500 },
    )
    expect(decodeBase45('GGW')).toBeUndefined() // 65,536 does not fit into two bytes
    expect(decodeBase45(':')).toBeUndefined()
  })
})

it('the same code runs on a phone: nothing of Node is imported', () => {
  for (const file of ['ticket-code.ts', 'base45.ts'])
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/from 'node:|Buffer|process\./)
})

const printedEarlier =
  'TS1:LS05FJGOKI%3FU8Z/5IG5-N1PXA0004H05FJRLKM20%20000000000W505FJRLKM20%200000000001DWBIM88G000A200BM+NDPLT-P3XAHYVIH2A1UG8+2U/DRK3DN4MUD4.7889:0SJ3J4IOC32HNNY9FC-PSKQW+PGBM73RNJL864P/GL-M1JMD0'
