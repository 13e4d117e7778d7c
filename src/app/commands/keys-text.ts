import { t } from '../i18n/t'

/** Signs on the keys of Macs. */
const appleSigns: Readonly<Record<string, string>> = {
  $mod: '⌘',
  Alt: '⌥',
  Shift: '⇧',
  Enter: '↩',
}

/**
 * A shortcut as the names on its keys: "Alt+Shift+KeyN" → ["Alt", "Shift", "N"], on Macs "⌥", "⇧", "N".
 */
export function keysText(keys: string, isApple: boolean): string[] {
  const names = keys.split('+')
  // A question mark takes Shift on most keyboards, and nobody counts it as a part.
  const typed = names.at(-1)?.match(/^[^\w$]$/)
  return (typed ? [...typed] : names).map((name) => {
    const sign = isApple ? appleSigns[name] : undefined
    return sign ?? nameOf(name)
  })
}

function nameOf(key: string): string {
  switch (key) {
    case '$mod':
      return t('Ctrl')
    case 'Shift':
      return t('Shift')
    case 'Enter':
      return t('Enter')
    case 'Escape':
      return t('Esc')
    default:
      return key.replace(/^Key/, '')
  }
}

/** Whether ⌘ takes the place of Ctrl here, as tinykeys has it. */
export const isApple = () => /Mac|iPod|iPhone|iPad/.test(navigator.platform)
