import type { Tensor } from '../gpu/tensor'

/** Some consecutive experts of one layer's gate_up or down projection, as the checkpoint ships them. */
export interface ExpertWeight {
  /** The first expert that this segment holds; all of them where the device binds enough at once. */
  firstExpert: number
  blocks: Tensor<'u8'> // mxfp4 [experts, rows, channels / 32, 16]
  scales: Tensor<'u8'> // [experts, rows, channels / 32]
  bias: Tensor<'f32'> // [experts, rows]
}

/** The sizes of a segment, from its blocks. */
export function expertShape({ blocks }: Pick<ExpertWeight, 'blocks'>) {
  const [experts, rows, blocksPerRow] = blocks.shape as [number, number, number]
  return { experts, rows, blocksPerRow, channels: blocksPerRow * 32 }
}
