import source from '#shaders/expert-sort.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel, type Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { maxExpertTiles } from './tile'

const kernel = defineKernel('expert_sort', () => [source, stepText])

interface ExpertSort {
  step: Uniform
  expertIds: Tensor<'u32'> // [tokens, topK]
  experts: number
  order: Tensor<'u32'> // [tokens · topK]
  tiles: Tensor<'u32'> // [maxExpertTiles(tokens, topK, experts), 3]
}

/** Lists the (token, choice) pairs expert by expert, cut into tiles, for the grouped products. */
export function expertSort(
  gpu: Gpu,
  { step, expertIds, experts, order, tiles }: ExpertSort,
): Dispatch {
  const [tokens, topK] = expertIds.shape as [number, number]
  const maxTiles = maxExpertTiles(tokens, topK, experts)
  expectShape('order', order, [tokens * topK])
  expectShape('tiles', tiles, [maxTiles, 3])
  return kernel.bind(gpu, {
    tensors: { step, expert_ids: expertIds, order, tiles },
    params: { experts, top_k: topK, max_tiles: maxTiles },
    constants: { MAX_EXPERTS: experts },
    workgroups: [1],
    needs: ({ rows }) => ({
      expert_ids: rows * rowBytes(expertIds),
      order: rows * rowBytes(expertIds),
      tiles: maxExpertTiles(rows, topK, experts) * rowBytes(tiles),
    }),
  })
}
