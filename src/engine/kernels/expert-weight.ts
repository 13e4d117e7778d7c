import { rowBytes, type Tensor } from '../gpu/tensor'

/** Some consecutive experts of one layer's gate_up or down projection, as the checkpoint ships them. */
export interface ExpertWeight {
  /** The first expert that this segment holds; all of them where the device binds enough at once. */
  firstExpert: number
  blocks: Tensor<'u8'> // mxfp4 [experts, rows, channels / 32, 16]
  scales: Tensor<'u8'> // [experts, rows, channels / 32]
  bias: Tensor<'f32'> // [experts, rows]
}

/**
 * Bytes of this segment that `choices` choices among `allExperts` experts need, by the names of the
 * WGSL variables. Which experts those are, the router decides: a segment is charged its share of as many as
 * there are choices, or of all.
 */
export function neededOfExperts(weight: ExpertWeight, allExperts: number, choices: number) {
  const { experts } = expertShape(weight)
  const chosen = (Math.min(choices, allExperts) * experts) / allExperts
  return {
    weight: chosen * rowBytes(weight.blocks),
    scales: chosen * rowBytes(weight.scales),
    biases: chosen * rowBytes(weight.bias),
  }
}

/** The sizes of a segment, from its blocks. */
export function expertShape({ blocks }: Pick<ExpertWeight, 'blocks'>) {
  const [experts, rows, blocksPerRow] = blocks.shape as [number, number, number]
  return { experts, rows, blocksPerRow, channels: blocksPerRow * 32 }
}
