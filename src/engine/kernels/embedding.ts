import source from '#shaders/embedding.wgsl?raw'
import type { Gpu } from '../gpu/device'
import type { Dispatch, Uniform } from '../gpu/kernel'
import { expectShape, rowBytes, type Tensor } from '../gpu/tensor'
import { type DenseWeight, defineDenseKernels, denseShape, denseTensors } from './dense-weight'
import { stepText } from './step'

const kernels = defineDenseKernels('embedding', (features) => [source, stepText(features)])

interface Embedding {
  step: Uniform
  tokens: Tensor<'u32'> // [tokens]
  table: DenseWeight // [rows, channels], rows firstRow… of the whole table
  firstRow: number
  x: Tensor<'f32'> // [tokens, channels]
}

/**
 * Writes to `x` the rows of `table` that belong to `tokens`; a token whose row is not in this
 * segment of the table is left alone. Truth: `embedding` in ../reference.ts.
 */
export function embedding(gpu: Gpu, { step, tokens, table, firstRow, x }: Embedding): Dispatch {
  const { rows, channels } = denseShape(table)
  expectShape('x', x, [tokens.shape[0] as number, channels])
  return kernels[table.format].bind(gpu, {
    tensors: { step, tokens, ...denseTensors(table), x },
    params: { vectors: channels / 8, first_row: firstRow, rows },
    workgroups: ({ rows: tokenRows }) => [Math.ceil(channels / 8 / 64), tokenRows],
    needs: ({ rows: tokenRows }) => ({
      tokens: 4 * tokenRows,
      weight: tokenRows * rowBytes(table.values),
      ...(table.format === 'q8_0' && { scales: tokenRows * rowBytes(table.scales) }),
      x: tokenRows * rowBytes(x),
    }),
  })
}
