import source from '#shaders/sample.wgsl?raw'
import samplingText from '#shaders/shared/sampling.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import { stepText } from './step'

const kernel = defineKernel('sample', (features) => [source, samplingText, stepText(features)])

interface Sample {
  step: Uniform
  /** `struct Sampling` of shaders/shared/sampling.wgsl. */
  sampling: Uniform
  logits: Tensor<'f32'> // [1, vocabulary]
  seen: Tensor<'u32'> // [⌈vocabulary / 32⌉], one bit per token of the context
  nextToken: Tensor<'u32'> // [tokens], element 0 is written
  candidates: Tensor<'u32'> // [≥ candidateCount, 2], as the head leaves them
  candidateCount: number
  /** Whether filters are set at present, which read the logits. */
  isFiltered: () => boolean
}

/** Chooses the next token: of the head's candidates, or among what the filters keep of all. */
export function sample(
  gpu: Gpu,
  { step, sampling, logits, seen, nextToken, candidates, candidateCount, isFiltered }: Sample,
): Dispatch {
  return kernel.bind(gpu, {
    tensors: { step, sampling, logits, seen, next_token: nextToken, candidates },
    params: { candidates: candidateCount },
    workgroups: [1],
    needs: () => ({
      next_token: 4,
      candidates: 8 * candidateCount,
      ...(!isFiltered() && { logits: 0, seen: 4 }),
    }),
  })
}
