import moeMatvecSource from '#shaders/moe-matvec-mxfp4-sum.wgsl?raw'
import fp4Half from '#shaders/shared/fp4-half.wgsl?raw'
import fp4Integer from '#shaders/shared/fp4-integer.wgsl?raw'
import mxfp4 from '#shaders/shared/mxfp4.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import { defineTrial } from './kernel-trial'
import { moeMatvecMxfp4Sum } from './moe-matvec-mxfp4-sum'
import { stepUniform, tensor } from './sample-operands'
import { rowCheck, sampleExpertWeight, sampleVectors } from './sample-weights'
import { stepTexts } from './step'
import { mxfp4TeamShaders, type TeamShape, teamName, teamShapes, teamsOf } from './team'

/** The width of the published models, and the experts of a token. */
const channels = 2880
const chosen = 4

/** The teams of decode's products with experts. */
export const expertTeamsTrial = defineTrial<TeamShape>({
  name: 'expert teams',
  variants: teamShapes,
  nameOf: teamName,
  samples(gpu) {
    // A GPU gets experts of their own size, and so many of them that no cache holds them all.
    const [experts, rows] = gpu.adapter.isSoftware ? [chosen, 250] : [6 * chosen, 2880]
    const step = stepUniform(gpu, { rows: 1 })
    const x = sampleVectors(gpu, chosen, channels)
    const { weight, valueAt } = sampleExpertWeight(gpu, experts, rows, channels)
    const expertWeights = tensor(gpu, 'f32', [1, chosen], new Float32Array(chosen).fill(1))
    const choices = Array.from({ length: experts / chosen }, (_, i) => {
      const ids = Uint32Array.from({ length: chosen }, (_, slot) => i * chosen + slot)
      return tensor(gpu, 'u32', [1, chosen], ids)
    })
    const isRight = rowCheck(gpu, rows, (row) => {
      let sum = 0
      for (let expert = 0; expert < experts; expert++)
        for (let channel = 0; channel < channels; channel++)
          sum += valueAt(expert, row, channel) * x.valueAt((expert % chosen) * channels + channel)
      return sum
    })
    return (shape) => {
      const y = tensor(gpu, 'f32', [1, rows])
      const teams = teamsOf(shape)
      return {
        dispatches: choices.map((expertIds) =>
          moeMatvecMxfp4Sum(gpu, { step, expertIds, expertWeights, x: x.tensor, weight, y, teams }),
        ),
        work: { position: 0, rows: 1 },
        isRight: () => isRight(y),
      }
    }
  },
  shaders: [moeMatvecSource, fp4Half, fp4Integer, mxfp4, run, ...stepTexts, ...mxfp4TeamShaders],
})
