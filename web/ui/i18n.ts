import i18next, { type TFunction } from 'i18next'

type Strings = Record<string, string>

/** The languages the screens speak. */
export type Language = 'en' | 'de'

/** The reader's locale: the first of the browser's languages that the screens speak, else English. */
export function readerLocale(wanted: readonly string[] = navigator.languages): string {
  return wanted.find((tag) => /^(en|de)(-|$)/i.test(tag)) ?? 'en'
}

/** The language of a locale: "de" of "de-AT". */
export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith('de') ? 'de' : 'en'
}

/** Loads the reader's language; call once before the first render. */
export async function startI18n(
  languages: Record<Language, () => Strings | Promise<Strings>>,
  locale: string = readerLocale(),
): Promise<void> {
  const language = languageOf(locale)
  const strings = await languages[language]()
  await i18next.init({
    lng: locale,
    fallbackLng: language,
    resources: { [language]: { translation: strings } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  document.documentElement.lang = locale
}

/** Adds the words of a part of the app that is loaded later. */
export function addStrings(strings: Strings): void {
  i18next.addResourceBundle(languageOf(i18next.language), 'translation', strings)
}

/** The words for a name that is made while the program runs ("problem.holds.busy"); null where there are none. */
export function wordsFor(key: string): string | null {
  const t: (key: string) => string = i18next.t as never
  return i18next.exists(key) ? t(key) : null
}

/**
 * The reader's words and locale. The language is settled before the first render and stays, so that this
 * needs no subscription and none of the code that one would bring to every page.
 */
export function useTranslation(): { t: TFunction; locale: string } {
  return { t: i18next.t, locale: i18next.language }
}
