import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { decodeBase45, encodeBase45 } from './base45.ts'

/** What a ticket's code says. Ids are UUIDs in lower case, as the database writes them. */
export type TicketClaims = {
  ticketId: string
  /** Raised by each transfer and resale; older codes are dead. 0 to 4,294,967,295. */
  generation: number
  eventId: string
  ticketTypeId: string
  /** Unix seconds: the door lets in from this moment on; undefined means at any time before `validUntil`. */
  validFrom: number | undefined
  /** Unix seconds: from this moment on the door no longer lets in; undefined means without end. */
  validUntil: number | undefined
  /** Eight bits whose meaning belongs to the event's rules; a reader that does not know one ignores it. */
  flags: number
}

/** `unknown_code`: not one of ours, or damaged beyond reading. `bad_signature`: it reads well, but this event's key did not sign it. */
export type TicketCodeRefusal = 'unknown_code' | 'bad_signature'

/** `signed` is what the signature covers, so that a machine with a faster Ed25519 of its own can check it there. */
type ReadableCode = { ok: true; version: 1; claims: TicketClaims; signature: Uint8Array; signed: Uint8Array }

export type ReadResult = ReadableCode | { ok: false; refusal: 'unknown_code' }

export type VerifyResult = ReadableCode | { ok: false; refusal: TicketCodeRefusal }

/** An event's keys. The private one is 32 secret bytes; the public one goes to every door. */
export type EventKeys = { privateKey: Uint8Array; publicKey: Uint8Array }

const prefix = 'TS1:'
const claimsLength = 61
const signatureLength = 64
const textLength = prefix.length + Math.ceil(((claimsLength + signatureLength) * 3) / 2)

/** Makes the keys of one event, from the system's randomness. */
export function generateEventKeys(): EventKeys {
  const { secretKey, publicKey } = ed25519.keygen()
  return { privateKey: secretKey, publicKey }
}

/** The public key that belongs to a private one. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(privateKey)
}

/**
 * The text for the QR code: always 192 characters of its alphanumeric alphabet. The same claims and key always give the same text,
 * so nobody has to store it. Throws a RangeError for claims that the layout cannot hold, which is a mistake of the caller.
 */
export function encodeTicketCode(claims: TicketClaims, privateKey: Uint8Array): string {
  const packed = pack(claims)
  const bytes = new Uint8Array(claimsLength + signatureLength)
  bytes.set(packed)
  bytes.set(ed25519.sign(signedPart(packed), privateKey), claimsLength)
  return prefix + encodeBase45(bytes)
}

/**
 * What a code says, without asking whether it is true: to learn of which event it speaks and so which key to verify it with.
 * Never throws, whatever was scanned.
 */
export function readTicketCode(text: string): ReadResult {
  const refused: ReadResult = { ok: false, refusal: 'unknown_code' }
  if (typeof text !== 'string' || text.length !== textLength || !text.startsWith(prefix)) return refused
  const bytes = decodeBase45(text.slice(prefix.length))
  if (bytes === undefined) return refused
  return {
    ok: true,
    version: 1,
    claims: unpack(bytes),
    signature: bytes.slice(claimsLength),
    signed: signedPart(bytes.subarray(0, claimsLength)),
  }
}

/**
 * What a code says, if the owner of this event's private key said it. Says nothing about time, generation or event: a key belongs to one
 * event, and what is valid today is for the door's rules. Never throws for any text; a key that is not 32 bytes is a RangeError.
 */
export function verifyTicketCode(text: string, publicKey: Uint8Array): VerifyResult {
  if (publicKey.length !== 32) throw new RangeError('an event’s public key has 32 bytes')
  const read = readTicketCode(text)
  if (!read.ok) return read
  return isSignedBy(publicKey, read) ? read : { ok: false, refusal: 'bad_signature' }
}

/**
 * The key (32 bytes, for AES-256-GCM) under which a door keeps what staff should see of this ticket. It comes from the signature, which is in
 * the ticket's own code and nowhere else; so a stolen phone can only open the tickets that it has scanned.
 */
export function offlineDataKey(signature: Uint8Array): Uint8Array {
  if (signature.length !== signatureLength) throw new RangeError('a ticket code’s signature has 64 bytes')
  return hkdf(sha256, signature, undefined, new TextEncoder().encode('tessera offline ticket data 1'), 32)
}

function isSignedBy(publicKey: Uint8Array, { signed, signature }: ReadableCode): boolean {
  try {
    // The strict rules of RFC 8032, so that every phone and every server come to the same verdict.
    return ed25519.verify(signature, signed, publicKey, { zip215: false })
  } catch {
    return false // the bytes are no point on the curve
  }
}

/** The prefix is signed too, so that no other format can ever borrow a signature. */
function signedPart(packed: Uint8Array): Uint8Array {
  const message = new Uint8Array(prefix.length + packed.length)
  message.set(new TextEncoder().encode(prefix))
  message.set(packed, prefix.length)
  return message
}

function pack(claims: TicketClaims): Uint8Array {
  const packed = new Uint8Array(claimsLength)
  const view = new DataView(packed.buffer)
  view.setUint8(0, within(claims.flags, 0xff, 'flags'))
  packed.set(uuidToBytes(claims.ticketId, 'ticketId'), 1)
  view.setUint32(17, within(claims.generation, 0xffff_ffff, 'generation'))
  packed.set(uuidToBytes(claims.eventId, 'eventId'), 21)
  packed.set(uuidToBytes(claims.ticketTypeId, 'ticketTypeId'), 37)
  view.setUint32(53, moment(claims.validFrom, 'validFrom'))
  view.setUint32(57, moment(claims.validUntil, 'validUntil'))
  return packed
}

function unpack(bytes: Uint8Array): TicketClaims {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return {
    flags: view.getUint8(0),
    ticketId: bytesToUuid(bytes.subarray(1, 17)),
    generation: view.getUint32(17),
    eventId: bytesToUuid(bytes.subarray(21, 37)),
    ticketTypeId: bytesToUuid(bytes.subarray(37, 53)),
    validFrom: view.getUint32(53) || undefined,
    validUntil: view.getUint32(57) || undefined,
  }
}

function within(value: number, most: number, name: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new RangeError(`${name} must be a whole number from 0 to ${most}`)
}

/** Zero stands for "absent"; the first second of 1970 is no time for a concert. */
function moment(value: number | undefined, name: string): number {
  if (value === undefined) return 0
  if (value === 0) throw new RangeError(`${name} must be later than 1970`)
  return within(value, 0xffff_ffff, name)
}

function uuidToBytes(uuid: string, name: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid))
    throw new RangeError(`${name} must be a UUID in lower case`)
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function bytesToUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
