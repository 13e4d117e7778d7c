import { describe, expect, it, vi } from 'vitest'
import { EngineError } from '../../engine/errors'
import type { FileText } from '../attachments/read-file'
import { FileRefused } from '../attachments/refusal'
import { createMemoryStorage } from '../conversations/memory-storage'
import { createAttachmentsStore, noFiles } from './attachments-store'

const key = 'new'

/** A model that counts letters, and takes 8256 of them: 8000, when an answer is to fit. */
function drafts({ memory = createMemoryStorage(), used = 0 } = {}) {
  let contextTokens = 8256
  const countTokens = vi.fn(async (input: unknown) => (input as string).length)
  const reads = new Map<string, (text: string | FileRefused) => void>()
  const store = createAttachmentsStore({
    storage: memory,
    engine: { countTokens },
    contextTokens: () => contextTokens,
    usedTokens: async (ofKey) => (ofKey === key ? used : undefined),
    async read(file) {
      const text = file.name.startsWith('slow')
        ? await new Promise<string | FileRefused>((resolve) => reads.set(file.name, resolve))
        : await file.text()
      if (text instanceof FileRefused) throw text
      if (text === 'binary') throw new FileRefused({ reason: 'not-text' })
      return { mediaType: 'text/plain', text } satisfies FileText
    },
    noteSaved: () => {},
  })
  const state = store.getState
  const draft = (ofKey = key) => state().drafts.get(ofKey) ?? noFiles
  const names = () => draft().attachments.map(({ name }) => name)
  const load = (tokens: number) => {
    contextTokens = tokens
  }
  return { store, state, draft, names, load, countTokens, reads, memory }
}

const file = (name: string, text = `text of ${name}`) => new File([text], name)
const large = (name: string, length: number) => file(name, 'x'.repeat(length))

describe('files that are added', () => {
  it('are read, counted and kept for the next visit', async () => {
    const { state, draft, memory } = drafts()
    await state().add(key, [file('a.txt'), file('b.txt')])
    expect(draft().attachments.map(({ name, text }) => [name, text])).toEqual([
      ['a.txt', 'text of a.txt'],
      ['b.txt', 'text of b.txt'],
    ])
    for (const { tokens, text } of draft().attachments) expect(tokens).toBeGreaterThan(text.length)

    const next = drafts({ memory })
    next.load(0)
    await next.state().start()
    expect(next.draft().attachments).toEqual(draft().attachments)
  })

  it('are counted on the next visit by the model that is ready first', async () => {
    const { state, load, memory } = drafts()
    load(0)
    await state().add(key, [file('a.txt')])
    const next = drafts({ memory })
    await next.state().start()
    expect(next.draft().attachments[0]?.tokens).toBeGreaterThan(0)
  })

  it('belong to the conversation that they were added to', async () => {
    const { state, draft, names } = drafts()
    await state().add('other', [file('a.txt')])
    expect(names()).toEqual([])
    expect(draft('other').attachments).toHaveLength(1)
  })

  it('show that they are being read, and can be given up', async () => {
    const { state, draft, names, reads } = drafts()
    const added = state().add(key, [file('slow.pdf'), file('a.txt')])
    await vi.waitFor(() => expect(names()).toEqual(['a.txt']))
    expect(draft().reading).toEqual(['slow.pdf'])
    state().remove(key, 'slow.pdf')
    expect(draft().reading).toEqual([])
    reads.get('slow.pdf')?.('late')
    await added
    expect(names()).toEqual(['a.txt'])
    expect(draft().refusals).toEqual([])
  })

  it('get names of their own', async () => {
    const { state, names } = drafts()
    await state().add(key, [file('index.ts'), file('index.ts')])
    await state().add(key, [file('index.ts')])
    expect(names()).toEqual(['index.ts', 'index (2).ts', 'index (3).ts'])
    expect(state().addText(key, 'x')).toBe('Pasted text.txt')
    expect(state().addText(key, 'y')).toBe('Pasted text (2).txt')
    await vi.waitFor(() => expect(names()).toHaveLength(5))
  })

  it('are gone when they are sent', async () => {
    const { state, draft, memory } = drafts()
    await state().add(key, [file('a.txt'), file('b.png', 'binary')])
    expect(state().take(key)).toMatchObject([{ name: 'a.txt', text: 'text of a.txt' }])
    expect(draft()).toEqual(noFiles)
    await vi.waitFor(async () => expect(await memory.draftAttachments()).toEqual(new Map()))
  })
})

describe('a file that is refused', () => {
  it('leaves its reason, until others are added', async () => {
    const { state, draft, names } = drafts()
    await state().add(key, [file('a.png', 'binary'), file('b.txt')])
    expect(names()).toEqual(['b.txt'])
    expect(draft().refusals).toEqual([{ name: 'a.png', cause: { reason: 'not-text' } }])
    await state().add(key, [file('c.txt')])
    expect(draft().refusals).toEqual([])
  })

  it('needs more than the conversation and the files before it leave', async () => {
    const { state, draft, names } = drafts({ used: 1000 })
    await state().add(key, [large('a', 5000)])
    await state().add(key, [large('b', 3000), large('c', 1500)])
    expect(names()).toEqual(['a', 'c'])
    expect(draft().refusals).toEqual([
      {
        name: 'b',
        cause: { reason: 'too-long', neededTokens: 3028, leftTokens: 1972 },
      },
    ])
  })

  it('is one too many', async () => {
    const { state, draft } = drafts()
    await state().add(
      key,
      Array.from({ length: 22 }, (_, index) => file(`${index}.txt`, 'x')),
    )
    expect(draft().attachments).toHaveLength(20)
    expect(draft().refusals.map(({ cause }) => cause)).toEqual(
      Array(2).fill({ reason: 'too-many', countMax: 20 }),
    )
  })
})

describe('tokens', () => {
  it('are counted when a model is there, and only then a file must fit', async () => {
    const { state, draft, names, load, countTokens } = drafts()
    load(0)
    await state().add(key, [large('long', 9000), file('short')])
    expect(names()).toEqual(['long', 'short'])
    expect(countTokens).not.toHaveBeenCalled()
    load(8256)
    await state().recount()
    expect(names()).toEqual(['short'])
    expect(draft().attachments[0]?.tokens).toBeGreaterThan(0)
    expect(draft().refusals[0]?.cause).toMatchObject({ reason: 'too-long', leftTokens: 8000 })
  })

  it('are counted anew by another model, and nothing is taken away for it', async () => {
    const { state, draft, load, countTokens } = drafts()
    await state().add(key, [large('long', 6000)])
    countTokens.mockImplementation(async () => 9)
    load(8)
    await state().recount()
    expect(draft().attachments).toMatchObject([{ name: 'long', tokens: 9 }])
  })

  it('wait for the next model where this one has gone', async () => {
    const { state, draft, countTokens } = drafts()
    countTokens.mockRejectedValueOnce(new EngineError({ code: 'model-not-loaded' }))
    await state().add(key, [file('a.txt')])
    expect(draft().attachments[0]?.tokens).toBeUndefined()
    await state().recount()
    expect(draft().attachments[0]?.tokens).toBeGreaterThan(0)
  })
})
