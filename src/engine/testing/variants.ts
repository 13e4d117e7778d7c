import type { GpuFeatures } from '../gpu/device'
import { openTestGpu, type TestGpu } from './gpu'

/** A device with some of the adapter's optional features withheld, and a name that says which. */
export interface Variant {
  variant: string
  /** All that the adapter offers: the one variant that long tests run on. */
  isComplete: boolean
  gpu: TestGpu
}

/**
 * A device with subgroups, if the adapter offers them, and one without: a kernel whose WGSL depends on features is
 * tested on each. Subnormal halves and immediates, which share nothing with subgroups, go on and off with them.
 */
export async function openVariants(): Promise<Variant[]> {
  const { features } = await openTestGpu()
  const complete = { ...(await openVariant(features)), isComplete: true }
  return features.subgroups ? [complete, await openVariant({})] : [complete]
}

/** A device with subgroups and none of the others, if the adapter offers them: for kernels that need them. */
export async function openSubgroupsAlone(): Promise<Variant[]> {
  const { features } = await openTestGpu()
  return features.subgroups ? [await openVariant({ subgroups: true })] : []
}

async function openVariant({
  subgroups = false,
  subnormalHalves = false,
  immediates = false,
}: Partial<GpuFeatures>): Promise<Variant> {
  const gpu = await openTestGpu({ subgroups, subnormalHalves, immediates })
  const variant = [
    subgroups ? `subgroups of ${gpu.subgroupMinSize}` : 'no subgroups',
    subnormalHalves ? 'subnormal halves' : 'halves by integers',
    immediates ? 'immediates' : 'a uniform',
  ].join(', ')
  return { variant, isComplete: false, gpu }
}
