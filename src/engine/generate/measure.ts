/** How fast a loaded model is on its device, measured on tokens that mean nothing. */
import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { compilePipelines, type Dispatch, encode } from '../gpu/kernel'
import { openLedger } from '../gpu/ledger'
import { allocate } from '../gpu/tensor'
import { copyMemory } from '../kernels/copy-memory'
import type { Forward } from '../model/forward'
import type { Generator } from './generate'
import { defaultSampling } from './sampler'
import { usageOf } from './usage'

/** A prompt that continues a context, and an answer to it. */
export interface MeasureRequest {
  /** Tokens before the prompt. They are prefilled first, which is not timed, and kept. */
  contextTokens: number
  /** At least 1. */
  promptTokens: number
  /** Tokens to decode after the first one of the answer. */
  decodedTokens: number
  /**
   * Another one for each request: prompts of one seed begin alike, whatever their lengths, and what
   * the cache holds of a beginning is not computed again.
   */
  seed: number
}

/** Milliseconds by the clock on the wall, as whoever waits sees them. */
export interface Measurement {
  /** Of context and prompt, tokens that the cache held: their computation is in none of the times. */
  cachedTokens: number
  prefillMs: number
  /** From the prompt to its first token, prefill included. */
  firstTokenMs: number
  /** Of all decoded tokens together. */
  decodeMs: number
  /** What one token decoded after the prompt asks of the device; undefined where none is decoded. */
  token: { dispatches: number; neededBytes: number } | undefined
}

export interface MeasuredModel {
  forward: Forward
  generator: Generator
  vocabSize: number
  /** See `GeneratorOptions`: with it, the cache can be rewound to the end of the context. */
  messageStart: number
}

interface MeasureOptions {
  signal?: AbortSignal | undefined
  /** Hears how much of the context is prefilled, in tokens. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
}

/** A report, and a chance to stop, after so many tokens of context. */
const stretchTokens = 512

/**
 * Prefills a context unless the cache holds it already, then times a prompt after it and an answer.
 * @throws EngineError `request-invalid`, `context-full`, `cancelled`, `device-lost`
 */
export async function measureGeneration(
  gpu: Gpu,
  { forward, generator, vocabSize, messageStart }: MeasuredModel,
  { contextTokens, promptTokens, decodedTokens, seed }: MeasureRequest,
  { signal, onProgress = () => {} }: MeasureOptions = {},
): Promise<Measurement> {
  checkCount('contextTokens', contextTokens, 0)
  checkCount('promptTokens', promptTokens, 1)
  checkCount('decodedTokens', decodedTokens, 0)
  const { session } = generator
  const neededTokens = contextTokens + promptTokens + decodedTokens
  if (neededTokens > session.contextTokens)
    throw new EngineError({
      code: 'context-full',
      contextTokens: session.contextTokens,
      neededTokens,
    })
  // It ends with a message's start, and is prefilled from there: then the cache holds it and no more.
  const context = randomTokens(contextTokens, vocabSize, 0)
  if (contextTokens > 0) context[contextTokens - 1] = messageStart
  let done = Math.max(0, Math.min(session.held(context), contextTokens - 1))
  while (done < contextTokens) {
    done = Math.min(done + stretchTokens, contextTokens)
    const cached = await session.prefill(context.slice(0, done), signal)
    if (cached === undefined) throw new EngineError({ code: 'cancelled' })
    onProgress({ done, total: contextTokens })
  }

  const request = {
    prompt: [...context, ...randomTokens(promptTokens, vocabSize, 1 + seed)],
    sampling: { ...defaultSampling, seed: 0 },
    stopTokens: new Set<number>(),
    signal,
  }
  const startedMs = performance.now()
  let prefilledMs = startedMs
  let cachedTokens = 0
  const onPrefilled = (cached: number) => {
    prefilledMs = performance.now()
    cachedTokens = cached
  }
  const tokens = generator.generate({ ...request, maxTokens: 1 + decodedTokens, onPrefilled })
  await tokens.next()
  const firstMs = performance.now()
  while (!(await tokens.next()).done);
  const endedMs = performance.now()
  if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
  return {
    cachedTokens,
    prefillMs: prefilledMs - startedMs,
    firstTokenMs: firstMs - startedMs,
    decodeMs: endedMs - firstMs,
    // Counting takes time itself, so it is done after.
    token:
      decodedTokens > 0
        ? await countToken(gpu, forward, generator.generate({ ...request, maxTokens: 2 }))
        : undefined,
  }
}

/** What the last token of a generation asks of the device. */
async function countToken(gpu: Gpu, forward: Forward, tokens: ReturnType<Generator['generate']>) {
  const ledger = openLedger(gpu.device, forward.step)
  try {
    while (!(await tokens.next()).done);
  } finally {
    ledger.close()
  }
  const { dispatches, neededBytes } = usageOf(ledger.submissions.slice(-1))
  return { dispatches, neededBytes: Object.values(neededBytes).reduce((sum, n) => sum + n) }
}

/** Tokens that look random; for a seed always the same, of which a smaller count has the first ones. Special tokens, at the vocabulary's end, are not among them. */
function randomTokens(count: number, vocabSize: number, seed: number): number[] {
  let state = 0x9e3779b9 * (seed + 1)
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % (vocabSize >> 1)
  })
}

