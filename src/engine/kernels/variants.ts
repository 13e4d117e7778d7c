import attentionSource from '#shaders/attention.wgsl?raw'
import attentionSubgroups from '#shaders/attention-subgroups.wgsl?raw'
import expertSortSource from '#shaders/expert-sort.wgsl?raw'
import matmulSource from '#shaders/matmul.wgsl?raw'
import moeMatmulSource from '#shaders/moe-matmul-mxfp4.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import bias from '#shaders/shared/bias.wgsl?raw'
import dense from '#shaders/shared/dense.wgsl?raw'
import denseBf16 from '#shaders/shared/dense-bf16.wgsl?raw'
import fp4Half from '#shaders/shared/fp4-half.wgsl?raw'
import fp4Integer from '#shaders/shared/fp4-integer.wgsl?raw'
import halfF16 from '#shaders/shared/half-f16.wgsl?raw'
import halfF32 from '#shaders/shared/half-f32.wgsl?raw'
import moeTile from '#shaders/shared/moe-tile.wgsl?raw'
import mxfp4 from '#shaders/shared/mxfp4.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import step from '#shaders/shared/step.wgsl?raw'
import tileStaged from '#shaders/shared/tile.wgsl?raw'
import tileSubgroups from '#shaders/shared/tile-subgroups.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { bufferUsage } from '../gpu/flags'
import { allocate, type Dtype, readBytes, type Tensor, write } from '../gpu/tensor'
import { type Choices, likeliestChoices, type Sample, type Trial } from '../gpu/tuner'
import { type AttentionMeans, attention, attentionMeans } from './attention'
import { expertSort } from './expert-sort'
import { matmul } from './matmul'
import { moeMatmulMxfp4 } from './moe-matmul-mxfp4'
import { maxExpertTiles, type TileShape, tileName, tileShapes, tileTokens } from './tile'

/** How prefill's largest kernels compute; results differ by rounding alone. */
export interface KernelVariants {
  /** Of the products with dense weights. */
  denseTile: TileShape
  /** Of the products with experts. */
  expertTile: TileShape
  attention: AttentionMeans
}

/** All text that the trials' outcome may depend on. */
export const variantShaders = [
  attentionSource,
  attentionSubgroups,
  attend,
  bias,
  dense,
  denseBf16,
  expertSortSource,
  fp4Half,
  fp4Integer,
  halfF16,
  halfF32,
  matmulSource,
  moeMatmulSource,
  moeTile,
  mxfp4,
  run,
  step,
  tileStaged,
  tileSubgroups,
].join('\n')

const denseTile = 'dense tile'
const expertTile = 'expert tile'
const attentionName = 'attention'

/** What the tuner may decide on this device. */
export function kernelTrials(gpu: Gpu): Trial[] {
  const variants = tileShapes(gpu).map(tileName) as [string, ...string[]]
  return [
    { name: denseTile, variants, bind: (device, name) => denseSample(device, tileOf(gpu, name)) },
    { name: expertTile, variants, bind: (device, name) => expertSample(device, tileOf(gpu, name)) },
    {
      name: attentionName,
      variants: attentionMeans(gpu),
      bind: (device, name) => attentionSample(device, meansOf(gpu, name)),
    },
  ]
}

/** What `choices` of `kernelTrials` mean. */
export const variantsOf = (gpu: Gpu, choices: Choices): KernelVariants => ({
  denseTile: tileOf(gpu, choices[denseTile]),
  expertTile: tileOf(gpu, choices[expertTile]),
  attention: meansOf(gpu, choices[attentionName]),
})

/** The variants that a device of this kind does best with, as far as that is known without trying. */
export const likeliestVariants = (gpu: Gpu): KernelVariants =>
  variantsOf(gpu, likeliestChoices(kernelTrials(gpu)))

function tileOf(gpu: Gpu, name: string | undefined): TileShape {
  const shapes = tileShapes(gpu)
  return shapes.find((tile) => tileName(tile) === name) ?? shapes[0]
}

function meansOf(gpu: Gpu, name: string | undefined): AttentionMeans {
  const means = attentionMeans(gpu)
  return means.find((by) => by === name) ?? means[0]
}

/**
 * Products of small whole numbers, which every order of adding gives exactly: what is not equal to
 * the expected is wrong. A GPU gets enough of them to fill it.
 */
