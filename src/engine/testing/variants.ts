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
  const all = await openTestGpu()
  const onAndOff = (has: boolean) => (has ? [true, false] : [false])
  const variants: Variant[] = []
  for (const subgroups of onAndOff(all.features.subgroups)) {
    const width = all.subgroupMinSize
    const subnormalHalves = subgroups && all.features.subnormalHalves
    const immediates = subgroups && all.features.immediates
    variants.push({
      variant: [
        subgroups ? `subgroups of ${width}` : 'no subgroups',
        subnormalHalves ? 'subnormal halves' : 'halves by integers',
        immediates ? 'immediates' : 'a uniform',
      ].join(', '),
      isComplete: subgroups === all.features.subgroups,
      gpu: await openTestGpu({ subgroups, subnormalHalves, immediates }),
    })
  }
  return variants
}
