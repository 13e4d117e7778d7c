import { useEffect } from 'react'
import { type KeyBindingMap, tinykeys } from 'tinykeys'
import { useStores } from '../stores/context'
import { type Command, commandsOf } from './commands'

/** Runs commands by their shortcuts, anywhere on the page. */
export function useShortcuts() {
  const stores = useStores()

  useEffect(() => {
    const bindings: KeyBindingMap = {}
    for (const command of commandsOf(stores))
      for (const keys of command.keys ?? [])
        bindings[keys] = (event) => {
          if (command.run === undefined || !isMeant(command, event)) return
          event.preventDefault()
          command.run()
        }
    return tinykeys(window, bindings)
  }, [stores])
}

function isMeant({ isCharacter, when }: Command, { target, key, repeat }: KeyboardEvent): boolean {
  // What lies over the page has the keys for itself; a menu closes by Esc and stops nothing.
  if (document.querySelector('dialog[open]')) return false
  if (key === 'Escape' && document.querySelector(':popover-open')) return false
  const isTyping =
    target instanceof Element && target.closest('input, textarea, select, [contenteditable]')
  if (isCharacter && isTyping) return false
  return !repeat && (when?.() ?? true)
}
