import source from '#shaders/rms-norm.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { teamConstants, teamTexts, wholeRowTeam } from './team'

const kernel = defineKernel('rms_norm', (features, constants) => [
  source,
  ...teamTexts(features, constants),
])

interface RmsNorm {
  x: Tensor<'f32'> // [rows, channels]
  weight: Tensor<'f32'> // [channels]
  y: Tensor<'f32'> // [rows, channels]
  epsilon: number
}

/**
 * Scales each row of `x` to root mean square 1, then by `weight`; the result goes to `y`.
 *
 * `y` must not share a buffer with `x`: WebGPU forbids reading and writing one buffer in the same
 * dispatch. Truth: `rmsNorm` in ../reference.ts. Bound by memory, not arithmetic.
 */
export function rmsNorm(gpu: Gpu, { x, weight, y, epsilon }: RmsNorm): Dispatch {
  const [rows, channels] = x.shape as [number, number]
  expectShape('weight', weight, [channels])
  expectShape('y', y, [rows, channels])
  return kernel.bind(gpu, {
    tensors: { x, weight, y },
    params: { vectors: channels / 4, epsilon },
    constants: teamConstants(gpu, wholeRowTeam(channels / 4)),
    workgroups: ({ rows: tokenRows }) => [tokenRows],
    needs: ({ rows: tokenRows }) => ({ x: tokenRows * rowBytes(x), y: tokenRows * rowBytes(y) }),
  })
}
