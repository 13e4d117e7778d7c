import type { Gpu } from '../gpu/device'
import type { Choices, Sample, Trial } from '../gpu/tuner'

/** Ways to run a kernel, whose results differ by rounding alone, and work to try them on. */
interface Definition<Variant> {
  name: string
  /** What a device can be tried with, the likeliest first. */
  variants(gpu: Gpu): readonly [Variant, ...Variant[]]
  nameOf(variant: Variant): string
  /** Makes operands, which the variants share, and binds variants to them. */
  samples(gpu: Gpu): (variant: Variant) => Sample
  /** All text that the outcome may depend on. */
  shaders: readonly string[]
}

/** A decision about a kernel, for the tuner to make. */
export interface KernelTrial<Variant> {
  trial(gpu: Gpu): Trial
  /** The variant that `choices` name; the likeliest where they name none that this device can run. */
  chosen(gpu: Gpu, choices: Choices): Variant
  readonly shaders: readonly string[]
}

export function defineTrial<Variant>({
  name,
  variants,
  nameOf,
  samples,
  shaders,
}: Definition<Variant>): KernelTrial<Variant> {
  function chosen(gpu: Gpu, choices: Choices) {
    const all = variants(gpu)
    return all.find((variant) => nameOf(variant) === choices[name]) ?? all[0]
  }
  return {
    shaders,
    chosen,
    trial: (gpu) => ({
      name,
      variants: variants(gpu).map(nameOf) as [string, ...string[]],
      samples(device) {
        const bind = samples(device)
        return (variant) => bind(chosen(device, { [name]: variant }))
      },
    }),
  }
}
