import type { Gpu } from '../gpu/device'
import { compilePipelines } from '../gpu/kernel'
import type { Forward } from '../model/forward'
import { createDecodePace, mostTokensInFlight } from './decode-pace'
import {
  checkSampling,
  createSampler,
  createTokenReadback,
  type Sampling,
  type TokenReadback,
} from './sampler'
import { Session } from './session'

export interface GenerateOptions {
  /** The whole sequence so far; what the cache holds of it is not computed again. */
  prompt: readonly number[]
  sampling: Sampling
  /** Tokens to generate at most; the context may end it earlier. */
  maxTokens: number
  /** Generation ends with the first of these, which is yielded too. */
  stopTokens: ReadonlySet<number>
  signal?: AbortSignal | undefined
  /** Called when the prompt is in the cache, with the number of tokens that were there before. */
  onPrefilled?: (cachedTokens: number) => void
}

export type GenerateEnd = 'stop' | 'length' | 'cancelled'

export interface Generator {
  readonly session: Session
  /**
   * Generated tokens, one after another, and why they ended.
   * @throws EngineError `request-invalid`, `context-full`, `device-lost`
   */
  generate(options: GenerateOptions): AsyncGenerator<number, GenerateEnd, void>
  destroy(): void
}

export interface GeneratorOptions {
  /**
   * Submissions under way at once: while the host reads one token the GPU computes the next from the
   * copy that never left it. Past a stop token they return at once and leave cache and context as
   * they are; past the abort they are dropped, and whatever comes next overwrites their positions.
   * From 1 to 4; left out, as many as keep the GPU at work ([decode-pace.ts](./decode-pace.ts)).
   */
  tokensInFlight?: number
  /** Hears of each pipeline that is compiled. */
  onProgress?: ((done: number, total: number) => void) | undefined
  /** Milliseconds since some fixed moment, by which prefill's submissions are measured and sized. */
  now?: () => number
  /** The token that begins each message: prompts are expected to depart from one another at one. */
  messageStart?: number
}

/**
 * A model ready to generate: binds the sampler and waits until every pipeline is compiled.
 * @param tokenCount ids below it have a token; the vocabulary's rows past it are padding
 */
export async function createGenerator(
  gpu: Gpu,
  forward: Forward,
  tokenCount: number,
  {
    tokensInFlight,
    onProgress,
    now = () => performance.now(),
    messageStart,
  }: GeneratorOptions = {},
): Promise<Generator> {
  const sampler = createSampler(gpu, forward, tokenCount)
  const session = new Session(gpu, forward, sampler, { now, messageStart })
  const pace = createDecodePace()
  const readbacks = Array.from({ length: mostTokensInFlight }, () =>
    createTokenReadback(gpu, forward.activations.tokens),
  )

  async function* generate(options: GenerateOptions): AsyncGenerator<number, GenerateEnd, void> {
    const { prompt, sampling, stopTokens, signal } = options
    checkSampling(sampling)
    const cachedTokens = await session.prefill(prompt, signal)
    if (cachedTokens === undefined) return 'cancelled'
    options.onPrefilled?.(cachedTokens)
    sampler.begin(sampling, prompt, stopTokens)

    // The last token sampled needs no place in the cache: one more than what is left of it.
    const limit = Math.min(options.maxTokens, session.contextTokens - prompt.length + 1)
    const pending: Promise<number>[] = []
    let submitted = 0
    let read = 0
    const submitNext = () => {
      const readback = readbacks[submitted % mostTokensInFlight] as TokenReadback
      if (submitted === 0) session.submitFirstSample(readback)
      else session.submitDecodeAndSample(prompt.length + submitted - 1, readback)
      submitted++
      const token = gpu.settle(readback.read())
      // Awaited below, in order; until then a failure is not "unhandled".
      token.then(
        () => pace.tokenRead(now()),
        () => {},
      )
      pending.push(token)
    }
    pace.begin()
    try {
      while (!signal?.aborted) {
        const depth = tokensInFlight ?? pace.tokensInFlight()
        while (pending.length < depth && submitted < limit) submitNext()
        const next = pending.shift()
        if (!next) return 'length'
        const token = await next
        read++
        if (stopTokens.has(token)) session.stoppedBefore(prompt.length + read - 1)
        if (signal?.aborted) break
        yield token
        if (stopTokens.has(token)) return 'stop'
      }
      return 'cancelled'
    } finally {
      await Promise.allSettled(pending)
    }
  }

  await compilePipelines(gpu, onProgress)
  return {
    session,
    generate,
    destroy() {
      for (const readback of readbacks) readback.destroy()
    },
  }
}
