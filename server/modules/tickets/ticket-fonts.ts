import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { unpackFont } from './unpack-font.ts'

type Document = PDFKit.PDFDocument

export type Weight = 'regular' | 'semibold' | 'bold'

const require = createRequire(import.meta.url)
// Written out, so that the search for unused packages sees them.
const files: Record<Weight, { own: string; wide: string }> = {
  regular: {
    own: require.resolve('@fontsource/hanken-grotesk/files/hanken-grotesk-latin-400-normal.woff'),
    wide: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  },
  semibold: {
    own: require.resolve('@fontsource/hanken-grotesk/files/hanken-grotesk-latin-600-normal.woff'),
    wide: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  },
  bold: {
    own: require.resolve('@fontsource/hanken-grotesk/files/hanken-grotesk-latin-700-normal.woff'),
    wide: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  },
}

const unpacked = new Map<string, Buffer>()

function fontFile(path: string): Buffer {
  let font = unpacked.get(path)
  if (!font) {
    const file = readFileSync(path)
    font = path.endsWith('.woff') ? unpackFont(file) : file
    unpacked.set(path, font)
  }
  return font
}

/** Makes the fonts known to a document; each is embedded only if something is written with it, and only its used letters. */
export function registerFonts(doc: Document): void {
  for (const [weight, { own, wide }] of Object.entries(files)) {
    doc.registerFont(`own ${weight}`, fontFile(own))
    doc.registerFont(`wide ${weight}`, fontFile(wide))
  }
}

// What the Latin file of our own font can write. Names in Greek, Cyrillic, Polish or Turkish are written with the wide one.
const ownLetters =
  /^[\u0020-\u007e\u00a0-\u00ff\u0131\u0152\u0153\u02bb\u02bc\u02c6\u02da\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2022\u2026\u2039\u203a\u2044\u20ac\u2122]*$/

// The PDF library keeps the opened font to itself; nothing else knows which letters a font has.
type Opened = { _font: { font: { hasGlyphForCodePoint(point: number): boolean } } }

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The text without what our fonts cannot write, such as most emoji, which would be printed as empty boxes; the gaps that
 * they leave are closed. Empty when nothing can be written.
 */
export function legible(doc: Document, text: string, weight: Weight): string {
  const tidy = text.replaceAll(/\s{2,}|[\t\n\r]/g, ' ').trim()
  if (ownLetters.test(tidy)) return tidy
  const { font } = (doc.font(`wide ${weight}`) as unknown as Opened)['_font']
  let kept = ''
  for (const { segment } of clusters.segment(tidy.normalize('NFC'))) {
    const known = Array.from(segment).filter((letter) =>
      font.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0),
    )
    const written = known.join('').replaceAll(/[\ufe00-\ufe0f]|\u200d$/g, '')
    // What is left of an emoji may be only the invisible joints between its parts.
    if (/[\p{L}\p{N}\p{P}\p{S}\s]/u.test(written)) kept += written
  }
  return kept.replaceAll(/\s{2,}/g, ' ').trim()
}

export interface TextBox {
  x: number
  y: number
  width: number
  /** Points. */
  size: number
  weight: Weight
  /** What does not fit into so many lines ends in an ellipsis. */
  lines: number
  color?: string
  align?: 'left' | 'right'
  /** Measures only. */
  dry?: boolean
}

/** Writes text into a box and gives the height that it took. What no font of ours has is left out; a dash stands for all of it. */
export function drawText(doc: Document, given: string, box: TextBox): number {
  const text = legible(doc, given, box.weight) || '–'
  const own = ownLetters.test(text)
  // The wide font is drawn larger than ours at the same size.
  doc.font(`${own ? 'own' : 'wide'} ${box.weight}`).fontSize(own ? box.size : box.size * 0.9)
  const options = { width: box.width, align: box.align ?? ('left' as const), lineGap: box.size * 0.08 }
  const most = box.lines * doc.currentLineHeight(true) + box.lines * options.lineGap
  const height = Math.min(doc.heightOfString(text, options), most)
  if (box.dry !== true) {
    doc
      .fillColor(box.color ?? '#000000')
      .text(text, box.x, box.y, { ...options, height: most + 0.5, ellipsis: true })
  }
  return height
}
