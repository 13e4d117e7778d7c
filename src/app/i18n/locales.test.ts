import { describe, expect, it } from 'vitest'
import { chooseLocale } from './locales'

describe('the locale', () => {
  it('is what the person chose, whatever the browser prefers', () => {
    expect(chooseLocale('ar', ['de-DE', 'en'])).toBe('ar')
  })

  it.each([
    { preferred: ['de-AT', 'en'], locale: 'de', because: 'a region is no other language' },
    { preferred: ['fr', 'AR-eg', 'en'], locale: 'ar', because: 'the first known one counts' },
    { preferred: ['fr', 'tr'], locale: 'en', because: 'English is what there is otherwise' },
    { preferred: ['den'], locale: 'en', because: 'Slave, spoken in Canada, is not German' },
    { preferred: ['toString'], locale: 'en', because: 'not every property is a language' },
    { preferred: [], locale: 'en', because: 'a browser may tell nothing' },
  ])('is $locale for $preferred: $because', ({ preferred, locale }) => {
    expect(chooseLocale('system', preferred)).toBe(locale)
  })
})
