import source from '#shaders/repack-mxfp4.wgsl?raw'
import q80Source from '#shaders/repack-q8-0.wgsl?raw'
import rawBytes from '#shaders/shared/raw-bytes.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { type Dispatch, defineKernel } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import { denseShape, type Q80Weight } from './dense-weight'
import { type ExpertWeight, expertShape } from './expert-weight'

const mxfp4Kernel = defineKernel('repack_mxfp4', () => [source, rawBytes])
const q80Kernel = defineKernel('repack_q8_0', () => [q80Source, rawBytes])

/** Bytes of one block of a GGUF file; each holds 32 elements. */
export const ggufMxfp4BlockBytes = 17
export const ggufQ80BlockBytes = 34

/** Some consecutive blocks of a tensor, as its GGUF file stores them. */
export interface RawBlocks {
  raw: Tensor<'u8'>
  /** Where in `raw` the first block begins, on a word's boundary or not, and how many there are. */
  firstByte: number
  blocks: number
  /** Number of the first block in the target: its row there · blocks of a row + its place in the row. */
  firstBlock: number
}

interface RepackMxfp4 extends RawBlocks {
  /** Its scales are zeros where nothing was repacked yet. */
  weight: Pick<ExpertWeight, 'blocks' | 'scales'>
  /**
   * Which of the target's rows the tensor's fill: `all`, or of gate and up, which lie in turn,
   * the `even` or the `odd` ones. Rows, and with them `firstBlock`, are counted among these alone.
   */
  rows: 'all' | 'even' | 'odd'
}

/**
 * Puts MXFP4 blocks of a GGUF file (`GGML_TYPE_MXFP4`, 17 bytes each) where the expert kernels
 * expect them. Blocks may come in any order, and in pieces of any length; all of a dispatch's lie
 * within the target.
 */
export function repackMxfp4(
  gpu: Gpu,
  { raw, firstByte, blocks, firstBlock, weight, rows }: RepackMxfp4,
): Dispatch {
  const { experts, rows: expertRows, blocksPerRow } = expertShape(weight)
  const rowStride = rows === 'all' ? 1 : 2
  const room = (experts * expertRows * blocksPerRow) / rowStride
  expectRange('raw', raw.shape[0] as number, firstByte, blocks * ggufMxfp4BlockBytes)
  expectRange('target', room, firstBlock, blocks)
  return mxfp4Kernel.bind(gpu, {
    tensors: { raw, weight: weight.blocks, scales: weight.scales },
    params: {
      first_byte: firstByte,
      blocks,
      first_block: firstBlock,
      blocks_per_row: blocksPerRow,
      row_stride: rowStride,
      row_offset: rows === 'odd' ? 1 : 0,
    },
    workgroups: grid(blocks),
  })
}

interface RepackQ80 extends RawBlocks {
  /** Its scales are zeros where nothing was repacked yet. */
  weight: Q80Weight
}

/**
 * Puts Q8_0 blocks of a GGUF file (34 bytes each) where the dense kernels expect them. Blocks may
 * come in any order, and in pieces of any length; all of a dispatch's lie within the target.
 */
export function repackQ80(
  gpu: Gpu,
  { raw, firstByte, blocks, firstBlock, weight }: RepackQ80,
): Dispatch {
  const { rows, channels } = denseShape(weight)
  expectRange('raw', raw.shape[0] as number, firstByte, blocks * ggufQ80BlockBytes)
  expectRange('target', (rows * channels) / 32, firstBlock, blocks)
  return q80Kernel.bind(gpu, {
    tensors: { raw, weight: weight.values, scales: weight.scales },
    params: { first_byte: firstByte, blocks, first_block: firstBlock },
    workgroups: grid(blocks),
  })
}

/** Workgroups of 64 lanes in rows of at most the 65535 that every device starts in one direction. */
function grid(lanes: number): [number, number] {
  const workgroups = Math.ceil(lanes / 64)
  const rows = Math.ceil(workgroups / 65535)
  return [Math.ceil(workgroups / rows), rows]
}

function expectRange(name: string, room: number, first: number, count: number) {
  if (first < 0 || first + count > room)
    throw new Error(`${name} has ${room}: not ${count} from ${first} on`)
}
