import matvecSource from '#shaders/matvec.wgsl?raw'
import biasText from '#shaders/shared/bias.wgsl?raw'
import dense from '#shaders/shared/dense.wgsl?raw'
import denseBf16 from '#shaders/shared/dense-bf16.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import { defineTrial } from './kernel-trial'
import { matvec } from './matvec'
import { stepUniform, tensor } from './sample-operands'
import { rowCheck, sampleDenseWeight, sampleVectors } from './sample-weights'
import { stepTexts } from './step'
import { denseTeamShaders, type TeamShape, teamName, teamShapes, teamsOf } from './team'

/** The width of the published models. */
const channels = 2880

/** The teams of decode's products with dense weights. */
export const denseTeamsTrial = defineTrial<TeamShape>({
  name: 'dense teams',
  variants: teamShapes,
  nameOf: teamName,
  samples(gpu) {
    // A GPU gets weights of a layer's size, and so many of them that no cache holds them all.
    const [count, rows] = gpu.adapter.isSoftware ? [1, 1000] : [3, 5120]
    const step = stepUniform(gpu, { rows: 1 })
    const x = sampleVectors(gpu, 1, channels)
    const weights = Array.from({ length: count }, () => sampleDenseWeight(gpu, rows, channels))
    const bias = tensor(gpu, 'f32', [rows])
    const isRight = rowCheck(gpu, rows, (row) => {
      let sum = 0
      for (const { valueAt } of weights)
        for (let channel = 0; channel < channels; channel++)
          sum += valueAt(row, channel) * x.valueAt(channel)
      return sum
    })
    return (shape) => {
      const y = tensor(gpu, 'f32', [1, rows])
      const teams = teamsOf(shape)
      return {
        dispatches: weights.map(({ weight }) =>
          matvec(gpu, { step, x: x.tensor, weight, bias, y, teams }),
        ),
        work: { position: 0, rows: 1 },
        isRight: () => isRight(y),
      }
    }
  },
  shaders: [matvecSource, biasText, dense, denseBf16, run, ...stepTexts, ...denseTeamShaders],
})
