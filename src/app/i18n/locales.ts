/**
 * The languages of the page. Another one takes a line here, and a catalog beside `de.ts`.
 *
 * `intl` is the tag by which numbers and dates are written: in Arabic with the figures that stand in
 * model names, code and answers, too.
 */
export const locales = {
  en: { name: 'English', direction: 'ltr', intl: 'en' },
  de: { name: 'Deutsch', direction: 'ltr', intl: 'de' },
  ar: { name: 'العربية', direction: 'rtl', intl: 'ar-u-nu-latn' },
} as const

export type Locale = keyof typeof locales

/** What a person chooses: a language, or whichever the browser prefers. */
export const languages = ['system', ...(Object.keys(locales) as Locale[])] as const
export type Language = (typeof languages)[number]

/**
 * The locale to show.
 * @param preferred language tags, the dearest first, as in `navigator.languages`
 */
export function chooseLocale(language: Language, preferred: readonly string[]): Locale {
  if (language !== 'system') return language
  const codes = preferred.map((tag) => tag.toLowerCase().split('-', 1)[0])
  return codes.find(isLocale) ?? 'en'
}

const isLocale = (code: string | undefined): code is Locale =>
  code !== undefined && Object.hasOwn(locales, code)
