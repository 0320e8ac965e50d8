import type { SeededRandom } from './random.ts'

/** How long the random part of an id is, by prefix; other prefixes have 24. */
const lengths: Record<string, number> = { cs_test_: 58, req_: 14, cus_: 14, prod_: 14, whsec_: 32 }

/** Makes ids that look like the provider's: the prefix, then letters and digits. */
export function makeId(random: SeededRandom, prefix: string): string {
  if (prefix === 'cs_test_') return `cs_test_a1${random.text(56)}`
  const length = lengths[prefix] ?? 24
  // The provider's newer ids begin with a digit; keeping it makes recorded and simulated ids look alike.
  const lead = prefix === 'pi_' || prefix === 'ch_' || prefix === 'py_' || prefix === 're_' ? '3' : ''
  return `${prefix}${lead}${random.text(length - lead.length)}`
}
