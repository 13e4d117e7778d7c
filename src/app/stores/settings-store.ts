import { createJSONStorage, persist, type StateStorage } from 'zustand/middleware'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ReasoningEffort } from '../../engine/index'

export const reasoningEfforts = ['low', 'medium', 'high'] as const satisfies ReasoningEffort[]

export interface SettingsState {
  reasoningEffort: ReasoningEffort
  setReasoningEffort(effort: ReasoningEffort): void
}

export type SettingsStore = StoreApi<SettingsState>

/**
 * What a person has chosen, kept across visits.
 *
 * `openStorage` may throw (site data blocked): the choices then last as long as the page. What
 * storage holds is checked, since an older or a newer version of the app may have written it.
 */
export function createSettingsStore(openStorage: () => StateStorage): SettingsStore {
  return createStore<SettingsState>()(
    persist(
      (set) => ({
        reasoningEffort: 'medium',
        setReasoningEffort: (reasoningEffort) => set({ reasoningEffort }),
      }),
      {
        name: 'alcove-settings',
        storage: createJSONStorage(() => openStorage()),
        partialize: ({ reasoningEffort }) => ({ reasoningEffort }),
        merge: (saved, initial) => {
          const effort = (saved as Partial<SettingsState> | undefined)?.reasoningEffort
          const known = reasoningEfforts.find((known) => known === effort)
          return known ? { ...initial, reasoningEffort: known } : initial
        },
      },
    ),
  )
}
