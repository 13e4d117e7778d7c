import { useMemo } from 'react'
import { useLibrary, useSettings } from '../stores/context'
import { builtInTemplates, type OfferedTemplate } from './built-in'

/** The templates that are offered: one's own, then the built-in ones that are not hidden. */
export function useTemplates(): readonly OfferedTemplate[] {
  const own = useLibrary((state) => state.templates)
  const hidden = useSettings((state) => state.hiddenTemplates)
  return useMemo(
    () => [...own, ...builtInTemplates().filter(({ id }) => !hidden.includes(id))],
    [own, hidden],
  )
}
