import { createContext, useContext, useMemo } from 'react'
import { useStore } from 'zustand'
import type { Engine } from '../../engine/index'
import { withinPolicy } from '../../network/connect-sources'
import { readFile } from '../attachments/read-file'
import { type AnswerLocks, createAnswerLocks, noAnswerHeld } from '../conversations/answer-locks'
import { computedWith } from '../conversations/answer-run'
import type { EndpointReference } from '../conversations/conversation'
import { openIndexedDbStorage } from '../conversations/indexeddb-storage'
import { createJournaledStorage, type JournaledStorage } from '../conversations/journaled-storage'
import { createMemoryStorage } from '../conversations/memory-storage'
import { newChatDraft } from '../conversations/storage'
import { createFramePacer, pageClock } from '../frame-pacer'
import { bundledModel, type ModelCard, modelAddress } from '../model/models'
import { createPicks } from '../model/picks'
import { type LedgerState, type LedgerStore, openLedger } from '../network/ledger-store'
import { connectSources, isSealed } from '../network/policy'
import { guardPage } from '../network/seal'
import { trustedScript } from '../network/trusted-script'
import { databaseMark } from '../pwa/database-mark'
import { createEvictionStore, type EvictionState, type EvictionStore } from '../pwa/eviction-store'
import { createInstallStore, type InstallState, type InstallStore } from '../pwa/install-store'
import { createUpdatesStore, type UpdatesState, type UpdatesStore } from '../pwa/updates-store'
import { chatServer } from '../remote/chat-server'
import { createRemoteClient, type RemoteClient } from '../remote/client'
import type { Endpoint } from '../remote/endpoint'
import { createMemoryEndpoints, openIndexedDbEndpoints } from '../remote/endpoint-storage'
import {
  createEndpointsStore,
  type EndpointsState,
  type EndpointsStore,
} from '../remote/endpoints-store'
import {
  type AttachmentsStore,
  createAttachmentsStore,
  type DraftFiles,
  noFiles,
} from './attachments-store'
import {
  type ChatSettingsState,
  type ChatSettingsStore,
  createChatSettingsStore,
  settingsOf,
} from './chat-settings-store'
import { type ChatState, type ChatStore, createChatStore } from './chat-store'
import {
  type ConversationsState,
  type ConversationsStore,
  createConversationsStore,
} from './conversations-store'
import { createDialogsStore, type DialogsState, type DialogsStore } from './dialogs-store'
import { createEngineStore, type EngineState, type EngineStore } from './engine-store'
import { createLibraryStore, type LibraryState, type LibraryStore } from './library-store'
import { createModelsStore, type ModelsState, type ModelsStore } from './models-store'
import {
  createSettingsStore,
  type SettingsState,
  type SettingsStore,
  settingsKey,
} from './settings-store'
import { createToastsStore, type ToastsState, type ToastsStore } from './toasts-store'

export interface Stores {
  engine: EngineStore
  models: ModelsStore
  conversations: ConversationsStore
  chat: ChatStore
  attachments: AttachmentsStore
  chatSettings: ChatSettingsStore
  library: LibraryStore
  settings: SettingsStore
  toasts: ToastsStore
  dialogs: DialogsStore
  endpoints: EndpointsStore
  remote: RemoteClient
  updates: UpdatesStore
  ledger: LedgerStore
  storage: JournaledStorage
  /** The model itself, for answers that are part of no conversation. */
  inference: Pick<Engine, 'chat' | 'tokenTexts'>
  /** Keeps an update from coming in between while an answer is written. */
  answerLocks: AnswerLocks
  install: InstallStore
  eviction: EvictionStore
}