const channels = 1024
const sampleSize = ({ adapter }: Gpu) =>
  adapter.isSoftware ? { tokens: 64, rows: 512 } : { tokens: 256, rows: 4096 }

/** Tokens and rows whose products are compared: more than one tile of every shape. */
const checked = { tokens: 40, rows: 40 }

function denseSample(gpu: Gpu, tile: TileShape): Sample {
  const { tokens, rows } = sampleSize(gpu)
  const x = wholeNumbers(7, 1).map((n) => n - 3)
  const weight = wholeNumbers(9, 2).map((n) => n - 4)
  const y = tensor(gpu, 'f32', [tokens, rows])
  const product = matmul(gpu, {
    step: stepUniform(gpu, tokens),
    x: tensor(gpu, 'f32', [tokens, channels], Float32Array.from(x)),
    weight: {
      format: 'bf16',
      values: tensor(gpu, 'bf16', [rows, channels], Uint16Array.from(weight, upperHalf)),
    },
    bias: tensor(gpu, 'f32', [rows]),
    y,
    tile,
  })
  return {
    dispatches: [product],
    work: { position: 0, rows: tokens },
    isRight: () =>
      isProduct(gpu, y, x, (_, row, channel) => repeated(weight, row * channels + channel)),
  }
}

/** Experts of the sample, each of which every token chooses. */
const experts = 4
const fp4Magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
const fp4Value = (code: number) => (fp4Magnitudes[code & 7] as number) * (code & 8 ? -1 : 1)

function expertSample(gpu: Gpu, tile: TileShape): Sample {
  const { tokens, rows: allRows } = sampleSize(gpu)
  const rows = allRows / experts
  const pairs = tokens * experts
  const x = wholeNumbers(7, 1).map((n) => n - 3)
  const blocks = wholeNumbers(256, 3)
  const scales = wholeNumbers(3, 4).map((n) => 126 + n)
  const lists = {
    order: tensor(gpu, 'u32', [pairs]),
    tiles: tensor(gpu, 'u32', [maxExpertTiles(tokens, experts, experts, tileTokens(tile)), 3]),
    experts,
    tile,
  }
  const ids = Uint32Array.from({ length: pairs }, (_, pair) => pair % experts)
  const expertIds = tensor(gpu, 'u32', [tokens, experts], ids)
  const y = tensor(gpu, 'f32', [pairs, rows])
  const product = moeMatmulMxfp4(gpu, {
    ...lists,
    topK: experts,
    x: tensor(gpu, 'f32', [pairs, channels], Float32Array.from(x)),
    weight: {
      firstExpert: 0,
      blocks: tensor(gpu, 'u8', [experts, rows, channels / 32, 16], Uint8Array.from(blocks)),
      scales: tensor(gpu, 'u8', [experts, rows, channels / 32], Uint8Array.from(scales)),
      bias: tensor(gpu, 'f32', [experts, rows]),
    },
    y,
  })
  return {
    dispatches: [expertSort(gpu, { step: stepUniform(gpu, tokens), expertIds, ...lists }), product],
    work: { position: 0, rows: tokens },
    isRight: () =>
      isProduct(gpu, y, x, (pair, row, channel) => {
        const element = ((pair % experts) * rows + row) * channels + channel
        const byte = repeated(blocks, element >> 1)
        const scale = 2 ** (repeated(scales, element >> 5) - 127)
        return scale * fp4Value(element & 1 ? byte >> 4 : byte)
      }),
  }
}

/** Whether the first rows and columns of `y` are x times the weights. */
async function isProduct(
  gpu: Gpu,
  y: Tensor<'f32'>,
  x: readonly number[],
  weightAt: (token: number, row: number, channel: number) => number,
): Promise<boolean> {
  const rows = y.shape[1] as number
  const found = new Float32Array(await gpu.settle(readBytes(gpu, y, 0, 4 * checked.tokens * rows)))
  for (let token = 0; token < checked.tokens; token++)
    for (let row = 0; row < checked.rows; row++) {
      let sum = 0
      for (let channel = 0; channel < channels; channel++)
        sum += weightAt(token, row, channel) * repeated(x, token * channels + channel)
      if (found[token * rows + row] !== sum) return false
    }
  return true
}

/** Heads of the sample: groups of eight share keys, as in the published models. */
const headDim = 64
const group = 8
/** Halves of -3 … 3, in which the cache holds them where it can. */
const halves = [0xc200, 0xc000, 0xbc00, 0, 0x3c00, 0x4000, 0x4200]

