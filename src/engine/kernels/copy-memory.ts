import source from '#shaders/copy-memory.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'

const kernel = defineKernel('copy_memory', () => [source])

const wordsPerWorkgroup = 4 * 256

interface CopyMemory {
  x: Tensor<'u32'> // [words], a multiple of 1024
  y: Tensor<'u32'> // [words]
}

/** Copies `x` to `y`. No model needs it: it shows how fast this device moves memory. */
export function copyMemory(gpu: Gpu, { x, y }: CopyMemory): Dispatch {
  const [words] = x.shape as [number]
  expectShape('y', y, [words])
  return kernel.bind(gpu, { tensors: { x, y }, workgroups: [words / wordsPerWorkgroup] })
}
