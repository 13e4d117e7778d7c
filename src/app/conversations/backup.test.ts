import { describe, expect, it } from 'vitest'
import { readBackup, writeBackup } from './backup'
import type { Conversation, Message } from './conversation'
import type { LibraryItem } from './library'
import { fileName, toMarkdown } from './markdown-export'

const conversation: Conversation = {
  id: 'c',
  title: '<script>alert(1)</script>',
  createdAt: 1,
  updatedAt: 2,
  pinned: true,
  tags: ['work'],
  activeChildId: 'q2',
  instructions: 'Be brief.',
  sampling: { temperature: 0.7, stop: ['END'] },
  personaId: 'p',
  endpoint: { id: 'e', name: 'gpu-box' },
}
const node = (id: string, parentId: string | null) => ({
  id,
  conversationId: 'c',
  parentId,
  activeChildId: null,
  createdAt: 1,
})
const messages: Message[] = [
  { ...node('q1', null), role: 'user', content: 'first version' },
  {
    ...node('q2', null),
    role: 'user',
    content: 'second version',
    contextStart: { messages: 2, tokens: 30, summary: 'what was before' },
    attachments: [{ name: '<b>.csv', mediaType: 'text/csv', text: 'a,b\n```\n', tokens: 5 }],
  },
  {
    ...node('a', 'q2'),
    role: 'assistant',
    stage: 'finished',
    model: 'mini',
    remote: 'gpu-box:8000',
    effort: 'low',
    temperature: 0,
    reasoning: 'why',
    reasoningMs: 3,
    commentary: '',
    content: 'answer',
    finishReason: 'stop',
    seed: 7,
    edited: true,
    instructions: 'Be brief.',
    sampling: { top_k: 5 },
  },
]
const library: LibraryItem[] = [
  {
    kind: 'persona',
    id: 'p',
    name: 'Tutor',
    createdAt: 1,
    isDefault: true,
    instructions: 'Be brief.',
    sampling: {},
  },
  { kind: 'template', id: 't', name: 'Sum up', createdAt: 2, text: 'Sum up: {{text}}' },
]
const backup = { conversations: [conversation], messages, library }
const text = writeBackup(backup, new Date(0))

/** The file with something in it changed. */
const changed = (
  change: (file: Record<string, unknown>, first: Record<string, unknown>) => void,
) => {
  const file = JSON.parse(text)
  change(file, file.conversations[0])
  return JSON.stringify(file)
}
const messageOf = (first: Record<string, unknown>, index: number) =>
  (first.messages as Record<string, unknown>[])[index] as Record<string, unknown>

