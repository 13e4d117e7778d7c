import source from '#shaders/embedding.wgsl?raw'
import bf16 from '#shaders/shared/bf16.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import { expectShape, type Tensor } from '../gpu/tensor'

const kernel = defineKernel('embedding', () => [source, bf16])

interface Embedding {
  tokens: Tensor<'u32'> // [tokens]
  table: Tensor<'bf16'> // [rows, channels], rows firstRow… of the whole table
  firstRow: number
  x: Tensor<'f32'> // [tokens, channels]
}

/**
 * Writes to `x` the rows of `table` that belong to `tokens`; a token whose row is not in this
 * segment of the table is left alone. Truth: `embedding` in ../reference.ts.
 */
export function embedding(gpu: Gpu, { tokens, table, firstRow, x }: Embedding): Dispatch {
  const [rows, channels] = table.shape as [number, number]
  expectShape('x', x, [tokens.shape[0] as number, channels])
  return kernel.bind(gpu, {
    tensors: { tokens, table, x },
    params: { pairs: channels / 2, first_row: firstRow, rows },
    workgroups: (tokenRows) => [Math.ceil(channels / 2 / 64), tokenRows],
  })
}
