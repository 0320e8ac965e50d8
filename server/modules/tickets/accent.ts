/** The organiser's colour, and what can be read on it. */
export interface Accent {
  /** `#rrggbb`. */
  fill: string
  /** Black or white, whichever is easier to read on the fill. */
  onFill: string
}

/** Used where an organiser has chosen none. */
const ownFill = '#1e293b'
const dark = '#111827'
const light = '#ffffff'

export function accentOf(color: string | null): Accent {
  const fill = color !== null && /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : ownFill
  return { fill, onFill: contrast(fill, light) >= contrast(fill, dark) ? light : dark }
}

/** The contrast of two colours by WCAG 2: 1 to 21. */
function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
