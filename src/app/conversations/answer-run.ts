import type { ChatChunk, ChatRequest, ModelInfo } from '../../engine/index'
import { parseSampling, type Sampling } from './chat-settings'
import { isRecord } from './checks'
import { readTokens, writeTokens } from './token-text'

/**
 * What it takes, besides the messages, to make an answer once more, token by token, on a device that
 * computes alike; and the tokens, to compare with. Only of an answer that this device wrote in one go.
 */
export interface AnswerRun {
  /** One SHA-256 for all of the model's bytes; absent where they have none. */
  weightHash?: string
  /** Which variants of kernels computed it; absent in what earlier versions wrote. */
  kernels?: Kernels
  /** Date in the system message, YYYY-MM-DD. */
  date: string
  /** SHA-256 of the prompt's token ids, 32 bits each, little-endian; absent on insecure pages. */
  promptHash?: string
  /** All that the model was asked with, what its makers recommend included. */
  sampling: Sampling & { seed: number }
  /** Every token that was generated, the one that ended it too, as `writeTokens` writes them. */
  tokens: string
  /** How many of them go up to the end of the reasoning. */
  reasoningTokens: number
}

/** Variants by the names of their kernels. */
type Kernels = Readonly<Record<string, string>>

/** What an answer is computed with, beyond the prompt: others may round, and choose, differently. */
export type ComputedWith = Pick<AnswerRun, 'weightHash' | 'kernels'>

/** What the loaded model computes with. */
export const computedWith = (model: ModelInfo | undefined): ComputedWith => ({
  ...(model?.weightHash !== undefined && { weightHash: model.weightHash }),
  ...(model && { kernels: model.kernels }),
})

/** Whether two runs' kernels are known, and not the same. */
export function areOtherKernels(theirs: Kernels | undefined, ours: Kernels | undefined): boolean {
  if (theirs === undefined || ours === undefined) return false
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)])
  return [...names].some((name) => theirs[name] !== ours[name])
}

/** More kernels, and longer names of them and of variants, there never were. */
const kernelsMax = 32
const kernelNameMax = 64

/** Undefined for what names no kernels. */
function parseKernels(value: unknown): Kernels | undefined {
  if (!isRecord(value)) return undefined
  const entries = Object.entries(value)
  const isName = (name: unknown) => typeof name === 'string' && name.length <= kernelNameMax
  if (entries.length > kernelsMax || !entries.every((entry) => entry.every(isName)))
    return undefined
  return value as Kernels
}

const isHash = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

/** Undefined for what is none, or not sound. */
export function parseRun(value: unknown): AnswerRun | undefined {
  if (!isRecord(value)) return undefined
  const { weightHash, date, promptHash, tokens, reasoningTokens } = value
  const kernels = parseKernels(value.kernels)
  const { seed, ...sampling } = parseSampling(value.sampling)
  if (typeof date !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(date)) return undefined
  if (typeof tokens !== 'string' || seed === undefined) return undefined
  const count = readTokens(tokens)?.length
  if (count === undefined || typeof reasoningTokens !== 'number') return undefined
  if (!Number.isInteger(reasoningTokens) || reasoningTokens < 0 || reasoningTokens > count)
    return undefined
  return {
    ...(isHash(weightHash) && { weightHash }),
    ...(kernels && { kernels }),
    date,
    ...(isHash(promptHash) && { promptHash }),
    sampling: { ...sampling, seed },
    tokens,
    reasoningTokens,
  }
}

/** The hash of a prompt; undefined where the browser has no cryptography: on insecure pages. */
export async function hashPrompt(ids: readonly number[]): Promise<string | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto.subtle
  if (subtle === undefined) return undefined
  const bytes = new DataView(new ArrayBuffer(4 * ids.length))
  for (const [index, id] of ids.entries()) bytes.setUint32(4 * index, id, true)
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Gathers the facts of a run while its answer comes. */
export function recordRun(request: ChatRequest, computed: ComputedWith) {
  const tokens: number[] = []
  let reasoningTokens = 0
  let date: string | undefined
  let hash: Promise<string | undefined> | undefined
  return {
    take({ choices: [{ delta, token_ids }], prompt_token_ids, current_date }: ChatChunk) {
      if (prompt_token_ids) hash = hashPrompt(prompt_token_ids)
      date ??= current_date
      for (const id of token_ids ?? []) tokens.push(id)
      if (delta.reasoning) reasoningTokens = tokens.length
    },

    /** Undefined where the chunks did not tell, and where nothing was generated. */
    async finish(seed: number | undefined): Promise<AnswerRun | undefined> {
      const promptHash = await hash
      if (date === undefined || seed === undefined || tokens.length === 0) return undefined
      return {
        ...computed,
        date,
        ...(promptHash !== undefined && { promptHash }),
        sampling: { ...parseSampling(request), seed },
        tokens: writeTokens(tokens),
        reasoningTokens,
      }
    },
  }
}
