import stepImmediates from '#shaders/shared/step-immediates.wgsl?raw'
import stepUniform from '#shaders/shared/step-uniform.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'

/** How a kernel learns what a submission works on: `struct Step`, `step_position()` and the like. */
export const stepText = ({ immediates }: Pick<GpuFeatures, 'immediates'>) =>
  immediates ? stepImmediates : stepUniform

/** Both ways, for those who ask which shaders there are. */
export const stepTexts = [stepImmediates, stepUniform]
