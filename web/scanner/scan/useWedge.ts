import { useEffect } from 'react'
import { WedgeReader } from './wedge.ts'

/** Hands what a hand scanner types anywhere on the page to `onCode`. Fields for typing keep their keys. */
export function useWedge(onCode: (code: string) => void): void {
  useEffect(() => {
    const reader = new WedgeReader()
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return
      const { code, swallow } = reader.take(event.key, event.timeStamp)
      if (swallow) {
        event.preventDefault()
        event.stopPropagation()
      }
      if (code !== null) onCode(code)
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [onCode])
}
