import mergeSource from '#shaders/attention-merge.wgsl?raw'
import ropeAttentionSource from '#shaders/rope-attention.wgsl?raw'
import ropeAttentionSubgroups from '#shaders/rope-attention-subgroups.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import attentionParams from '#shaders/shared/attention-params.wgsl?raw'
import f16Integer from '#shaders/shared/f16-integer.wgsl?raw'
import f16Unpack from '#shaders/shared/f16-unpack.wgsl?raw'
import halves from '#shaders/shared/halves.wgsl?raw'
import splitsText from '#shaders/shared/splits.wgsl?raw'
import { readBytes } from '../gpu/tensor'
import { type AttentionMeans, attentionMeans } from './attention'
import { attentionMerge } from './attention-merge'
import { cachedElement, cachedTensor, headDim, isAttended, sampleHeads } from './attention-sample'
import { defineTrial } from './kernel-trial'
import { ropeAttention } from './rope-attention'
import { repeated, stepUniform, tensor, wholeNumbers } from './sample-operands'
import { mostSplits } from './splits'
import { stepTexts } from './step'

/** Where the token is: so far on that its keys are divided between workgroups. */
const position = 1500

/** Attention of decode, in a full layer: a long context is where it takes time. */
export const decodeAttentionTrial = defineTrial<AttentionMeans>({
  name: 'decode attention',
  variants: attentionMeans,
  nameOf: (means) => means,
  samples(gpu) {
    const positions = position + 1
    const { heads, kvHeads } = sampleHeads(gpu)
    const step = stepUniform(gpu, { position, rows: 1 })
    const own = wholeNumbers(7, 1).map((n) => (n - 3) / 4)
    const keys = wholeNumbers(7, 2)
    const values = wholeNumbers(7, 3)
    const operands = {
      step,
      // Nothing is rotated.
      rotations: tensor(gpu, 'f32', [positions, headDim / 2, 2], Float32Array.of(1, 0)),
      qkv: tensor(gpu, 'f32', [1, (heads + 2 * kvHeads) * headDim], Float32Array.from(own)),
      keys: cachedTensor(gpu, positions, keys),
      values: cachedTensor(gpu, positions, values),
      sinks: tensor(gpu, 'f32', [heads]),
      partials: tensor(gpu, 'f32', [mostSplits(positions, headDim), heads, headDim + 2]),
      window: 0,
    }
    return (by) => {
      const y = tensor(gpu, 'f32', [1, heads * headDim])
      const { partials } = operands
      return {
        dispatches: [
          ropeAttention(gpu, { ...operands, y, by }),
          attentionMerge(gpu, { step, partials, y }),
        ],
        work: { position, rows: 1 },
        async isRight() {
          const found = new Float32Array(await gpu.settle(readBytes(gpu, y)))
          // The last head of each kind. The token's own key and value come from qkv.
          const ownElement = (head: number, i: number) => repeated(own, (head - 1) * headDim + i)
          const orOwn =
            (cached: (at: number, i: number) => number, head: number) => (at: number, i: number) =>
              at === position ? ownElement(head, i) : cached(at, i)
          return isAttended(found.subarray((heads - 1) * headDim), {
            query: (i) => ownElement(heads, i),
            key: orOwn(cachedElement(gpu, keys), heads + kvHeads),
            value: orOwn(cachedElement(gpu, values), heads + 2 * kvHeads),
            positions,
          })
        },
      }
    }
  },
  shaders: [
    ...[ropeAttentionSource, ropeAttentionSubgroups, mergeSource],
    ...[attend, attentionParams, splitsText],
    ...[f16Integer, f16Unpack, halves, ...stepTexts],
  ],
})