describe('a backup', () => {
  it('gives back everything, branches included; a script in a title is text', () => {
    expect(readBackup(text)).toEqual(backup)
    expect(JSON.parse(writeBackup(readBackup(text), new Date(0)))).toEqual(JSON.parse(text))
  })

  it('leaves out what it does not know', () => {
    const more = changed((file, first) => {
      file.mood = 'new'
      first.layout = { wide: true }
      messageOf(first, 0).stickers = ['star']
    })
    expect(readBackup(more)).toEqual(backup)
  })

  it('of an earlier version has no personas and no templates', () => {
    const earlier = changed((file) => Reflect.deleteProperty(file, 'library'))
    expect(readBackup(earlier)).toEqual({ ...backup, library: [] })
  })

  it('leaves out a server that is not named soundly', () => {
    const odd = changed((_, first) => Object.assign(first, { endpoint: { id: '../x', name: 'x' } }))
    expect(readBackup(odd).conversations[0]).not.toHaveProperty('endpoint')
  })

  it('takes an answer that was under way for interrupted', () => {
    const cut = changed((_, first) => {
      messageOf(first, 2).stage = 'answering'
    })
    expect(readBackup(cut).messages[2]).toMatchObject({ stage: 'interrupted' })
  })

  it.each<{ file: string; reason: RegExp }>([
    { file: 'hello', reason: /not JSON/ },
    { file: '['.repeat(200_000), reason: /not JSON/ },
    { file: 'null', reason: /not a backup/ },
    { file: '{"format":"other","version":1}', reason: /not a backup/ },
    { file: changed((file) => Object.assign(file, { version: 2 })), reason: /version 2/ },
    {
      file: changed((file) => Object.assign(file, { conversations: {} })),
      reason: /not a list/,
    },
    { file: text.replace('"pinned"', '"__proto__":{"x":1},"pinned"'), reason: /named __proto__/ },
    { file: text.replace('"pinned"', '"constructor":{},"pinned"'), reason: /named constructor/ },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 0), { content: 'x'.repeat(5e7) })),
      reason: /content is longer than 8,000,000/,
    },
    {
      file: changed((_, first) =>
        Object.assign(messageOf(first, 1), {
          contextStart: { messages: 1, tokens: 1, summary: 1 },
        }),
      ),
      reason: /summary is not text/,
    },
    {
      file: changed((_, first) => Object.assign(first, { title: 'x'.repeat(2000) })),
      reason: /title is longer/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 0), { id: '../../etc' })),
      reason: /not an id/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 0), { attachments: 'all' })),
      reason: /files are not a list/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 0), { attachments: [{}] })),
      reason: /file’s name is not text/,
    },
    {
      file: changed((_, first) => {
        const [attachment] = messageOf(first, 1).attachments as object[]
        Object.assign(messageOf(first, 1), { attachments: Array(21).fill(attachment) })
      }),
      reason: /more than 20 files/,
    },
    {
      file: changed((_, first) => {
        const [attachment] = messageOf(first, 1).attachments as object[]
        Object.assign(messageOf(first, 1), { attachments: [attachment, attachment] })
      }),
      reason: /files of a message have the same name/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 0), { role: 'system' })),
      reason: /role/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 1), { id: 'q1' })),
      reason: /same id/,
    },
    {
      file: changed((_, first) => Object.assign(messageOf(first, 2), { parentId: 'gone' })),
      reason: /not there/,
    },
    {
      file: changed((_, first) => {
        Object.assign(messageOf(first, 0), { parentId: 'q2' })
        Object.assign(messageOf(first, 1), { parentId: 'q1' })
      }),
      reason: /circle/,
    },
    {
      file: changed((_, first) => Object.assign(first, { instructions: 'x'.repeat(100_001) })),
      reason: /instructions is longer than 100,000/,
    },
    { file: changed((file) => Object.assign(file, { library: {} })), reason: /not a list/ },
    {
      file: changed((file) => Object.assign(file, { library: [{ kind: 'tool' }] })),
      reason: /a persona or template’s id/,
    },
    {
      file: changed((file) => Object.assign(file, { library: [library[0], library[0]] })),
      reason: /two personas or templates have the same id/,
    },
    {
      file: changed((file, first) => Object.assign(file, { conversations: [first, first] })),
      reason: /same id/,
    },
  ])('is refused whole, with the reason $reason', ({ file, reason }) => {
    expect(() => readBackup(file)).toThrow(reason)
  })
})

describe('toMarkdown', () => {
  it('writes instructions, one branch, its files, its reasoning folded, and where an answer came from', () => {
    const title = 'A sum'
    expect(toMarkdown({ ...conversation, title }, messages.slice(1))).toBe(
      '# A sum\n\n## Instructions\n\nBe brief.\n\n## You\n\n<details>\n<summary>&#60;b&#62;.csv</summary>\n\n````\na,b\n```\n````\n\n</details>\n\nsecond version\n\n## mini (gpu-box:8000)\n\n<details>\n<summary>Reasoning</summary>\n\nwhy\n\n</details>\n\nanswer\n',
    )
  })

  it.each([
    ['What is 2 + 2?', 'What-is-2-2'],
    ['../../etc/passwd', 'etc-passwd'],
    ['北京在哪里？', '北京在哪里'],
    ['???', 'chat'],
  ])('names the file of %s %s', (title, name) => {
    expect(fileName(title)).toBe(name)
  })
})
