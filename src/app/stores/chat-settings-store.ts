import { createStore, type StoreApi } from 'zustand/vanilla'
import {
  type ChatSettings,
  noSettings,
  parseSettings,
  settingsRecord,
} from '../conversations/chat-settings'
import { isRecord } from '../conversations/checks'
import type { Conversation } from '../conversations/conversation'
import type { Persona } from '../conversations/library'
import { newChatSettingsDraft } from '../conversations/storage'
import type { ChatStore } from './chat-store'
import type { ConversationsStore } from './conversations-store'
import type { LibraryStore } from './library-store'

/** The settings of a chat, and the persona from which they were taken. */
export interface ChosenSettings extends ChatSettings {
  personaId?: string | undefined
}

export interface ChatSettingsState {
  /** Whether they are shown, to be changed. */
  isOpen: boolean
  /** Those of the chat that is shown; of an empty one, those with which it will begin. */
  settings: ChosenSettings

  open(): void
  close(): void
  /** Changes the settings of the shown chat; they count from the next answer on. */
  change(patch: Partial<ChosenSettings>): void
  /** Takes over a persona's settings; undefined for none. */
  choosePersona(persona: Persona | undefined): void
  /** The settings with which a chat begins now; the next one begins anew. */
  takeForNewChat(): ChosenSettings
  /** Hands over what waits to be written. */
  flush(): void
}

export type ChatSettingsStore = StoreApi<ChatSettingsState>

/** How long a text may still change before it is written. */
const writeDelayMs = 300

/** What the answers of the shown chat are asked with. Changes show at once and are kept soon. */
export function createChatSettingsStore({
  chat,
  conversations,
  library,
}: {
  chat: ChatStore
  conversations: ConversationsStore
  library: LibraryStore
}): ChatSettingsStore {
  /** For the chat that begins next; undefined where nobody has chosen anything. */
  let forNewChat: ChosenSettings | undefined
  let unwritten: { conversationId: string; settings: ChosenSettings } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function keepForNewChat(settings: ChosenSettings | undefined) {
    forNewChat = settings
    const text = settings ? JSON.stringify(settings) : ''
    conversations.getState().setDraft(newChatSettingsDraft, text)
  }

  const shownConversation = () => {
    const { conversationId } = chat.getState()
    return conversations.getState().conversations?.find(({ id }) => id === conversationId)
  }

  function current(): ChosenSettings {
    const { conversationId } = chat.getState()
    if (conversationId === undefined) return forNewChat ?? ofDefaultPersona(library)
    if (unwritten?.conversationId === conversationId) return unwritten.settings
    return settingsOf(shownConversation())
  }

  function write() {
    clearTimeout(timer)
    if (unwritten === undefined) return
    const { conversationId, settings } = unwritten
    unwritten = undefined
    conversations.getState().change(conversationId, {
      instructions: undefined,
      sampling: undefined,
      personaId: settings.personaId,
      ...settingsRecord(settings),
    })
  }

  const store = createStore<ChatSettingsState>()((set, get) => ({
    isOpen: false,
    settings: current(),

    open: () => set({ isOpen: true }),
    close() {
      write()
      set({ isOpen: false })
    },

    change(patch) {
      const settings = { ...get().settings, ...patch }
      const { conversationId } = chat.getState()
      if (conversationId === undefined) {
        keepForNewChat(settings)
      } else {
        unwritten = { conversationId, settings }
        clearTimeout(timer)
        timer = setTimeout(write, writeDelayMs)
      }
      set({ settings })
    },

    choosePersona: (persona) => get().change(ofPersona(persona)),

    takeForNewChat() {
      const settings = get().settings
      if (forNewChat) keepForNewChat(undefined)
      return settings
    },

    flush: write,
  }))

  chat.subscribe(({ conversationId }, before) => {
    if (conversationId === before.conversationId) return
    write()
    store.setState({ settings: current() })
  })
  conversations.subscribe((state, before) => {
    // The drafts of an earlier visit come with the list.
    if (state.drafts !== before.drafts)
      forNewChat ??= readChosen(state.drafts.get(newChatSettingsDraft))
    if (state.conversations !== before.conversations) store.setState({ settings: current() })
  })
  library.subscribe(() => {
    if (chat.getState().conversationId === undefined) store.setState({ settings: current() })
  })
  return store
}

/** What a conversation's record says of its settings. */
export function settingsOf(conversation: Conversation | undefined): ChosenSettings {
  const { instructions = '', sampling = {}, personaId } = conversation ?? {}
  return { instructions, sampling, personaId }
}

/** What was chosen for a new chat, as it was kept; undefined for what is none of it. */
function readChosen(text: string | undefined): ChosenSettings | undefined {
  if (text === undefined) return undefined
  try {
    const record: unknown = JSON.parse(text)
    if (!isRecord(record)) return undefined
    const { personaId } = record
    const settings = { ...noSettings, ...parseSettings(record, 'a new chat') }
    return { ...settings, ...(typeof personaId === 'string' && { personaId }) }
  } catch {
    return undefined
  }
}

function ofPersona(persona: Persona | undefined): ChosenSettings {
  const { instructions, sampling } = persona ?? noSettings
  return { instructions, sampling, personaId: persona?.id }
}

const ofDefaultPersona = (library: LibraryStore) =>
  ofPersona(library.getState().personas.find(({ isDefault }) => isDefault))

/** Whether settings are still as their persona gives them. */
export function isAsIn({ instructions, sampling }: ChosenSettings, persona: Persona): boolean {
  return (
    instructions === persona.instructions &&
    JSON.stringify(sortedSampling(sampling)) === JSON.stringify(sortedSampling(persona.sampling))
  )
}

const sortedSampling = (sampling: ChatSettings['sampling']) =>
  Object.entries(sampling).toSorted(([a], [b]) => (a < b ? -1 : 1))
