import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { type Dispatch, encode, type Work } from '../gpu/kernel'
import { readBytes, write } from '../gpu/tensor'
import { largestTileTokens } from '../kernels/tile'
import type { Forward, Program } from '../model/forward'
import { createPrefillPace, type PrefillPace } from './prefill-pace'
import { PrefillQueue } from './prefill-queue'
import { RingHistory } from './ring-history'
import type { Sampler, TokenReadback } from './sampler'

export interface SessionOptions {
  /** Milliseconds since some fixed moment, by which prefill's submissions are measured and sized. */
  now: () => number
  /** The token that begins each message, where messages do. */
  messageStart: number | undefined
}

/**
 * Which tokens the KV cache holds, and the submissions that change it. One conversation at a time.
 *
 * Only what prefill computed is ever reused. Prefill and decode add in different orders, so keys of
 * decoded tokens differ in their last bits; leaving them out makes an answer depend on its prompt
 * alone, and costs little, because the reasoning of a finished turn is dropped from the next prompt.
 *
 * Where the sliding layers' caches are rings, what they held before each message is kept as far as
 * there is room: a prompt that departs from the last one goes on from the message where it does.
 */
export class Session {
  readonly contextTokens: number
  readonly #gpu: Gpu
  readonly #forward: Forward
  readonly #prefill: readonly Dispatch[]
  readonly #decode: readonly Dispatch[]
  readonly #sampleRow: readonly Dispatch[]
  readonly #decodeAndSample: readonly Dispatch[]
  readonly #pace: PrefillPace
  readonly #prefillQueue: PrefillQueue<Dispatch>
  readonly #messageStart: number | undefined
  readonly #rings: RingHistory
  /** Tokens whose keys and values prefill left at positions 0, 1, …. */
  #cached: number[] = []
  /** The chunk that was submitted last; its last row is the head's. */
  #chunk: Work = { position: 0, rows: 0 }

