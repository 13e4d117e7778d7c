import f16Integer from '#shaders/shared/f16-integer.wgsl?raw'
import f16Unpack from '#shaders/shared/f16-unpack.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'

/** Unpacking of F16 words, the way that is exact on this device. */
export const f16Text = ({ subnormalHalves }: GpuFeatures) =>
  subnormalHalves ? f16Unpack : f16Integer
