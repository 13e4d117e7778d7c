import { describe, expect, it } from 'vitest'
import fp4Half from '#shaders/shared/fp4-half.wgsl?raw'
import { defineKernel } from '../gpu/kernel'
import { keepsSubnormalHalves } from '../gpu/probes'
import { type Trial, type TuningStore, tune } from '../gpu/tuner'
import { openTestGpu } from '../testing/gpu'
import { teamName } from './team'
import { tileName } from './tile'
import { kernelTrials, likeliestVariants, variantShaders, variantsOf } from './variants'

const gpu = await openTestGpu()

/** A device to try things on, whose shaders take subnormal halves for zero where told to. */
async function openDevice({ flushes = false } = {}) {
  const opened = await openTestGpu()
  return flushes ? { ...opened, device: flushing(opened.device) } : opened
}

/** Puts zero in the place of every subnormal half that a shader unpacks. */
function flushing(device: GPUDevice): GPUDevice {
  return new Proxy(device, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name === 'createShaderModule')
        return ({ code }: GPUShaderModuleDescriptor) =>
          target.createShaderModule({
            code: code.replaceAll('unpack2x16float(', 'flushed(') + flushed,
          })
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
const flushed = `
fn flushed(word: u32) -> vec2f {
  let halves = unpack2x16float(word);
  return select(halves, vec2f(0.0), abs(halves) < vec2f(0.00006103515625));
}`

function memoryStore() {
  const contents = new Map<string, unknown>()
  const store: TuningStore = {
    get: async (key) => contents.get(key),
    set: async (key, choices) => void contents.set(key, choices),
  }
  return { store, contents }
}

/** Enough for a busy machine: what is tested is what is found. */
const budgetMs = 60_000

describe('kernelTrials', () => {
  const trials = kernelTrials(gpu)

  it.each(
    trials.flatMap((trial) =>
      trial.variants.map((variant) => ({ trial, variant, name: trial.name })),
    ),
  )('of the $name: $variant is right on this device', async ({ trial, variant }) => {
    const device = await openDevice()
    const { dispatches, work, isRight } = trial.samples(device)(variant)
    expect(await isRight()).toBe(false) // nothing has run
    await device.run(dispatches, work.rows, work.position)
    expect(await isRight()).toBe(true)
  })

  it.each([
    gpu.features,
    { subgroups: gpu.features.subgroups, subnormalHalves: false, immediates: false },
  ])('runs no shader but those by whose text its results are kept, with %o', async (features) => {
    const opened = await openTestGpu(features)
    const texts: string[] = []
    const listening = new Proxy(opened.device, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== 'createShaderModule')
          return typeof value === 'function' ? value.bind(target) : value
        return (descriptor: GPUShaderModuleDescriptor) => {
          texts.push(descriptor.code)
          return target.createShaderModule(descriptor)
        }
      },
    })
    for (const { variants, samples } of kernelTrials(opened)) {
      const bind = samples({ ...opened, device: listening })
      for (const variant of variants) bind(variant)
    }
    const known = new Set(variantShaders.split('\n'))
    const lines = texts.flatMap((text) => text.split('\n'))
    expect(lines.filter((line) => !known.has(line) && !line.startsWith('enable '))).toEqual([])
    expect(lines.length).toBeGreaterThan(100)
  })

  it('begins with what is likeliest, and says what was chosen', () => {
    const last = Object.fromEntries(
      trials.map(({ name, variants }) => [name, variants.at(-1) as string]),
    )
    expect(variantsOf(gpu, {})).toEqual(likeliestVariants(gpu))
    const chosen = variantsOf(gpu, last)
    expect({
      'dense teams': teamName(chosen.denseTeams),
      'expert teams': teamName(chosen.expertTeams),
      'dense tile': tileName(chosen.denseTile),
      'expert tile': tileName(chosen.expertTile),
      attention: chosen.attention,
      'decode attention': chosen.decodeAttention,
    }).toEqual(last)
  })

  it('ends with variants of this device, and keeps them', async () => {
    const { store, contents } = memoryStore()
    const options = { store, openGpu: openDevice, shaders: variantShaders, budgetMs }
    const found = await tune(gpu, trials, options)
    for (const { name, variants } of trials) expect(variants).toContain(found[name])
    const decided = trials.filter(({ variants }) => variants.length > 1).map(({ name }) => name)
    const choices = Object.fromEntries(decided.map((name) => [name, found[name]]))
    expect([...contents.values()]).toEqual(decided.length > 0 ? [{ choices, attempts: 0 }] : [])
  })
})

describe('a wrong variant', () => {
  const experts = kernelTrials(gpu).find(({ name }) => name === 'expert teams') as Trial
  const [likeliest] = experts.variants

  it('never wins, however fast it is', async () => {
    const trial: Trial = {
      name: 'work',
      variants: [likeliest, 'none at all'],
      samples: (device) => (variant) => {
        const sample = experts.samples(device)(likeliest)
        return variant === likeliest ? sample : { ...sample, dispatches: [] }
      },
    }
    const { store } = memoryStore()
    const options = { store, openGpu: openDevice, shaders: '', budgetMs }
    expect(await tune(gpu, [trial], options)).toEqual({ work: likeliest })
  })

  it('that does not compile, or that the device refuses, leaves the others in the race', async () => {
    const broken = defineKernel('broken', () => [
      '@compute @workgroup_size(1) fn broken() { x = 1; }',
    ])
    const bound: string[] = []
    const trial: Trial = {
      name: 'work',
      variants: ['does not compile', 'is refused', likeliest],
      samples: (device) => (variant) => {
        if (variant === 'does not compile') broken.bind(device, { tensors: {}, workgroups: [1] })
        if (variant === 'is refused') device.device.createBuffer({ size: 4, usage: 0xffff })
        const sample = experts.samples(device)(likeliest)
        bound.push(variant)
        return sample
      },
    }
    const { store } = memoryStore()
    const options = { store, openGpu: openDevice, shaders: '', budgetMs }
    expect(await tune(gpu, [trial], options)).toEqual({ work: likeliest })
    expect(bound).toEqual(trial.variants)
  })

  it('never wins where a device takes subnormal halves for zero', async () => {
    const bySubnormals = async () => openDevice({ flushes: true })
    const trial: Trial = {
      name: 'unpacking',
      variants: ['by halves', 'by integers'],
      samples: (device) => (variant) =>
        experts.samples({
          ...device,
          features: { ...device.features, subnormalHalves: variant === 'by halves' },
        })(likeliest),
    }
    const { store } = memoryStore()
    const options = { store, openGpu: bySubnormals, shaders: fp4Half, budgetMs }
    expect(await tune(gpu, [trial], options)).toEqual({ unpacking: 'by integers' })
  })

  it('is what the probe at start-up finds of such a device', async () => {
    const { device } = await openDevice()
    expect(await keepsSubnormalHalves(flushing(device))).toBe(false)
  })
})