/** @throws EngineError `request-invalid` */
function checkCount(name: keyof MeasureRequest, count: number, least: number) {
  if (Number.isInteger(count) && count >= least) return
  const problem = `${name} is ${count}; it must be a whole number of at least ${least}`
  throw new EngineError({ code: 'request-invalid', problem })
}

/** Larger together than any cache, each within every device's binding size. */
const copiedBytes = 128 * 2 ** 20
/** A batch takes about this long: long beside what submitting costs, short enough to be shown a picture after. */
const batchMs = 50
const maxCopies = 1000
const batches = 5

/**
 * How fast this device copies memory from one buffer to another, in bytes a second, read and written
 * ones both counted: the ceiling of all that is bound by memory. The median of some batches.
 * @returns undefined where the device has no room for it
 * @throws EngineError `device-lost`
 */
export async function measureCopyRate(gpu: Gpu): Promise<number | undefined> {
  const { device } = gpu
  device.pushErrorScope('out-of-memory')
  const x = allocate(gpu, 'u32', [copiedBytes / 4], 'copied from')
  const y = allocate(gpu, 'u32', [copiedBytes / 4], 'copied to')
  try {
    if (await gpu.settle(device.popErrorScope())) return undefined
    const copy = copyMemory(gpu, { x, y })
    await compilePipelines(gpu)
    const time = (copies: number) => timeDispatch(gpu, copy, copies)
    await time(1) // memory is given at the first touch
    let copies = 1
    let ms = await time(copies)
    while (ms < batchMs && copies < maxCopies) {
      const wanted = Math.ceil((copies * batchMs) / Math.max(ms, 1))
      copies = Math.min(Math.max(wanted, copies + 1), maxCopies)
      ms = await time(copies)
    }
    const times = [ms]
    while (times.length < batches) times.push(await time(copies))
    times.sort((a, b) => a - b)
    return (1000 * copies * 2 * copiedBytes) / (times[batches >> 1] as number)
  } finally {
    x.buffer.destroy()
    y.buffer.destroy()
  }
}

/** Milliseconds of a dispatch done so many times in one submission. */
async function timeDispatch(gpu: Gpu, dispatch: Dispatch, times: number): Promise<number> {
  const { device } = gpu
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  encode(pass, Array(times).fill(dispatch), { position: 0, rows: 1 })
  pass.end()
  const commands = encoder.finish()
  const startedMs = performance.now()
  device.queue.submit([commands])
  await gpu.settle(device.queue.onSubmittedWorkDone())
  return performance.now() - startedMs
}
