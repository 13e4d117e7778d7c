import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { type Dispatch, encode } from '../gpu/kernel'
import { readBytes, write } from '../gpu/tensor'
import type { Forward, Program } from '../model/forward'
import type { Sampler, TokenReadback } from './sampler'

/**
 * Which tokens the KV cache holds, and the submissions that change it. One conversation at a time.
 *
 * Only what prefill computed is ever reused. Prefill and decode add in different orders, so keys of
 * decoded tokens differ in their last bits; leaving them out makes an answer depend on its prompt
 * alone, and costs little, because the reasoning of a finished turn is dropped from the next prompt.
 */
export class Session {
  readonly contextTokens: number
  readonly #gpu: Gpu
  readonly #forward: Forward
  readonly #prefill: readonly Dispatch[]
  readonly #decode: readonly Dispatch[]
  readonly #sampleRow: readonly Dispatch[]
  readonly #decodeAndSample: readonly Dispatch[]
  /** Tokens whose keys and values prefill left at positions 0, 1, …. */
  #cached: number[] = []

  constructor(gpu: Gpu, forward: Forward, sampler: Sampler) {
    this.contextTokens = forward.contextTokens
    this.#gpu = gpu
    this.#forward = forward
    this.#prefill = inOrder(forward.prefill)
    this.#decode = inOrder(forward.decode)
    this.#sampleRow = [...forward.head, sampler.dispatch]
    this.#decodeAndSample = [...this.#decode, ...this.#sampleRow]
  }

  /**
   * Prefills what the cache does not hold of `prompt`, at least its last token, so that
   * `submitFirstSample` can follow. Each chunk is done before the next is submitted: an abort takes
   * effect between them, and keeps what is there.
   * @returns how many tokens the cache held; undefined when aborted
   * @throws EngineError `context-full`, `request-invalid` for an empty prompt, `device-lost`
   */
  async prefill(
    prompt: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const { contextTokens, chunkTokens } = this.#forward
    if (prompt.length === 0)
      throw new EngineError({ code: 'request-invalid', problem: 'the prompt has no tokens' })
    if (prompt.length > contextTokens)
      throw new EngineError({ code: 'context-full', contextTokens, neededTokens: prompt.length })
    const reused = Math.min(commonPrefix(this.#cached, prompt), prompt.length - 1)
    this.#cached.length = reused
    for (let position = reused; position < prompt.length; position += chunkTokens) {
      if (signal?.aborted) return undefined
      const chunk = prompt.slice(position, position + chunkTokens)
      this.#submitRows(this.#prefill, chunk, position)
      await this.#gpu.settle(this.#gpu.device.queue.onSubmittedWorkDone())
      this.#cached.push(...chunk)
    }
    return reused
  }

  /** Samples the token that follows the prefilled prompt. */
  submitFirstSample(readback: TokenReadback) {
    this.#submit(this.#sampleRow, 1, readback)
  }

  /** Decodes the token sampled last, which lies on the GPU, at `position`, and samples the next. */
  submitDecodeAndSample(position: number, readback: TokenReadback) {
    this.#forward.advance(position)
    this.#submit(this.#decodeAndSample, 1, readback)
  }

  /**
   * Logits after each token of a sequence that starts at position 0, f32 [vocabulary] each; through
   * prefill's kernels, or decode's one token at a time. For tests and measurements.
   * @throws EngineError `context-full`, `device-lost`
   */
  async *logits(
    sequence: readonly number[],
    kernels: 'prefill' | 'decode',
  ): AsyncGenerator<Float32Array> {
    const { contextTokens, chunkTokens } = this.#forward
    if (sequence.length > contextTokens)
      throw new EngineError({ code: 'context-full', contextTokens, neededTokens: sequence.length })
    this.#cached = []
    const program = kernels === 'prefill' ? this.#prefill : this.#decode
    const rowsAtATime = kernels === 'prefill' ? chunkTokens : 1
    for (let position = 0; position < sequence.length; position += rowsAtATime) {
      const chunk = sequence.slice(position, position + rowsAtATime)
      this.#submitRows(program, chunk, position)
      for (let headRow = 0; headRow < chunk.length; headRow++) {
        this.#forward.setStep({ position, rows: chunk.length, headRow })
        this.#submit(this.#forward.head, 1)
        yield new Float32Array(
          await this.#gpu.settle(readBytes(this.#gpu, this.#forward.activations.logits)),
        )
      }
    }
  }

  #submitRows(program: readonly Dispatch[], tokens: readonly number[], position: number) {
    write(this.#gpu, this.#forward.activations.tokens, Uint32Array.from(tokens))
    this.#forward.setStep({ position, rows: tokens.length, headRow: tokens.length - 1 })
    this.#submit(program, tokens.length)
  }

  #submit(program: readonly Dispatch[], rows: number, readback?: TokenReadback) {
    const encoder = this.#gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    encode(pass, program, rows)
    pass.end()
    readback?.encode(encoder)
    this.#gpu.device.queue.submit([encoder.finish()])
  }
}

const inOrder = ({ embedding, layers }: Program) => [...embedding, ...layers.flat()]

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a[i] === b[i]) i++
  return i
}
