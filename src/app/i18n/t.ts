import i18next from 'i18next'
import { en } from './en'
import { type Locale, locales } from './locales'

/** Texts by their English wording; where one has plural forms, by the wording and `_one`, `_few` … */
export type Catalog = Readonly<Record<string, string>>

/** Fetched when somebody reads that language. */
const catalogs: Readonly<Record<Exclude<Locale, 'en'>, () => Promise<Catalog>>> = {
  de: async () => (await import('./de')).de,
  ar: async () => (await import('./ar')).ar,
}

let wanted: Locale = 'en'
let shown: Locale = 'en'

void i18next.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { translation: en } },
  // The English text is the key: it may have dots and colons in it.
  keySeparator: false,
  nsSeparator: false,
  // React escapes what it shows; what remains to be done to a value is a matter of language.
  interpolation: { escape: written, useRawValueToEscape: true },
  // Nothing is fetched for English, so nobody needs to wait for it.
  initAsync: false,
})

/** The tag by which `Intl` writes numbers and dates in that language. */
export const intlLocale = (): string => locales[shown].intl

/**
 * Makes `t` answer in a language, once its texts are there.
 * @returns the language that is shown then: another one where this one's texts cannot be had, or
 * where yet another was asked for meanwhile
 */
export async function showLocale(locale: Locale): Promise<Locale> {
  wanted = locale
  try {
    if (locale !== 'en' && !i18next.hasResourceBundle(locale, 'translation'))
      i18next.addResourceBundle(locale, 'translation', await catalogs[locale]())
  } catch {
    // Without a network, and never shown before: the page stays as it is.
    return shown
  }
  if (wanted !== locale) return shown
  await i18next.changeLanguage(locale)
  shown = locale
  return shown
}

/**
 * A text in the language of the page. It is looked up by its English wording, which is what shows
 * where there is no translation. `{{name}}` stands for `values.name`, and numbers are written as the
 * language writes them; `values.count` chooses among plural forms, which English has in `en.ts`.
 *
 * Call it with a literal, and where the text is shown rather than once for all: `catalogs.test.ts`
 * looks for the texts in the code, and the language may change.
 */
export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  const { count } = values
  return i18next.t(text, { replace: values, ...(typeof count === 'number' && { count }) })
}

/** A value as it stands in a sentence. */
function written(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString(intlLocale())
  const text = String(value)
  // A file's name within Arabic keeps its own order of signs (Unicode's isolates, UAX 9).
  const isForeign = locales[shown].direction === 'rtl' && leftToRight.test(text)
  return isForeign ? `\u2068${text}\u2069` : text
}

/** A letter of a script that is written from left to right. */
const leftToRight = /[^\P{L}\p{Script=Arabic}\p{Script=Hebrew}]/u
