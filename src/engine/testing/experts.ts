import type { ExpertWeight } from '../kernels/expert-weight'
import { decodeMxfp4 } from '../reference'
import type { TestGpu } from './gpu'
import { randomBf16, randomIntegers, randomMxfp4 } from './random'

/** One projection of all experts of a layer, as a checkpoint stores it. */
export interface Experts {
  experts: number
  rows: number
  channels: number
  blocks: Uint8Array // mxfp4 [experts, rows, channels / 32, 16]
  scales: Uint8Array // [experts, rows, channels / 32]
  bias: Float32Array // exact in bf16 [experts, rows]
}

type Shape = Pick<Experts, 'experts' | 'rows' | 'channels'>

/** About the largest product of a random weight and a number in [-1, 1). */
export const expertProduct = 0.125

export function randomExperts(shape: Shape, seed: number): Experts {
  const { experts, rows, channels } = shape
  const weight = randomMxfp4((experts * rows * channels) / 32, seed)
  return { ...shape, ...weight, bias: randomBf16(experts * rows, seed + 1) }
}

/** On the GPU, the experts from `first` up to `end`. */
export function uploadExperts(
  gpu: TestGpu,
  { experts, rows, channels, blocks, scales, bias }: Experts,
  first = 0,
  end = experts,
): ExpertWeight {
  const groups = rows * (channels / 32)
  return {
    firstExpert: first,
    blocks: gpu.bytes(
      'u8',
      [end - first, rows, channels / 32, 16],
      blocks.subarray(first * groups * 16, end * groups * 16),
    ),
    scales: gpu.bytes(
      'u8',
      [end - first, rows, channels / 32],
      scales.subarray(first * groups, end * groups),
    ),
    bias: gpu.f32([end - first, rows], bias.subarray(first * rows, end * rows)),
  }
}

/** One expert's weight [rows, channels] and bias [rows], for the reference. */
export function decodeExpert({ rows, channels, blocks, scales, bias }: Experts, expert: number) {
  const groups = rows * (channels / 32)
  const part = <T extends Uint8Array | Float32Array>(all: T, length: number) =>
    all.subarray(expert * length, (expert + 1) * length) as T
  return {
    weight: decodeMxfp4(part(blocks, groups * 16), part(scales, groups)),
    bias: part(bias, rows),
  }
}

/** Distinct experts for each token, [tokens, topK]. */
export function randomChoices(tokens: number, topK: number, experts: number): number[] {
  const next = randomIntegers(1)
  return Array.from({ length: tokens }, () => {
    const rest = Array.from({ length: experts }, (_, expert) => expert)
    return Array.from({ length: topK }, () => rest.splice(next() % rest.length, 1)[0] as number)
  }).flat()
}

/** (token, choice) pairs listed by expert, as shaders/expert-sort.wgsl describes them. */
export interface ExpertLists {
  order: number[] // [pairs]
  tiles: [expert: number, first: number, count: number][]
}

/** `choices[i]` is the expert of pair i; a tile holds at most 32 pairs of one expert. */
export function listByExpert(
  choices: readonly number[],
  experts: number,
  pairsOfTile: number,
): ExpertLists {
  const order: number[] = []
  const tiles: ExpertLists['tiles'] = []
  for (let expert = 0; expert < experts; expert++) {
    const pairs = [...choices.keys()].filter((i) => choices[i] === expert)
    for (let i = 0; i < pairs.length; i += pairsOfTile)
      tiles.push([expert, order.length + i, Math.min(pairsOfTile, pairs.length - i)])
    order.push(...pairs)
  }
  return { order, tiles }
}

/** Gates and ups, in turn, at which the clamped SwiGLU bends or could overflow; exact in bf16. */
export const swigluEdges = [
  [7, 7],
  [8, 8],
  [100, -100],
  [6.96875, -7],
  [0, 0],
  [-0.5, -1],
  [-7, 1],
  [-60, 1],
  [-100, 3],
  [-(2 ** 120), 100],
  [2 ** 120, -(2 ** 120)],
].flat()
