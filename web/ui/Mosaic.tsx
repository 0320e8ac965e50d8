import { cx } from './classes.ts'

const SIZE = 40
const FILLS = [
  'var(--accent)',
  'color-mix(in srgb, var(--accent) 62%, var(--paper))',
  'color-mix(in srgb, var(--accent) 30%, var(--paper))',
  'color-mix(in srgb, var(--accent) 80%, black)',
  'var(--ink)',
  'light-dark(#e9b44c, #d9a441)',
]

/** A tile's shape in a field of 40 by 40, before it is turned. */
const SHAPES = [
  `M0 0H${SIZE}V${SIZE}H0Z`,
  `M0 0H${SIZE}A${SIZE} ${SIZE} 0 0 1 0 ${SIZE}Z`,
  `M0 0H${SIZE}L0 ${SIZE}Z`,
  `M0 0A20 20 0 0 0 ${SIZE} 0Z`,
  `M0 0A20 20 0 0 0 ${SIZE} 0ZM0 ${SIZE}A20 20 0 0 1 ${SIZE} ${SIZE}Z`,
  `M20 6A14 14 0 1 1 20 34A14 14 0 1 1 20 6Z`,
  `M0 0H20V20H${SIZE}V${SIZE}H20V20H0Z`,
]

type Tile = { x: number; y: number; ground: string; fill: string; shape: string; turn: number }

/**
 * The picture of an event that has none: a mosaic in the organiser's colour, always the same for the same
 * seed and different for another. Pure decoration; hidden from assistive technology.
 */
export function Mosaic({ seed, columns = 12, rows = 6, className }: MosaicProps) {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${columns * SIZE} ${rows * SIZE}`}
      preserveAspectRatio="xMidYMid slice"
      className={cx('block h-full w-full', className)}
    >
      {tilesOf(seed, columns, rows).map(({ x, y, ground, fill, shape, turn }) => (
        <g key={`${x},${y}`} transform={`translate(${x * SIZE} ${y * SIZE})`}>
          <rect width={SIZE + 0.5} height={SIZE + 0.5} style={{ fill: ground }} />
          <path d={shape} transform={`rotate(${turn * 90} 20 20)`} style={{ fill }} />
        </g>
      ))}
    </svg>
  )
}

type MosaicProps = { seed: string; columns?: number; rows?: number; className?: string }

function tilesOf(seed: string, columns: number, rows: number): Tile[] {
  const random = numbersFrom(seed)
  const pick = <T,>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const tiles: Tile[] = []
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      // Two thirds of the grounds are quiet, so that the strong tiles have room to speak.
      const ground = random() < 0.66 ? (FILLS[2] as string) : pick(FILLS.slice(0, 4))
      const fill = pick(FILLS.filter((one) => one !== ground))
      tiles.push({ x, y, ground, fill, shape: pick(SHAPES), turn: Math.floor(random() * 4) })
    }
  }
  return tiles
}

/** A small generator of numbers from 0 to 1 that repeats itself for the same seed (FNV-1a and mulberry32). */
function numbersFrom(seed: string): () => number {
  let state = 0x811c9dc5
  for (const letter of seed) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
