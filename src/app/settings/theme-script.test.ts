import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSettingsStore } from '../stores/settings-store'

const script = readFileSync(join(import.meta.dirname, '../../../public/theme.js'), 'utf8')

/** The theme that the page has once the script has run. */
function themeAfter(localStorage: unknown): string | undefined {
  const dataset: { theme?: string } = {}
  const document = { documentElement: { dataset } }
  new Function('localStorage', 'document', script)(localStorage, document)
  return dataset.theme
}

it('shows the theme that the settings have kept', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  const settings = createSettingsStore(() => storage).getState()
  expect(themeAfter(storage)).toBeUndefined()
  settings.setTheme('dark')
  expect(themeAfter(storage)).toBe('dark')
  settings.setTheme('system')
  expect(themeAfter(storage)).toBeUndefined()
})

it('leaves the system’s theme where nothing can be read', () => {
  expect(themeAfter({ getItem: () => 'no JSON' })).toBeUndefined()
  expect(themeAfter({ getItem: () => '{"state":{"theme":"pink"}}' })).toBeUndefined()
  expect(themeAfter(undefined)).toBeUndefined()
})
