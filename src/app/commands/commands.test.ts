import { beforeEach, expect, it, vi } from 'vitest'
import type { Stores } from '../stores/context'
import { commandsOf } from './commands'
import { keysText } from './keys-text'

/** No chat, and nothing chosen: enough for the table itself. */
const stores = {
  chat: { getState: () => ({ messages: [], busy: false }) },
  conversations: { getState: () => ({ conversations: [] }) },
  install: { getState: () => ({ canInstall: false }) },
  updates: { getState: () => ({ status: 'none' }) },
} as unknown as Stores
beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true }))
  vi.stubGlobal('location', { hash: '#/models' })
})
const commands = commandsOf(stores)
const shortcuts = commands.flatMap(({ keys = [] }) => keys)

/** The letters that Chrome, Edge, Firefox or Safari take for themselves, by what is held with them. */
const browsersOwn: Readonly<Record<string, string>> = {
  // Ctrl+K is the search field of some; that pages take it over is what people are used to.
  $mod: 'ABCDEFGHIJLMNOPQRSTUVWXYZ',
  '$mod+Shift': 'ABCDEGHIJKMNOPQRSTUVWXYZ',
  // Menus of the browser, and the address.
  Alt: 'ABDEFHLSTVZ',
  // Chrome's toolbar, its report form and its inactive dialogs.
  'Alt+Shift': 'ABIT',
}

it('has no command twice, and no shortcut twice', () => {
  const ids = commands.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(shortcuts).size).toBe(shortcuts.length)
})

it('leaves browsers their shortcuts', () => {
  const taken = shortcuts.filter((keys) => {
    const [, held = '', letter] = /^(.*)\+Key(.)$/.exec(keys) ?? []
    return letter !== undefined && (browsersOwn[held] ?? letter).includes(letter)
  })
  expect(taken).toEqual([])
})

it('leaves screen readers their keys: single letters, Insert, Caps Lock, and Ctrl with Alt', () => {
  const taken = shortcuts.filter(
    (keys) => /^\w$|^Key.$|Insert|CapsLock/.test(keys) || /(\$mod|Control).*Alt/.test(keys),
  )
  expect(taken).toEqual([])
})

it('keeps characters for whoever types: each is marked as one', () => {
  const unmarked = commands.filter(
    ({ keys, isCharacter }) => keys?.some((key) => /^(Shift\+)?\W$/.test(key)) && !isCharacter,
  )
  expect(unmarked).toEqual([])
})

it('offers what there is something to do for', () => {
  const available = commands.filter(({ when }) => when?.() ?? true).map(({ id }) => id)
  expect(available).toContain('new-chat')
  expect(available).not.toContain('regenerate')
  expect(available).not.toContain('rename')
  expect(available).not.toContain('stop')
  expect(available).not.toContain('install')
  expect(available).not.toContain('update')
  expect(available).not.toContain('chat-settings')
})

it('names keys as they are called where the reader is', () => {
  expect(keysText('$mod+KeyK', true)).toEqual(['⌘', 'K'])
  expect(keysText('$mod+KeyK', false)).toEqual(['Ctrl', 'K'])
  expect(keysText('Alt+Shift+KeyN', true)).toEqual(['⌥', '⇧', 'N'])
  expect(keysText('Shift+?', false)).toEqual(['?'])
  expect(keysText('Escape', false)).toEqual(['Esc'])
})
