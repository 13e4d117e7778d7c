import { createStore, type StoreApi } from 'zustand/vanilla'
import { EngineError } from '../../engine/errors'
import type { Engine } from '../../engine/index'
import { cleanFileName, uniqueName } from '../attachments/file-name'
import { attachmentText } from '../attachments/question-text'
import type { FileText } from '../attachments/read-file'
import { FileRefused, type Refusal, type RefusalCause } from '../attachments/refusal'
import { answerRoom } from '../conversations/context-window'
import { type Attachment, attachmentsMax } from '../conversations/conversation'
import type { ConversationStorage } from '../conversations/storage'
import { t } from '../i18n/t'

/** What is to go with the next question of one conversation. */
export interface DraftFiles {
  attachments: readonly Attachment[]
  /** Names of files that are being read. */
  reading: readonly string[]
  /** Files that were refused since some were last chosen. */
  refusals: readonly Refusal[]
}

export interface AttachmentsState {
  /** By conversation id, as the texts of drafts. */
  drafts: ReadonlyMap<string, DraftFiles>

  /** Reads the files that earlier visits have left in drafts. */
  start(): Promise<void>
  /** Reads files and attaches those that can be read and fit; resolves when that is decided. */
  add(key: string, files: readonly File[]): Promise<void>
  /** Attaches a text that was pasted, likewise; returns the name that it is given. */
  addText(key: string, text: string): string
  /** Takes a file away, or gives up reading it. */
  remove(key: string, name: string): void
  /** Puts these files in place of those that a draft has. */
  replace(key: string, attachments: readonly Attachment[]): void
  dismissRefusals(key: string): void
  /** What goes with a question that is sent now; the draft has no files after it. */
  take(key: string): readonly Attachment[]
  /** Counts the tokens of all files again, as by a model that has just been loaded. */
  recount(): Promise<void>
}

export type AttachmentsStore = StoreApi<AttachmentsState>

export interface AttachmentsEnvironment {
  storage: Pick<ConversationStorage, 'draftAttachments' | 'putDraftAttachments'>
  engine: Pick<Engine, 'countTokens'>
  /** Tokens that the loaded model has room for; 0 while none is loaded. */
  contextTokens: () => number
  /**
   * Tokens that the conversation takes with what is written so far, without the files of the draft;
   * undefined for a conversation that is not shown.
   */
  usedTokens: (key: string) => Promise<number | undefined>
  /** @throws FileRefused; the signal's reason */
  read: (file: File, signal: AbortSignal) => Promise<FileText>
  noteSaved: (succeeded: boolean) => void
}

/** What files take of the context together, as far as it is counted. */
export const tokensOf = (attachments: readonly Attachment[]) =>
  attachments.reduce((sum, { tokens = 0 }) => sum + tokens, 0)

export const noFiles: DraftFiles = { attachments: [], reading: [], refusals: [] }

