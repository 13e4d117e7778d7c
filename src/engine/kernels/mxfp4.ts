import fp4Half from '#shaders/shared/fp4-half.wgsl?raw'
import fp4Integer from '#shaders/shared/fp4-integer.wgsl?raw'
import mxfp4 from '#shaders/shared/mxfp4.wgsl?raw'
import run from '#shaders/shared/run.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'

/** Unpacking of MXFP4 words and scales, the way that is exact on this device. */
export const mxfp4Texts = ({ subnormalHalves }: GpuFeatures) => [
  mxfp4,
  run,
  subnormalHalves ? fp4Half : fp4Integer,
]
