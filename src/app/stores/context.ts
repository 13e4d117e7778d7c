import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { Engine } from '../../engine/index'
import type { ModelCard } from '../model/models'
import { modelAddress } from '../model/models'
import { type ChatState, type ChatStore, createChatStore } from './chat-store'
import { createEngineStore, type EngineState, type EngineStore } from './engine-store'
import { createSettingsStore, type SettingsState, type SettingsStore } from './settings-store'

export interface Stores {
  /** What is known about the model that `engine` loads. */
  card: ModelCard
  engine: EngineStore
  chat: ChatStore
  settings: SettingsStore
}

/** The page's stores around one engine. */
export function createStores(engine: Engine, card: ModelCard): Stores {
  const settings = createSettingsStore(() => localStorage)
  const engineStore = createEngineStore(engine, {
    model: modelAddress(card, document.baseURI),
  })
  const chat = createChatStore({
    engine,
    model: engineStore.getState(),
    sampling: card.sampling,
    effort: () => settings.getState().reasoningEffort,
    nextFrame: (callback) => requestAnimationFrame(callback),
    now: () => performance.now(),
  })
  return { card, engine: engineStore, chat, settings }
}

export const StoresContext = createContext<Stores | undefined>(undefined)

export function useStores(): Stores {
  const stores = useContext(StoresContext)
  if (stores === undefined) throw new Error('a component is used outside StoresContext')
  return stores
}

export const useEngine = <T>(select: (state: EngineState) => T): T =>
  useStore(useStores().engine, select)

export const useChat = <T>(select: (state: ChatState) => T): T => useStore(useStores().chat, select)

export const useSettings = <T>(select: (state: SettingsState) => T): T =>
  useStore(useStores().settings, select)
