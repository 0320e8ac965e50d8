/** RFC 9285: two bytes as three characters of the QR code's alphanumeric alphabet, a last single byte as two. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function encodeBase45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length
    let rest = isPair ? byteAt(bytes, at) * 256 + byteAt(bytes, at + 1) : byteAt(bytes, at)
    for (let digits = isPair ? 3 : 2; digits > 0; digits--) {
      text += alphabet.charAt(rest % 45)
      rest = Math.floor(rest / 45)
    }
  }
  return text
}

/** Undefined for a text that `encodeBase45` cannot have made; so every byte sequence has exactly one text. */
export function decodeBase45(text: string): Uint8Array | undefined {
  if (text.length % 3 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 2) / 3))
  let filled = 0
  for (let at = 0; at < text.length; at += 3) {
    const digits = Array.from(text.slice(at, at + 3), (character) => alphabet.indexOf(character))
    if (digits.includes(-1)) return undefined
    const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0)
    if (value > (digits.length === 3 ? 0xffff : 0xff)) return undefined
    if (digits.length === 3) bytes[filled++] = value >> 8
    bytes[filled++] = value & 0xff
  }
  return bytes
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
