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

/** The catalogs that have come so far. */
const texts = new Map<Locale, Catalog>([['en', en]])
let plurals = new Intl.PluralRules(locales.en.intl)

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
    if (locale !== 'en' && !texts.has(locale)) texts.set(locale, await catalogs[locale]())
  } catch {
    // Without a network, and never shown before: the page stays as it is.
    return shown
  }
  if (wanted !== locale) return shown
  shown = locale
  plurals = new Intl.PluralRules(locales[locale].intl)
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
  const form = typeof count === 'number' ? `${text}_${plurals.select(count)}` : undefined
  const pattern = (form && inCatalog(form)) ?? inCatalog(text) ?? text
  return pattern.replace(/\{\{(\w+)\}\}/g, (hole, name: string) => {
    const value = values[name]
    return value === undefined ? hole : written(value)
  })
}

const inCatalog = (key: string) => texts.get(shown)?.[key]

/** A value as it stands in a sentence. */
function written(value: string | number): string {
  if (typeof value === 'number') return value.toLocaleString(intlLocale())
  // A file's name within Arabic keeps its own order of signs (Unicode's isolates, UAX 9).
  const isForeign = locales[shown].direction === 'rtl' && leftToRight.test(value)
  return isForeign ? `\u2068${value}\u2069` : value
}

/** A letter of a script that is written from left to right. */
const leftToRight = /[^\P{L}\p{Script=Arabic}\p{Script=Hebrew}]/u
