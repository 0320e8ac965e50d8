const codes =
  'US AR AT AU BE BG BR CA CH CL CO CZ DE DK EE ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KE KR LT LU LV MT MX MY NG NL NO NZ PE PH PL PT RO SE SG SI SK TH TR TW UA UY VN ZA'.split(
    ' ',
  )

const names = new Intl.DisplayNames('en', { type: 'region' })

/** Countries for a billing address: code and English name, by name, the default first. */
export const countries: { code: string; name: string }[] = codes
  .map((code) => ({ code, name: names.of(code) ?? code }))
  .sort((a, b) => (a.code === 'US' ? -1 : b.code === 'US' ? 1 : a.name.localeCompare(b.name)))
