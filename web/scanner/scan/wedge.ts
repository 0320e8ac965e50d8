/** Keys that follow each other within this time come from a scanner, also from a slow one; fingers are slower. */
const GAP_MS = 100

/** Shorter runs of keys are not a code, whoever typed them. */
const MIN_LENGTH = 6

/**
 * Reads a hand scanner that types what it sees as a keyboard would: a fast run of keys that ends with Enter.
 */
export class WedgeReader {
  private text = ''
  private lastAt = -Infinity

  /**
   * Takes one key with its time in milliseconds. Answers the code when Enter completes one; `swallow` says
   * that the key belongs to a scanner and must press nothing on the page.
   */
  take(key: string, time: number): { code: string | null; swallow: boolean } {
    const fast = time - this.lastAt <= GAP_MS
    if (key === 'Enter') {
      const code = fast && this.text.length >= MIN_LENGTH ? this.text : null
      this.text = ''
      return { code, swallow: code !== null }
    }
    if (key.length !== 1) return { code: null, swallow: false }
    this.text = fast ? this.text + key : key
    this.lastAt = time
    // From the second fast key on it is a scanner; its spaces must not press the button that has the focus.
    return { code: null, swallow: fast && this.text.length > 1 }
  }
}
