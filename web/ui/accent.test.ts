import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accentVariables, contrastOf } from './accent.ts'

const LIGHT_PAPER = '#fbfaf7'
const DARK_PAPER = '#131210'
const anyColour = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`)

describe("an organiser's colour", () => {
  it('never makes a button or a link that a fan with weak eyes cannot read', () => {
    fc.assert(
      fc.property(anyColour, (colour) => {
        const shades = accentVariables(colour)
        expect(shades).not.toBeNull()
        if (!shades) return
        expect(contrastOf(shades['--on-accent-light'], shades['--accent-light'])).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades['--on-accent-dark'], shades['--accent-dark'])).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades['--accent-text-light'], LIGHT_PAPER)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades['--accent-text-dark'], DARK_PAPER)).toBeGreaterThanOrEqual(4.5)
      }),
      { numRuns: 500 },
    )
  })

  it('stays as chosen where it already reads well', () => {
    expect(accentVariables('#0f766e')?.['--accent-light']).toBe('#0f766e')
    expect(accentVariables('#0f766e')?.['--on-accent-light']).toBe('#ffffff')
  })

  it('is refused when it is not a colour, so that nothing else reaches the style sheet', () => {
    expect(accentVariables('red; background: url(x)')).toBeNull()
    expect(accentVariables('#abc')).toBeNull()
  })
})
