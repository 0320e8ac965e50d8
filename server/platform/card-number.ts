/**
 * Whether somebody typed a card's number into a text: 13 to 19 digits, perhaps in groups, that begin as cards do and end
 * with the right check digit (Luhn). A number with a plus in front is a telephone's.
 */
export function holdsCardNumber(text: string): boolean {
  for (const [found] of text.matchAll(/(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)/g)) {
    const digits = found.replaceAll(/[ -]/g, '')
    if (/^(?:4|5[1-5]|2[2-7]|3[0-9]|6)/.test(digits) && endsRightly(digits)) return true
  }
  return false
}

function endsRightly(digits: string): boolean {
  let sum = 0
  for (const [index, digit] of [...digits].toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}
