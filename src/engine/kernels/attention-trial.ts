import attentionSource from '#shaders/attention.wgsl?raw'
import attentionSubgroups from '#shaders/attention-subgroups.wgsl?raw'
import attend from '#shaders/shared/attend.wgsl?raw'
import attentionParams from '#shaders/shared/attention-params.wgsl?raw'
import f16Integer from '#shaders/shared/f16-integer.wgsl?raw'
import f16Unpack from '#shaders/shared/f16-unpack.wgsl?raw'
import halves from '#shaders/shared/halves.wgsl?raw'
import { readBytes } from '../gpu/tensor'
import { type AttentionMeans, attention, attentionMeans } from './attention'
import { cachedElement, cachedTensor, headDim, isAttended, sampleHeads } from './attention-sample'
import { defineTrial } from './kernel-trial'
import { repeated, sampleTokens, stepUniform, tensor, wholeNumbers } from './sample-operands'
import { stepTexts } from './step'

/** Attention of prefill. */
export const attentionTrial = defineTrial<AttentionMeans>({
  name: 'attention',
  variants: attentionMeans,
  nameOf: (means) => means,
  samples(gpu) {
    const tokens = sampleTokens(gpu)
    const { heads, kvHeads } = sampleHeads(gpu)
    const width = (heads + 2 * kvHeads) * headDim
    const queries = wholeNumbers(7, 1).map((n) => (n - 3) / 4)
    const keys = wholeNumbers(7, 2)
    const values = wholeNumbers(7, 3)
    const operands = {
      step: stepUniform(gpu, { rows: tokens }),
      qkv: tensor(gpu, 'f32', [tokens, width], Float32Array.from(queries)),
      keys: cachedTensor(gpu, tokens, keys),
      values: cachedTensor(gpu, tokens, values),
      sinks: tensor(gpu, 'f32', [heads]),
      window: 0,
    }
    return (by) => {
      const y = tensor(gpu, 'f32', [tokens, heads * headDim])
      return {
        dispatches: [attention(gpu, { ...operands, y, by })],
        work: { position: 0, rows: tokens },
        async isRight() {
          const found = new Float32Array(await gpu.settle(readBytes(gpu, y)))
          // The last head of some tokens.
          return [0, 1, 31, 32, tokens - 1].every((token) => {
            const head = ((token + 1) * heads - 1) * headDim
            return isAttended(found.subarray(head), {
              query: (i) => repeated(queries, token * width + (heads - 1) * headDim + i),
              key: cachedElement(gpu, keys),
              value: cachedElement(gpu, values),
              positions: token + 1,
            })
          })
        },
      }
    }
  },
  shaders: [
    attentionSource,
    attentionSubgroups,
    attend,
    attentionParams,
    f16Integer,
    f16Unpack,
    halves,
    ...stepTexts,
  ],
})
