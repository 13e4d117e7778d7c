import attentionSource from '#shaders/attention.wgsl?raw'
import attentionSubgroups from '#shaders/attention-subgroups.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import f16Integer from '#shaders/shared/f16-integer.wgsl?raw'
import f16Unpack from '#shaders/shared/f16-unpack.wgsl?raw'
import halves from '#shaders/shared/halves.wgsl?raw'
import stepText from '#shaders/shared/step.wgsl?raw'
import type { Gpu } from '../gpu/device'
import { readBytes, type Tensor } from '../gpu/tensor'
import { type AttentionMeans, attention, attentionMeans } from './attention'
import { defineTrial } from './kernel-trial'
import { repeated, sampleTokens, stepUniform, tensor, wholeNumbers } from './sample-operands'

/** Heads of the sample: groups of eight share keys, as in the published models. */
const headDim = 64
const group = 8
/** -3 … 3 as the cache holds them. */
const wholeHalves = [0xc200, 0xc000, 0xbc00, 0, 0x3c00, 0x4000, 0x4200]

/** Attention of prefill. */
export const attentionTrial = defineTrial<AttentionMeans>({
  name: 'attention',
  variants: attentionMeans,
  nameOf: (means) => means,
  samples(gpu) {
    const tokens = sampleTokens(gpu)
    const kvHeads = gpu.adapter.isSoftware ? 1 : 8
    const heads = group * kvHeads
    const width = (heads + 2 * kvHeads) * headDim
    const queries = wholeNumbers(7, 1).map((n) => (n - 3) / 4)
    const keys = wholeNumbers(7, 2)
    const values = wholeNumbers(7, 3)
    const operands = {
      step: stepUniform(gpu, tokens),
      qkv: tensor(gpu, 'f32', [tokens, width], Float32Array.from(queries)),
      keys: cached(gpu, [tokens, kvHeads, headDim], keys),
      values: cached(gpu, [tokens, kvHeads, headDim], values),
      sinks: tensor(gpu, 'f32', [heads]),
      window: 0,
    }
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
    return (by) => {
      const y = tensor(gpu, 'f32', [tokens, heads * headDim])
      return {
        dispatches: [attention(gpu, { ...operands, y, by })],
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
  },
  shaders: [attentionSource, attentionSubgroups, attend, f16Integer, f16Unpack, halves, stepText],
})

/** Keys or values: `numbers` from 0 to 6, less 3. */
const cached = (gpu: Gpu, shape: number[], numbers: readonly number[]): Tensor<'f16'> =>
  tensor(
    gpu,
    'f16',
    shape,
    Uint16Array.from(numbers, (n) => wholeHalves[n] as number),
  )
