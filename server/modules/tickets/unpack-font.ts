import { inflateSync } from 'node:zlib'

const woffSignature = 0x77_4f_46_46

/**
 * A font out of its web wrapping (WOFF 1.0, W3C): the same tables, no longer compressed. The PDF library would take them
 * apart in JavaScript for every document, which is nearly all of its time.
 */
export function unpackFont(woff: Buffer): Buffer {
  if (woff.readUInt32BE(0) !== woffSignature) throw new Error('this is no WOFF font')
  const count = woff.readUInt16BE(12)
  const tables = Array.from({ length: count }, (_, index) => readTable(woff, 44 + index * 20))
  const head = Buffer.alloc(12 + count * 16)
  const searchable = 2 ** Math.floor(Math.log2(count))
  head.writeUInt32BE(woff.readUInt32BE(4), 0) // the flavour of its outlines
  head.writeUInt16BE(count, 4)
  head.writeUInt16BE(searchable * 16, 6)
  head.writeUInt16BE(Math.log2(searchable), 8)
  head.writeUInt16BE((count - searchable) * 16, 10)
  const parts: Buffer[] = [head]
  let offset = head.length
  for (const [index, { tag, checksum, data }] of tables.entries()) {
    const at = 12 + index * 16
    head.writeUInt32BE(tag, at)
    head.writeUInt32BE(checksum, at + 4)
    head.writeUInt32BE(offset, at + 8)
    head.writeUInt32BE(data.length, at + 12)
    const padding = Buffer.alloc((4 - (data.length % 4)) % 4) // tables begin at multiples of four
    parts.push(data, padding)
    offset += data.length + padding.length
  }
  return Buffer.concat(parts)
}

function readTable(woff: Buffer, at: number): { tag: number; checksum: number; data: Buffer } {
  const [offset, packedLength, length] = [
    woff.readUInt32BE(at + 4),
    woff.readUInt32BE(at + 8),
    woff.readUInt32BE(at + 12),
  ]
  const packed = woff.subarray(offset, offset + packedLength)
  const data = packedLength < length ? inflateSync(packed) : packed
  return { tag: woff.readUInt32BE(at), checksum: woff.readUInt32BE(at + 16), data }
}
