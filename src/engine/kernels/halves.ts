import halves from '#shaders/shared/halves.wgsl?raw'
import type { GpuFeatures } from '../gpu/device'
import { f16Text } from './f16'

/** Reading and writing the halves of the key/value cache, with the unpacking that is exact on this device. */
export const halvesTexts = (features: GpuFeatures) => [halves, f16Text(features)]