  constructor(gpu: Gpu, forward: Forward, sampler: Sampler, options: SessionOptions) {
    this.contextTokens = forward.contextTokens
    this.#gpu = gpu
    this.#forward = forward
    this.#prefill = inOrder(forward.prefill)
    this.#decode = inOrder(forward.decode)
    this.#sampleRow = [...forward.head, sampler.dispatch]
    this.#decodeAndSample = [...this.#decode, ...this.#sampleRow]
    this.#messageStart = options.messageStart
    const { chunkTokens, rings } = forward
    this.#rings = new RingHistory(rings ?? { capacity: forward.contextTokens, window: 0, slots: 0 })
    this.#pace = createPrefillPace({
      kinds: dispatchKinds(forward),
      minRows: Math.min(
        gpu.adapter.isSoftware ? fewestSoftwareRows : largestTileTokens,
        chunkTokens,
      ),
      maxRows: chunkTokens,
    })
    this.#prefillQueue = new PrefillQueue(this.#pace, {
      submit: (dispatches, work) => this.#submit(dispatches, work),
      finished: () => gpu.settle(gpu.device.queue.onSubmittedWorkDone()),
      now: options.now,
    })
  }

  /**
   * Prefills what the cache does not hold of `prompt`, at least its last token, so that
   * `submitFirstSample` can follow. An abort takes effect between submissions, and keeps the chunks that are
   * there.
   * @returns how many tokens the cache held; undefined when aborted
   * @throws EngineError `context-full`, `request-invalid` for an empty prompt, `device-lost`
   */
  async prefill(
    prompt: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const { contextTokens } = this.#forward
    if (prompt.length === 0)
      throw new EngineError({ code: 'request-invalid', problem: 'the prompt has no tokens' })
    if (prompt.length > contextTokens)
      throw new EngineError({ code: 'context-full', contextTokens, neededTokens: prompt.length })
    const reused = this.#rewind(Math.min(commonPrefix(this.#cached, prompt), prompt.length - 1))
    while (this.#cached.length < prompt.length) {
      const position = this.#cached.length
      const chunk = prompt.slice(position, position + this.#pace.rows())
      if (!(await this.#prefillChunk(chunk, position, signal))) return undefined
      this.#cached.push(...chunk)
      this.#keepWindows(chunk, position)
    }
    await this.#prefillQueue.settled()
    return reused
  }

  /** How many tokens of a sequence the cache holds, from its first on. */
  held(sequence: readonly number[]): number {
    return commonPrefix(this.#cached, sequence)
  }

  /** Samples the token that follows the prefilled prompt. */
  submitFirstSample(readback: TokenReadback) {
    this.#submit(this.#sampleRow, this.#chunk, readback)
  }

  /** Decodes the token sampled last, which lies on the GPU, at `position`, and samples the next. */
  submitDecodeAndSample(position: number, readback: TokenReadback) {
    this.#forward.advance(position)
    this.#rings.wrote(position + 1)
    this.#submit(this.#decodeAndSample, { position, rows: 1 }, readback)
  }

  /** The token sampled last ended the work on the GPU: `position` and what was submitted beyond it were not decoded. */
  stoppedBefore(position: number) {
    this.#rings.wroteNothingFrom(position)
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
    const { contextTokens } = this.#forward
    if (sequence.length > contextTokens)
      throw new EngineError({ code: 'context-full', contextTokens, neededTokens: sequence.length })
    this.#rewind(0)
    for (let position = 0; position < sequence.length; ) {
      const rows = kernels === 'prefill' ? this.#pace.rows() : 1
      const chunk = sequence.slice(position, position + rows)
      if (kernels === 'prefill') await this.#prefillChunk(chunk, position, undefined)
      else {
        this.#setRows(chunk, position)
        this.#submit(this.#decode, { position, rows: 1 })
      }
      for (let headRow = 0; headRow < chunk.length; headRow++) {
        const work = { position, rows: chunk.length, headRow }
        this.#forward.setStep(work)
        this.#submit(this.#forward.head, work)
        yield new Float32Array(
          await this.#gpu.settle(readBytes(this.#gpu, this.#forward.activations.logits)),
        )
      }
      position += chunk.length
    }
  }

  /** Submits what computes keys and values of a chunk; false when aborted before its end. */
  #prefillChunk(
    chunk: readonly number[],
    position: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    this.#setRows(chunk, position)
    return this.#prefillQueue.submitChunk(this.#chunk, this.#prefill, signal)
  }

  /** Forgets what comes after `position`, or after the last place before it where work can go on. */
  #rewind(position: number): number {
    const place = this.#rings.rewind(position)
    const { slot } = place
    if (slot !== undefined)
      this.#copy((encoder) => this.#forward.rings?.restore(encoder, slot, place.position))
    this.#cached.length = place.position
    return place.position
  }

  /** Keeps what the rings hold before each message that begins in a chunk just prefilled. */
  #keepWindows(chunk: readonly number[], position: number) {
    const starts = chunk.flatMap((token, i) => (token === this.#messageStart ? [position + i] : []))
    const snapshots = this.#rings.keep(starts)
    if (snapshots.length === 0) return
    this.#copy((encoder) => {
      for (const snapshot of snapshots)
        this.#forward.rings?.save(encoder, snapshot.slot, snapshot.position)
    })
  }

  #copy(encodeCopies: (encoder: GPUCommandEncoder) => void) {
    const encoder = this.#gpu.device.createCommandEncoder()
    encodeCopies(encoder)
    this.#gpu.device.queue.submit([encoder.finish()])
  }

  #setRows(tokens: readonly number[], position: number) {
    this.#rings.wrote(position + tokens.length)
    write(this.#gpu, this.#forward.activations.tokens, Uint32Array.from(tokens))
    this.#chunk = { position, rows: tokens.length, headRow: tokens.length - 1 }
    this.#forward.setStep(this.#chunk)
  }

  #submit(program: readonly Dispatch[], work: Work, readback?: TokenReadback) {
    const encoder = this.#gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    encode(pass, program, work)
    pass.end()
    readback?.encode(encoder)
    this.#gpu.device.queue.submit([encoder.finish()])
  }
}

/**
 * A processor is taken away from nobody, and what it takes for a dispatch says as much of other programs. On two
 * busy cores, 256 tokens of a small model took llvmpipe half again as much in chunks of 32, and no more in
 * chunks of 128 than all at once (bench/LOG.md).
 */
const fewestSoftwareRows = 128

/** Of each dispatch of prefill: the same for the same one in all layers of a type, which take the same time. */
const dispatchKinds = ({ prefill: { embedding, layers }, layerTypes }: Forward) => [
  ...embedding.map((_, i) => `embedding ${i}`),
  ...layers.flatMap((layer, number) => layer.map((_, i) => `${layerTypes[number]} ${i}`)),
]

const inOrder = ({ embedding, layers }: Program) => [...embedding, ...layers.flat()]

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a[i] === b[i]) i++
  return i
}