function attentionSample(gpu: Gpu, by: AttentionMeans): Sample {
  const { tokens } = sampleSize(gpu)
  const kvHeads = gpu.adapter.isSoftware ? 1 : 8
  const heads = group * kvHeads
  const width = (heads + 2 * kvHeads) * headDim
  const queries = wholeNumbers(7, 1).map((n) => (n - 3) / 4)
  const cached = (seed: number) => wholeNumbers(7, seed)
  const half = (values: readonly number[]) =>
    gpu.features.f16
      ? tensor(
          gpu,
          'f16',
          [tokens, kvHeads, headDim],
          Uint16Array.from(values, (n) => halves[n] ?? 0),
        )
      : tensor(
          gpu,
          'f32',
          [tokens, kvHeads, headDim],
          Float32Array.from(values, (n) => n - 3),
        )
  const [keys, values] = [cached(2), cached(3)]
  const y = tensor(gpu, 'f32', [tokens, heads * headDim])
  const dispatch = attention(gpu, {
    step: stepUniform(gpu, tokens),
    qkv: tensor(gpu, 'f32', [tokens, width], Float32Array.from(queries)),
    keys: half(keys),
    values: half(values),
    sinks: tensor(gpu, 'f32', [heads]),
    y,
    window: 0,
    by,
  })
  /** What the last head of a token attends to, with a sink of 0. */
  function expected(token: number): number[] {
    const at = (position: number) => (position * kvHeads + kvHeads - 1) * headDim
    const elements = Array.from({ length: headDim }, (_, i) => i)
    const query = token * width + (heads - 1) * headDim
    const weights = Array.from({ length: token + 1 }, (_, key) => {
      const products = elements.map(
        (i) => repeated(queries, query + i) * (repeated(keys, at(key) + i) - 3),
      )
      return Math.exp(products.reduce((sum, product) => sum + product) / Math.sqrt(headDim))
    })
    const total = weights.reduce((sum, weight) => sum + weight, 1)
    return elements.map((i) =>
      weights.reduce((sum, w, key) => sum + (w / total) * (repeated(values, at(key) + i) - 3), 0),
    )
  }
  return {
    dispatches: [dispatch],
    work: { position: 0, rows: tokens },
    async isRight() {
      const found = new Float32Array(await gpu.settle(readBytes(gpu, y)))
      return [0, 1, 31, 32, tokens - 1].every((token) => {
        const head = ((token + 1) * heads - 1) * headDim
        // exp is not the same on every device.
        return expected(token).every(
          (value, i) => Math.abs((found[head + i] as number) - value) < 1e-4,
        )
      })
    },
  }
}

/** Tensors repeat a period of so many elements, 64 more than a power of two: no two rows are alike. */
const period = 2 ** 14 + 64
const repeated = (values: readonly number[], i: number) => values[i % period] as number

/** A period of whole numbers below `limit` in no order, always the same (Numerical Recipes' generator). */
function wholeNumbers(limit: number, seed: number): number[] {
  let state = seed
  return Array.from({ length: period }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state >>> 16) * limit) >>> 16
  })
}

const scratch = new DataView(new ArrayBuffer(4))
function upperHalf(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint16(0)
}

/** A tensor that `values` fill, over and over. */
function tensor<D extends Dtype>(
  gpu: Gpu,
  dtype: D,
  shape: number[],
  values?:
    | Float32Array<ArrayBuffer>
    | Uint32Array<ArrayBuffer>
    | Uint16Array<ArrayBuffer>
    | Uint8Array<ArrayBuffer>,
): Tensor<D> {
  const made = allocate(gpu, dtype, shape, 'tuning')
  const { size } = made.buffer
  for (let offset = 0; values && offset < size; offset += values.byteLength) {
    const length = Math.min(values.byteLength, size - offset) / values.BYTES_PER_ELEMENT
    write(gpu, made, values.subarray(0, length), offset)
  }
  return made
}

function stepUniform(gpu: Gpu, rows: number) {
  const uniform = gpu.device.createBuffer({
    label: 'step',
    size: 16,
    usage: bufferUsage.uniform | bufferUsage.storage | bufferUsage.copyTarget,
  })
  gpu.device.queue.writeBuffer(uniform, 0, Uint32Array.of(0, rows, 0, 0))
  return { uniform }
}
