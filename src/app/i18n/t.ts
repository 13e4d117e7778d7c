import i18next from 'i18next'
import { en } from './en'

void i18next.init({
  lng: 'en',
  resources: { en: { translation: en } },
  // The English text is the key: it may have dots and colons in it.
  keySeparator: false,
  nsSeparator: false,
  // React escapes what it shows.
  interpolation: { escapeValue: false },
  // Nothing is fetched for English, so nobody needs to wait for it.
  initAsync: false,
})

/**
 * A text in the language of the page. It is looked up by its English wording, which is what shows
 * where there is no translation. `{{name}}` stands for `values.name`; `values.count` chooses among
 * plural forms, which English has in `en.ts`.
 */
export const t = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  i18next.t(text, values)
