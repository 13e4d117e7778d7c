import { describe, expect, it } from 'vitest'
import type { StateStorage } from 'zustand/middleware'
import { createSettingsStore } from './settings-store'

/** What survives a reload of the page. */
function storage(content: Record<string, string> = {}): StateStorage {
  return {
    getItem: (key) => content[key] ?? null,
    setItem: (key, value) => {
      content[key] = value
    },
    removeItem: (key) => {
      delete content[key]
    },
  }
}

describe('the settings store', () => {
  it('begins at medium effort', () => {
    expect(createSettingsStore(() => storage()).getState().reasoningEffort).toBe('medium')
  })

  it('keeps the effort across visits', () => {
    const kept = storage()
    createSettingsStore(() => kept)
      .getState()
      .setReasoningEffort('high')
    expect(createSettingsStore(() => kept).getState().reasoningEffort).toBe('high')
  })

  it('keeps which built-in templates are hidden, until all are shown again', () => {
    const kept = storage()
    const visit = () => createSettingsStore(() => kept).getState()
    visit().hideTemplate('translate')
    visit().hideTemplate('translate')
    expect(visit().hiddenTemplates).toEqual(['translate'])
    visit().showTemplates()
    expect(visit().hiddenTemplates).toEqual([])
  })

  it('ignores a value that it does not know', () => {
    const written = JSON.stringify({ state: { reasoningEffort: 'maximal' }, version: 0 })
    const store = createSettingsStore(() => storage({ 'alcove-settings': written }))
    expect(store.getState().reasoningEffort).toBe('medium')
  })

  it('keeps the language and the theme across visits, unless it does not know them', () => {
    const kept = storage()
    const { setLanguage, setTheme } = createSettingsStore(() => kept).getState()
    setLanguage('ar')
    setTheme('dark')
    expect(createSettingsStore(() => kept).getState()).toMatchObject({
      language: 'ar',
      theme: 'dark',
    })
    const written = JSON.stringify({ state: { language: 'xx', theme: 7 }, version: 0 })
    const store = createSettingsStore(() => storage({ 'alcove-settings': written }))
    expect(store.getState()).toMatchObject({ language: 'system', theme: 'system' })
  })

  it('works for the page’s life where storage is refused', () => {
    const store = createSettingsStore(() => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    })
    store.getState().setReasoningEffort('low')
    expect(store.getState().reasoningEffort).toBe('low')
  })
})
