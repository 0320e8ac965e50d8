import 'i18next'
import type { ScannerStrings } from './scanner/strings/en.ts'
import type { MoreStrings } from './storefront/strings/en-more.ts'
import type { ArrivalStrings } from './storefront/strings/en.ts'
import type { UiStrings } from './ui/strings.ts'

// A key that no app has words for is a type error, not an empty place on the screen.
declare module 'i18next' {
  interface CustomTypeOptions {
    keySeparator: false
    nsSeparator: false
    resources: { translation: UiStrings & ArrivalStrings & MoreStrings & ScannerStrings }
  }
}
