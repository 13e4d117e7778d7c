import source from '#shaders/sample.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'

const kernel = defineKernel('sample', () => [source, stepText])

interface Sample {
  step: Uniform
  /** `struct Sampling` of the WGSL. */
  sampling: Uniform
  logits: Tensor<'f32'> // [1, vocabulary]
  seen: Tensor<'u32'> // [⌈vocabulary / 32⌉], one bit per token of the context
  nextToken: Tensor<'u32'> // [tokens], element 0 is written
  /** Ids below this have a token; the rows past it are padding of the vocabulary. */
  tokenCount: number
}

/** Chooses the next token; see the WGSL for the order of the filters. */
export function sample(
  gpu: Gpu,
  { step, sampling, logits, seen, nextToken, tokenCount }: Sample,
): Dispatch {
  return kernel.bind(gpu, {
    tensors: { step, sampling, logits, seen, next_token: nextToken },
    params: { tokens: tokenCount },
    workgroups: [1],
    needs: () => ({ next_token: 4 }),
  })
}
