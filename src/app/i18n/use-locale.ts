import { useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react'
import { chooseLocale, type Language, type Locale, locales } from './locales'
import { showLocale } from './t'

/**
 * The locale in which texts are there, in step with what is chosen; undefined until the first ones
 * have come. Whatever shows texts is to be drawn anew when it changes.
 */
export function useLocale(language: Language): Locale | undefined {
  const wanted = useSyncExternalStore(subscribe, () => chooseLocale(language, navigator.languages))
  const [shown, setShown] = useState<Locale | undefined>(wanted === 'en' ? wanted : undefined)

  useEffect(() => {
    let isCurrent = true
    void showLocale(wanted).then((locale) => {
      if (isCurrent) setShown(locale)
    })
    return () => {
      isCurrent = false
    }
  }, [wanted])

  useLayoutEffect(() => {
    if (shown === undefined) return
    document.documentElement.lang = shown
    document.documentElement.dir = locales[shown].direction
  }, [shown])

  return shown
}

function subscribe(onChange: () => void): () => void {
  addEventListener('languagechange', onChange)
  return () => removeEventListener('languagechange', onChange)
}
