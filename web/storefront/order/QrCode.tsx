import { create } from 'qrcode'
import { useMemo } from 'react'

/** The empty border that a reader needs around a code, in modules. */
const QUIET = 4

/**
 * A ticket's code as a QR picture: dark on white in every theme, since readers want it so. The text is
 * base45, which the QR alphabet for capital letters and digits holds most tightly.
 */
export function QrCode({ text, label, className }: { text: string; label: string; className?: string }) {
  const { size, path } = useMemo(() => draw(text), [text])
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className={`block bg-white ${className ?? ''}`}
    >
      <path d={path} fill="#000" />
    </svg>
  )
}

function draw(text: string): { size: number; path: string } {
  const alphanumeric = /^[0-9A-Z $%*+\-./:]+$/.test(text)
  const { modules } = create(alphanumeric ? [{ data: text, mode: 'alphanumeric' }] : text, {
    errorCorrectionLevel: 'M',
  })
  const parts: string[] = []
  for (let y = 0; y < modules.size; y += 1) {
    for (let x = 0; x < modules.size; x += 1) {
      if (!modules.get(y, x)) continue
      let end = x
      while (end < modules.size && modules.get(y, end)) end += 1
      parts.push(`M${x + QUIET} ${y + QUIET}h${end - x}v1h${x - end}z`)
      x = end
    }
  }
  return { size: modules.size + 2 * QUIET, path: parts.join('') }
}
