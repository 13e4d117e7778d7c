import { EngineError } from '../errors'
import type { Gpu } from '../gpu/device'
import { bufferUsage, mapModeRead } from '../gpu/flags'
import type { Dispatch } from '../gpu/kernel'
import { type Tensor, write } from '../gpu/tensor'
import { sample } from '../kernels/sample'
import type { Forward } from '../model/forward'

/** How the next token is chosen; shaders/shared/sampling.wgsl has the order in which these apply. */
export interface Sampling {
  /** 0 takes the most probable token always. */
  temperature: number
  /** Keep the k most probable; 0 keeps all. */
  topK: number
  /** Keep the most probable that together reach this mass, in (0, 1]. */
  topP: number
  /** Keep those at least this fraction as probable as the best, in [0, 1]. */
  minP: number
  /** Divides positive and multiplies negative logits of tokens in the context; 1 leaves them. */
  repetitionPenalty: number
  /** 32 bits that, with a token's position, determine the noise. */
  seed: number
}

/** What OpenAI recommends for gpt-oss, but for the seed (spec section 8). */
export const defaultSampling: Omit<Sampling, 'seed'> = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
}

/** @throws EngineError `request-invalid` naming the first option that is out of its range */
export function checkSampling(sampling: Sampling): void {
  const within = (name: keyof Sampling, low: number, high: number, whole = false) => {
    const value = sampling[name]
    if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      throw new EngineError({
        code: 'request-invalid',
        problem: `${name} is ${value}; it must be ${whole ? 'a whole number ' : ''}from ${low} to ${high}`,
      })
  }
  within('temperature', 0, 100)
  within('topK', 0, 2 ** 31 - 1, true)
  within('topP', Number.MIN_VALUE, 1)
  within('minP', 0, 1)
  within('repetitionPenalty', 0.01, 100)
  within('seed', 0, 2 ** 32 - 1, true)
}

/** Turns the logits of a forward pass into the next token, which stays on the GPU. */
export interface Sampler {
  readonly dispatch: Dispatch
  /**
   * Sets how to choose, which tokens the context holds already, and which end the work on the GPU.
   * @throws Error for more than 16 of these: our bug
   */
  begin(sampling: Sampling, context: Iterable<number>, stopTokens: ReadonlySet<number>): void
}

/** As many as `struct Sampling` in shaders/shared/sampling.wgsl holds. */
const maxStopTokens = 16

/** `tokenCount`: ids below it have a token; the vocabulary's rows past it are padding. */
export function createSampler(gpu: Gpu, forward: Forward, tokenCount: number): Sampler {
  const { step, sampling, candidateCount } = forward
  const { logits, tokens, seen, candidates } = forward.activations
  const vocabulary = logits.shape[1] as number
  let isFiltered = false
  return {
    dispatch: sample(gpu, {
      step,
      sampling,
      logits,
      seen,
      nextToken: tokens,
      candidates,
      candidateCount,
      isFiltered: () => isFiltered,
    }),
    begin({ temperature, topK, topP, minP, repetitionPenalty, seed }, context, stopTokens) {
      const bits = new Uint32Array(seen.shape[0] as number)
      for (const token of context) {
        const word = token >>> 5
        bits[word] = (bits[word] ?? 0) | (1 << (token & 31))
      }
      write(gpu, seen, bits)
      isFiltered = temperature > 0 && (topK > 0 || topP < 1 || minP > 0)
      const values = new DataView(new ArrayBuffer(sampling.uniform.size))
      values.setFloat32(0, temperature, true)
      values.setUint32(4, topK, true)
      values.setFloat32(8, topP, true)
      values.setFloat32(12, minP, true)
      values.setFloat32(16, repetitionPenalty, true)
      values.setUint32(20, seed, true)
      if (stopTokens.size > maxStopTokens) throw new Error(`${stopTokens.size} stop tokens`)
      values.setUint32(24, stopTokens.size, true)
      values.setUint32(28, Math.min(tokenCount, vocabulary), true)
      ;[...stopTokens].forEach((token, i) => {
        values.setUint32(32 + 4 * i, token, true)
      })
      gpu.device.queue.writeBuffer(sampling.uniform, 0, values.buffer)
    },
  }
}

/** One sampled token on its way to the host. */
export interface TokenReadback {
  /** Encodes the copy of the token that the sampler left. */
  encode(encoder: GPUCommandEncoder): void
  /** The token, once the submission is done. One call per encoded copy. */
  read(): Promise<number>
  destroy(): void
}

/** Staging for one token; a few of them in turn let submissions overlap with reading. */
export function createTokenReadback(gpu: Gpu, tokens: Tensor<'u32'>): TokenReadback {
  const staging = gpu.device.createBuffer({
    label: 'sampled token',
    size: 4,
    usage: bufferUsage.copyTarget | bufferUsage.mapRead,
  })
  return {
    encode: (encoder) => encoder.copyBufferToBuffer(tokens.buffer, 0, staging, 0, 4),
    async read() {
      await staging.mapAsync(mapModeRead)
      const [token] = new Uint32Array(staging.getMappedRange())
      staging.unmap()
      return token as number
    },
    destroy: () => staging.destroy(),
  }
}
