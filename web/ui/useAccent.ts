import { useLayoutEffect } from 'react'
import { accentVariables } from './accent.ts'

/** Puts the whole page into an organiser's colour while the component is shown; null is the platform's own. */
export function useAccent(colour: string | null | undefined): void {
  useLayoutEffect(() => {
    const variables = colour ? accentVariables(colour) : null
    if (!variables) return undefined
    const { style } = document.documentElement
    for (const [name, value] of Object.entries(variables)) style.setProperty(name, value)
    return () => {
      for (const name of Object.keys(variables)) style.removeProperty(name)
    }
  }, [colour])
}