/** The files of all drafts: they are read, counted and refused here. */
export function createAttachmentsStore(environment: AttachmentsEnvironment): AttachmentsStore {
  const { storage, engine, contextTokens, usedTokens, read, noteSaved } = environment
  const reads = new Map<string, AbortController>()
  // One after the other, so that each file sees what those before it have left.
  let counted: Promise<void> = Promise.resolve()

  return createStore<AttachmentsState>()((set, get) => {
    const draft = (key: string) => get().drafts.get(key) ?? noFiles

    function change(key: string, patch: Partial<DraftFiles>) {
      set({ drafts: new Map(get().drafts).set(key, { ...draft(key), ...patch }) })
      if (patch.attachments) void keep(key, patch.attachments)
    }

    async function keep(key: string, attachments: readonly Attachment[]) {
      try {
        await storage.putDraftAttachments(key, attachments)
        noteSaved(true)
      } catch {
        noteSaved(false)
      }
    }

    function refuse(key: string, name: string, cause: RefusalCause) {
      change(key, { refusals: [...draft(key).refusals, { name, cause }] })
    }

    async function readOne(key: string, name: string, file: File) {
      const controller = new AbortController()
      reads.set(readKey(key, name), controller)
      try {
        const { mediaType, text } = await read(file, controller.signal)
        controller.signal.throwIfAborted()
        change(key, {
          reading: without(draft(key).reading, name),
          attachments: [...draft(key).attachments, { name, mediaType, text }],
        })
      } catch (error) {
        if (controller.signal.aborted) return
        change(key, { reading: without(draft(key).reading, name) })
        if (!(error instanceof FileRefused)) throw error
        refuse(key, name, error.cause)
      } finally {
        if (reads.get(readKey(key, name)) === controller) reads.delete(readKey(key, name))
      }
    }

    /** Counts those files of a draft that `isDue`; what is counted for the first time must fit. */
    async function count(key: string, isDue: (attachment: Attachment) => boolean) {
      for (const attachment of draft(key).attachments.filter(isDue)) {
        const tokens = await engine.countTokens(attachmentText(attachment))
        const { attachments } = draft(key)
        if (!attachments.includes(attachment)) continue
        const others = attachments.filter((other) => other !== attachment)
        const left = attachment.tokens === undefined ? await leftTokens(key, others) : undefined
        if (left !== undefined && tokens > left) {
          change(key, {
            attachments: draft(key).attachments.filter((other) => other !== attachment),
          })
          refuse(key, attachment.name, {
            reason: 'too-long',
            neededTokens: tokens,
            leftTokens: left,
          })
        } else {
          change(key, {
            attachments: draft(key).attachments.map((other) =>
              other === attachment ? { ...attachment, tokens } : other,
            ),
          })
        }
      }
    }

    /** Room for files beside the conversation, the draft and the `others` that were there first. */
    async function leftTokens(key: string, others: readonly Attachment[]) {
      const used = await usedTokens(key)
      if (used === undefined) return undefined
      const context = contextTokens()
      return Math.max(0, context - answerRoom(context) - used - tokensOf(others))
    }

    function whenCounted(key: string, isDue: (attachment: Attachment) => boolean) {
      counted = counted.then(async () => {
        if (contextTokens() === 0) return
        // What an engine without a model leaves uncounted, the next model counts.
        await count(key, isDue).catch((thrown: unknown) => {
          if (!(thrown instanceof EngineError)) throw thrown
        })
      })
      return counted
    }

    return {
      drafts: new Map(),

      async start() {
        const kept = await storage.draftAttachments()
        const drafts = new Map(get().drafts)
        for (const [key, attachments] of kept)
          if (!drafts.has(key)) drafts.set(key, { ...noFiles, attachments })
        set({ drafts })
        // A model that was ready before they were.
        await get().recount()
      },

      async add(key, files) {
        change(key, { refusals: [] })
        const accepted = files.flatMap((file) => {
          const { attachments, reading, refusals } = draft(key)
          const names = [...attachments, ...refusals].map(({ name }) => name)
          const name = uniqueName(cleanFileName(file.name), [...names, ...reading])
          if (attachments.length + reading.length >= attachmentsMax) {
            refuse(key, name, { reason: 'too-many', countMax: attachmentsMax })
            return []
          }
          change(key, { reading: [...reading, name] })
          return [{ name, file }]
        })
        await Promise.all(accepted.map(({ name, file }) => readOne(key, name, file)))
        await whenCounted(key, ({ tokens }) => tokens === undefined)
      },

      addText(key, text) {
        const { attachments, reading } = draft(key)
        const names = [...attachments.map(({ name }) => name), ...reading]
        const name = uniqueName(t('Pasted text.txt'), names)
        void get().add(key, [new File([text], name, { type: 'text/plain' })])
        return name
      },

      remove(key, name) {
        reads.get(readKey(key, name))?.abort()
        const { attachments, reading } = draft(key)
        change(key, {
          reading: without(reading, name),
          attachments: attachments.filter((attachment) => attachment.name !== name),
        })
      },

      replace: (key, attachments) => change(key, { attachments }),
      dismissRefusals: (key) => change(key, { refusals: [] }),

      take(key) {
        const { attachments } = draft(key)
        if (attachments.length > 0) change(key, { attachments: [], refusals: [] })
        return attachments
      },

      async recount() {
        for (const key of get().drafts.keys()) await whenCounted(key, () => true)
      },
    }
  })
}

const readKey = (key: string, name: string) => `${key} ${name}`
const without = (names: readonly string[], gone: string) => names.filter((name) => name !== gone)
