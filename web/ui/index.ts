export { accentVariables, contrastOf } from './accent.ts'
export { Button, buttonClass, Spinner } from './Button.tsx'
export { cx } from './classes.ts'
export { now, offsetFrom, useNow } from './clock.ts'
export { Countdown } from './Countdown.tsx'
export { Dialog } from './Dialog.tsx'
export { Checkbox, Field, Input } from './Field.tsx'
export { formText } from './form.ts'
export {
  addMoney,
  calendarLeaf,
  countryName,
  formatDay,
  formatMoment,
  formatMoney,
  formatSeconds,
  formatShortDay,
  formatTime,
  formatZone,
  sameWallClock,
} from './format.ts'
export { Footer, PageHeader, TesseraMark, TestModeBanner } from './frame.tsx'
export { addStrings, languageOf, readerLocale, startI18n, useTranslation, wordsFor } from './i18n.ts'
export type { Language } from './i18n.ts'
export { Mosaic } from './Mosaic.tsx'
export { ProblemNotice } from './ProblemNotice.tsx'
export { Stepper } from './Stepper.tsx'
export { uiEnglish, uiGerman } from './strings.ts'
export type { UiStrings } from './strings.ts'
export { Alert, Badge, Card, Disclosure, EmptyState, LoadingRegion, Skeleton } from './surfaces.tsx'
export type { Tone } from './surfaces.tsx'
export { showToast, ToastHost } from './Toast.tsx'
export { useAccent } from './useAccent.ts'
export { DateTime, Money, useLocale, VisitorTime } from './values.tsx'
