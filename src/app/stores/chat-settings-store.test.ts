import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { noSettings } from '../conversations/chat-settings'
import type { Persona } from '../conversations/library'
import { createMemoryStorage } from '../conversations/memory-storage'
import { createChatSettingsStore, isAsIn, settingsOf } from './chat-settings-store'
import type { ChatState } from './chat-store'
import { createConversationsStore } from './conversations-store'
import { createLibraryStore } from './library-store'

const tutor: Persona = {
  kind: 'persona',
  id: 'tutor',
  name: 'Tutor',
  createdAt: 1,
  isDefault: false,
  instructions: 'Ask, do not tell.',
  sampling: { temperature: 0.4 },
}
const ofTutor = { instructions: tutor.instructions, sampling: tutor.sampling, personaId: 'tutor' }

/** A page with two chats, of which none is shown. */
async function visit(personas: readonly Persona[] = [], memory = createMemoryStorage()) {
  const about = { createdAt: 0, updatedAt: 0, pinned: false, activeChildId: null }
  for (const id of ['a', 'b']) await memory.patch(id, { ...about, id, title: id })
  await memory.putLibrary(personas)
  const conversations = createConversationsStore(memory, () => 0)
  const library = createLibraryStore(memory, conversations.getState())
  const chat = createStore(() => ({ conversationId: undefined }) as unknown as ChatState)
  const store = createChatSettingsStore({ chat, conversations, library })
  await Promise.all([conversations.getState().start(), library.getState().start()])
  const show = (conversationId: string | undefined) => chat.setState({ conversationId })
  const kept = (id: string) =>
    settingsOf(conversations.getState().conversations?.find((known) => known.id === id))
  const { flush } = conversations.getState()
  return { state: store.getState, show, kept, library, flush, memory }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the settings of the shown chat', () => {
  it('are changed at once, and kept when the typing rests', async () => {
    const { state, show, kept } = await visit()
    show('a')
    state().change({ instructions: 'B' })
    state().change({ instructions: 'Be brief.' })
    expect(state().settings.instructions).toBe('Be brief.')
    expect(kept('a')).toEqual(noSettings)
    vi.advanceTimersByTime(300)
    expect(kept('a')).toEqual({ ...noSettings, instructions: 'Be brief.' })
    expect(kept('b')).toEqual(noSettings)
  })

  it('are kept when they are closed, and when another chat is shown', async () => {
    const { state, show, kept } = await visit()
    show('a')
    state().open()
    state().change({ sampling: { seed: 7 } })
    state().close()
    expect(state().isOpen).toBe(false)
    expect(kept('a').sampling).toEqual({ seed: 7 })

    state().change({ sampling: {} })
    show('b')
    expect(kept('a').sampling).toEqual({})
    expect(state().settings).toEqual(noSettings)
  })

  it('are a persona’s where it is chosen, until they are changed', async () => {
    const { state, show } = await visit([tutor])
    show('a')
    state().choosePersona(tutor)
    expect(state().settings).toEqual(ofTutor)
    expect(isAsIn(state().settings, tutor)).toBe(true)
    state().change({ sampling: { temperature: 1 } })
    expect(state().settings.personaId).toBe('tutor')
    expect(isAsIn(state().settings, tutor)).toBe(false)
    state().choosePersona(undefined)
    expect(state().settings).toEqual(noSettings)
  })
})

describe('the settings of the next chat', () => {
  it('are what was chosen for it, and are taken by one chat alone', async () => {
    const { state, show } = await visit()
    state().change({ instructions: 'Be brief.' })
    show('a')
    show(undefined)
    expect(state().takeForNewChat().instructions).toBe('Be brief.')
    show('new')
    show(undefined)
    expect(state().settings).toEqual(noSettings)
  })

  it('are there in the next visit, until a chat has begun with them', async () => {
    const first = await visit([tutor])
    first.state().choosePersona(tutor)
    first.state().change({ sampling: { seed: 7 } })
    await first.flush()
    const chosen = { ...ofTutor, sampling: { seed: 7 } }
    const second = await visit([tutor], first.memory)
    expect(second.state().settings).toEqual(chosen)
    expect(second.state().takeForNewChat()).toEqual(chosen)
    await second.flush()
    expect((await visit([tutor], first.memory)).state().settings).toEqual(noSettings)
  })

  it('are none where what was kept is none', async () => {
    const memory = createMemoryStorage()
    await memory.putDraft('new-settings', '{"instructions": 7}')
    expect((await visit([], memory)).state().settings).toEqual(noSettings)
  })

  it('are those of the default persona, as soon as there is one', async () => {
    const { state, show, library } = await visit([tutor])
    expect(state().settings).toEqual(noSettings)
    library.getState().setDefault('tutor')
    expect(state().settings).toEqual(ofTutor)
    show('a')
    expect(state().settings).toEqual(noSettings)
    show(undefined)
    expect(state().takeForNewChat()).toEqual(ofTutor)
  })
})
