type Rgb = readonly [number, number, number]

const LIGHT_PAPER: Rgb = [251, 250, 247]
const DARK_PAPER: Rgb = [19, 18, 16]
const BLACK: Rgb = [0, 0, 0]
const WHITE: Rgb = [255, 255, 255]

/** The share of the accent in the soft ground on which accent-coloured text may stand (see styles.css). */
const SOFT = 0.09

export type AccentVariables = Record<
  | '--accent-light'
  | '--on-accent-light'
  | '--accent-text-light'
  | '--accent-dark'
  | '--on-accent-dark'
  | '--accent-text-dark',
  string
>

/**
 * Turns an organiser's colour into the six shades the screens need, so that every text on and in it has at
 * least 4.5:1 whatever colour was chosen. Returns null for anything but "#rrggbb".
 */
export function accentVariables(hex: string): AccentVariables | null {
  const colour = parseHex(hex)
  if (!colour) return null
  const light = moveUntil(colour, BLACK, (c) => contrast(c, LIGHT_PAPER) >= 1.6)
  const dark = moveUntil(colour, WHITE, (c) => contrast(c, DARK_PAPER) >= 3)
  const softLight = mix(LIGHT_PAPER, light, SOFT)
  const softDark = mix(DARK_PAPER, dark, SOFT)
  return {
    '--accent-light': toHex(light),
    '--on-accent-light': toHex(readableOn(light)),
    '--accent-text-light': toHex(
      moveUntil(light, BLACK, (c) => contrast(c, LIGHT_PAPER) >= 4.6 && contrast(c, softLight) >= 4.6),
    ),
    '--accent-dark': toHex(dark),
    '--on-accent-dark': toHex(readableOn(dark)),
    '--accent-text-dark': toHex(
      moveUntil(dark, WHITE, (c) => contrast(c, DARK_PAPER) >= 5.5 && contrast(c, softDark) >= 5),
    ),
  }
}

/** The contrast ratio of two "#rrggbb" colours as WCAG 2 defines it, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  return contrast(parseHex(one) ?? BLACK, parseHex(other) ?? BLACK)
}

function readableOn(ground: Rgb): Rgb {
  return contrast(WHITE, ground) >= 4.5 ? WHITE : BLACK
}

function moveUntil(from: Rgb, towards: Rgb, enough: (colour: Rgb) => boolean): Rgb {
  for (let step = 0; step <= 50; step += 1) {
    const colour = mix(from, towards, step / 50)
    if (enough(colour)) return colour
  }
  return towards
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round((from[i] ?? 0) + ((to[i] ?? 0) - (from[i] ?? 0)) * share)) as never
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((channel) => {
    const c = channel / 255
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function parseHex(hex: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)
  if (!match) return null
  return [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16), parseInt(match[3] ?? '', 16)]
}

function toHex(colour: Rgb): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
