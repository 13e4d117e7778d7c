import halfF16 from '#shaders/shared/half-f16.wgsl?raw'
import halfF32 from '#shaders/shared/half-f32.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'

/** Element type of the key/value cache on this device; see `halfText` for the WGSL side. */
export type Half = 'f16' | 'f32'

export const halfDtype = ({ f16 }: Pick<GpuFeatures, 'f16'>): Half => (f16 ? 'f16' : 'f32')

export const halfText = ({ f16 }: GpuFeatures) => (f16 ? halfF16 : halfF32)