/** The page's stores around one engine. */
export function createStores(engine: Engine): Stores {
  const settings = createSettingsStore(() => localStorage)
  const base = document.baseURI
  const first = modelAddress(bundledModel, base)
  const firstContext = settings.getState().contextTokens[first]
  const engineStore = createEngineStore(engine, {
    model: first,
    ...(firstContext !== undefined && { contextTokens: firstContext }),
  })
  const picks = createPicks()
  const models = createModelsStore({
    engine,
    engineStore,
    settings,
    picks,
    base,
    isOnline: () => navigator.onLine,
    setTimer,
  })
  addEventListener('online', () => models.getState().resumeLost())
  const card = () => cardOf(models.getState(), engineStore.getState())
  // Where the browser refuses to keep anything, conversations last as long as the page.
  const storage = createJournaledStorage(
    openIndexedDbStorage().catch(createMemoryStorage),
    () => localStorage,
  )
  addEventListener('storage', ({ key }) => {
    if (key === null) return
    // What another tab chooses counts here too, and is not overwritten with what was chosen before.
    if (key === settingsKey) settings.getState().reread()
    storage.takeOver(key)
  })
  const conversations = createConversationsStore(storage, Date.now)
  const library = createLibraryStore(storage, conversations.getState())
  const endpoints = createEndpointsStore(openIndexedDbEndpoints().catch(createMemoryEndpoints))
  const remote = createRemoteClient({
    fetch: withinPolicy((...request) => fetch(...request), connectSources(), location.origin),
    setTimer,
    now: () => performance.now(),
    pageOrigin: location.origin,
  })
  const answerLocks = createAnswerLocks(navigator.locks)
  const chat: ChatStore = createChatStore({
    engine,
    countTokens: engine.countTokens,
    model: engineStore.getState(),
    modelName: () => card().name,
    computedWith: () => computedWith(loadedModel(engineStore.getState())),
    contextTokens: () => contextTokensOf(engineStore.getState()),
    sampling: () => card().sampling,
    server(conversationId) {
      const known = conversations.getState().conversations?.find(({ id }) => id === conversationId)
      const { endpoints: all = [] } = endpoints.getState()
      return known?.endpoint && chatServer(known.endpoint, all, remote)
    },
    storage,
    conversations: conversations.getState(),
    settingsOf: (id) =>
      id === undefined
        ? chatSettings.getState().settings
        : settingsOf(conversations.getState().conversations?.find((known) => known.id === id)),
    takeForNewChat: () => chatSettings.getState().takeForNewChat(),
    locks: answerLocks,
    effort: () => settings.getState().reasoningEffort,
    nextFrame: createFramePacer(pageClock()),
    hidden: () => document.hidden,
    now: () => performance.now(),
  })
  const chatSettings = createChatSettingsStore({ chat, conversations, library })
  const attachments = createAttachmentsStore({
    storage,
    engine,
    contextTokens: () => contextTokensOf(engineStore.getState()),
    async usedTokens(key) {
      const { conversationId, newChatEndpoint, countContext } = chat.getState()
      const known = conversations.getState().conversations?.find(({ id }) => id === conversationId)
      // How much a server has room for, nobody here knows.
      const isRemote =
        (conversationId === undefined ? newChatEndpoint : known?.endpoint) !== undefined
      if (draftKeyOf(chat.getState()) !== key || isRemote) return undefined
      const { instructions, history } = await countContext()
      const text = conversations.getState().drafts.get(key) ?? ''
      return instructions + history + (await engine.countTokens(text))
    },
    read: readFile,
    noteSaved: conversations.getState().noteSaved,
  })
  engineStore.subscribe(({ status }, before) => {
    if (status.phase === 'ready' && status !== before.status) void attachments.getState().recount()
  })
  const toasts = createToastsStore()
  const dialogs = createDialogsStore()
  const updates = createUpdatesStore({
    container: navigator.serviceWorker,
    worker: trustedScript('./sw.js'),
    script: document.querySelector<HTMLScriptElement>('script[type=module]')?.src ?? '',
    document,
    now: Date.now,
    untilIdle: () => noAnswerHeld(answerLocks),
    reload: () => location.reload(),
    mayAsk: !isSealed,
  })
  const install = createInstallStore(window)
  const eviction = createEvictionStore({
    local: () => localStorage,
    database: databaseMark,
    newId: () => crypto.randomUUID(),
  })
  const ledger = openLedger()
  guardPage(ledger.getState().noteBlocked)
  const ofServers = { endpoints, remote, ledger }
  const ofPage = { settings, toasts, dialogs, updates, install, eviction, ...ofServers }
  const ofChat = { conversations, chat, attachments, chatSettings, library }
  const ofAnswers = { inference: engine, answerLocks }
  return { engine: engineStore, models, ...ofChat, ...ofPage, ...ofAnswers, storage }
}

