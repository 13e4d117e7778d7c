import type { ModelConfig } from './config'

/**
 * Angular frequency of each pair of a head's elements, in radians a position: f64 [headDim / 2].
 *
 * YaRN (Peng et al., 2023, "NTK-by-parts"): fast pairs keep their frequency, slow ones are divided
 * by the factor, and those between are mixed along a ramp (spec section 4.3).
 */
export function ropeFrequencies({ headDim, ropeTheta, ropeScaling }: RopeConfig): Float64Array {
  const { factor, betaFast, betaSlow, originalMaxPositionEmbeddings, truncate } = ropeScaling
  const half = headDim / 2
  /** The pair that turns `rotations` times over the original context, as a real number. */
  const pairTurning = (rotations: number) =>
    (half * Math.log(originalMaxPositionEmbeddings / (2 * Math.PI * rotations))) /
    Math.log(ropeTheta)
  const fastest = pairTurning(betaFast)
  const slowest = pairTurning(betaSlow)
  const low = Math.max(truncate ? Math.floor(fastest) : fastest, 0)
  const high = Math.min(truncate ? Math.ceil(slowest) : slowest, headDim - 1)
  const width = Math.max(high - low, 0.001)
  return Float64Array.from({ length: half }, (_, i) => {
    const frequency = ropeTheta ** (-i / half)
    const ramp = Math.min(Math.max((i - low) / width, 0), 1)
    return frequency * (1 - ramp) + (frequency / factor) * ramp
  })
}

/**
 * Cosine and sine, times YaRN's attention factor, of every pair at positions 0..positions-1:
 * f32 [positions, headDim / 2, 2].
 *
 * Made on the CPU because angles reach 131,071 radians, where shaders' sine is not to be trusted;
 * the angle itself is rounded to f32, as in the reference implementation.
 */
export function ropeTable(config: RopeConfig, positions: number): Float32Array<ArrayBuffer> {
  const frequencies = Float32Array.from(ropeFrequencies(config))
  const attentionFactor = 0.1 * Math.log(config.ropeScaling.factor) + 1
  const table = new Float32Array(positions * frequencies.length * 2)
  let i = 0
  for (let position = 0; position < positions; position++)
    for (const frequency of frequencies) {
      const angle = Math.fround(position * frequency)
      table[i++] = Math.cos(angle) * attentionFactor
      table[i++] = Math.sin(angle) * attentionFactor
    }
  return table
}

type RopeConfig = Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>
