import { createJSONStorage, persist, type StateStorage } from 'zustand/middleware'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ReasoningEffort } from '../../engine/index'
import { type Language, languages } from '../i18n/locales'

export const reasoningEfforts = ['low', 'medium', 'high'] as const satisfies ReasoningEffort[]

/** Colours: light or dark, or whichever the system has. */
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** A model that a person added to the list by its address. */
export interface AddedModel {
  /** Its name in storage. */
  model: string
  /** What it is called in the list. */
  label: string
}

/** The choices themselves, as they are kept. */
interface Choices {
  reasoningEffort: ReasoningEffort
  addedModels: readonly AddedModel[]
  /** Context to make room for, by model; a model that is not here gets the engine's default. */
  contextTokens: Readonly<Record<string, number>>
  /**
   * The model that was loaded last, to be loaded at the next start. Undefined while another is
   * loading: a load that takes the page down must not be the first thing that happens next time.
   */
  lastModel: string | undefined
  /** Ids of built-in prompt templates that are not to be offered. */
  hiddenTemplates: readonly string[]
  /** Whether the conversations are listed beside the chat, where there is room. */
  showsSidebar: boolean
  language: Language
  theme: Theme
}

export interface SettingsState extends Choices {
  setReasoningEffort(effort: ReasoningEffort): void
  /** Adds a model to the list, or gives one that is there its new label. */
  addModel(added: AddedModel): void
  /** Takes a model from the list, and forgets what was chosen for it. */
  removeModel(model: string): void
  setContextTokens(model: string, tokens: number): void
  setLastModel(model: string | undefined): void
  hideTemplate(id: string): void
  /** Offers all built-in templates again. */
  showTemplates(): void
  setShowsSidebar(shows: boolean): void
  setLanguage(language: Language): void
  setTheme(theme: Theme): void
  /** Takes over what another tab has chosen. */
  reread(): void
}

export type SettingsStore = StoreApi<SettingsState>

export const settingsKey = 'alcove-settings'

/**
 * What a person has chosen, kept across visits.
 *
 * `openStorage` may throw (site data blocked): the choices then last as long as the page. What
 * storage holds is checked, since an older or a newer version of the app may have written it.
 */
export function createSettingsStore(openStorage: () => StateStorage): SettingsStore {
  const store = createStore<SettingsState>()(
    persist(
      (set, get) => ({
        reasoningEffort: 'medium',
        addedModels: [],
        contextTokens: {},
        lastModel: undefined,
        hiddenTemplates: [],
        showsSidebar: true,
        language: 'system',
        theme: 'system',
        setReasoningEffort: (reasoningEffort) => set({ reasoningEffort }),

        addModel(added) {
          const others = get().addedModels.filter(({ model }) => model !== added.model)
          set({ addedModels: [...others, added] })
        },

        removeModel(removed) {
          const { [removed]: _, ...contextTokens } = get().contextTokens
          set({
            addedModels: get().addedModels.filter(({ model }) => model !== removed),
            contextTokens,
          })
        },

        setContextTokens: (model, tokens) =>
          set({ contextTokens: { ...get().contextTokens, [model]: tokens } }),
        setLastModel: (lastModel) => set({ lastModel }),
        hideTemplate: (id) =>
          set({ hiddenTemplates: [...new Set([...get().hiddenTemplates, id])] }),
        showTemplates: () => set({ hiddenTemplates: [] }),
        setShowsSidebar: (showsSidebar) => set({ showsSidebar }),
        setLanguage: (language) => set({ language }),
        setTheme: (theme) => set({ theme }),
        reread: () => void store.persist.rehydrate(),
      }),
      {
        name: settingsKey,
        storage: createJSONStorage(() => openStorage()),
        partialize: ({
          reasoningEffort,
          addedModels,
          contextTokens,
          lastModel,
          hiddenTemplates,
          showsSidebar,
          language,
          theme,
        }): Choices => ({
          reasoningEffort,
          addedModels,
          contextTokens,
          lastModel,
          hiddenTemplates,
          showsSidebar,
          language,
          theme,
        }),
        merge: (saved, current) => ({ ...current, ...soundChoices(saved) }),
      },
    ),
  )
  return store
}

/** Those of the saved choices that make sense. */
function soundChoices(saved: unknown): Partial<Choices> {
  const { reasoningEffort, addedModels, contextTokens, lastModel, ...rest } = (saved ??
    {}) as Partial<Record<keyof Choices, unknown>>
  const { hiddenTemplates, showsSidebar } = rest
  const language = languages.find((known) => known === rest.language)
  const theme = themes.find((known) => known === rest.theme)
  const effort = reasoningEfforts.find((known) => known === reasoningEffort)
  return {
    ...(effort && { reasoningEffort: effort }),
    ...(Array.isArray(addedModels) && { addedModels: addedModels.filter(isAddedModel) }),
    ...(isObject(contextTokens) && { contextTokens: countsOf(contextTokens) }),
    ...(typeof lastModel === 'string' && { lastModel }),
    ...(Array.isArray(hiddenTemplates) && {
      hiddenTemplates: hiddenTemplates.filter((id) => typeof id === 'string'),
    }),
    ...(typeof showsSidebar === 'boolean' && { showsSidebar }),
    ...(language && { language }),
    ...(theme && { theme }),
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isAddedModel = (value: unknown): value is AddedModel =>
  isObject(value) && typeof value.model === 'string' && typeof value.label === 'string'

function countsOf(values: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, number] => Number.isInteger(entry[1]) && Number(entry[1]) > 0,
    ),
  )
}