/** Calls `ring` after `ms` milliseconds, unless the returned function is called before. */
function setTimer(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}

const loadedModel = ({ status }: EngineState) =>
  status.phase === 'ready' ? status.model : undefined

/** Tokens that the loaded model has room for; 0 where none is loaded. */
const contextTokensOf = (state: EngineState) => loadedModel(state)?.contextTokens ?? 0

const draftKeyOf = ({ conversationId }: ChatState) => conversationId ?? newChatDraft

/** What is known about the model that is loaded, being loaded or loaded next. */
function cardOf({ models }: ModelsState, { target }: Pick<EngineState, 'target'>): ModelCard {
  return models.find(({ model }) => model === target.model)?.card ?? bundledModel
}

export const StoresContext = createContext<Stores | undefined>(undefined)

export function useStores(): Stores {
  const stores = useContext(StoresContext)
  if (stores === undefined) throw new Error('a component is used outside StoresContext')
  return stores
}

export const useEngine = <T>(select: (state: EngineState) => T): T =>
  useStore(useStores().engine, select)

export const useModels = <T>(select: (state: ModelsState) => T): T =>
  useStore(useStores().models, select)

/** The card of the model that is loaded, being loaded or loaded next. */
export function useActiveCard(): ModelCard {
  const target = useEngine((state) => state.target)
  return useModels((models) => cardOf(models, { target }))
}

export const useConversations = <T>(select: (state: ConversationsState) => T): T =>
  useStore(useStores().conversations, select)

export const useChat = <T>(select: (state: ChatState) => T): T => useStore(useStores().chat, select)

export const useChatSettings = <T>(select: (state: ChatSettingsState) => T): T =>
  useStore(useStores().chatSettings, select)

export const useLibrary = <T>(select: (state: LibraryState) => T): T =>
  useStore(useStores().library, select)
export const useEndpoints = <T>(select: (state: EndpointsState) => T): T =>
  useStore(useStores().endpoints, select)

/** Who answers in the shown conversation in place of this device: undefined for nobody. */
export interface ShownServer extends EndpointReference {
  /** Undefined where it is missing, and until the servers of this browser are read. */
  endpoint: Endpoint | undefined
  isMissing: boolean
}

export function useShownServer(): ShownServer | undefined {
  const conversationId = useChat((state) => state.conversationId)
  const ofNewChat = useChat((state) => state.newChatEndpoint)
  const ofConversation = useConversations(
    (state) => state.conversations?.find(({ id }) => id === conversationId)?.endpoint,
  )
  const endpoints = useEndpoints((state) => state.endpoints)
  const reference = conversationId === undefined ? ofNewChat : ofConversation
  return useMemo(() => {
    if (!reference) return undefined
    const endpoint = endpoints?.find(({ id }) => id === reference.id)
    return { ...reference, endpoint, isMissing: endpoints !== undefined && !endpoint }
  }, [reference, endpoints])
}

/** Under which key the draft of the shown conversation is kept. */
export const useDraftKey = (): string => useChat(draftKeyOf)

/** The files that wait to go with the next question of a conversation. */
export const useDraftFiles = (key: string): DraftFiles =>
  useStore(useStores().attachments, (state) => state.drafts.get(key) ?? noFiles)

export const useToasts = <T>(select: (state: ToastsState) => T): T =>
  useStore(useStores().toasts, select)

export const useDialogs = <T>(select: (state: DialogsState) => T): T =>
  useStore(useStores().dialogs, select)

export const useUpdates = <T>(select: (state: UpdatesState) => T): T =>
  useStore(useStores().updates, select)

export const useInstall = <T>(select: (state: InstallState) => T): T =>
  useStore(useStores().install, select)

export const useEviction = <T>(select: (state: EvictionState) => T): T =>
  useStore(useStores().eviction, select)

export const useSettings = <T>(select: (state: SettingsState) => T): T =>
  useStore(useStores().settings, select)

export const useLedger = <T>(select: (state: LedgerState) => T): T =>
  useStore(useStores().ledger, select)
