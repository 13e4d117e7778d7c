import { EngineError } from '../errors'
import { keepsSubnormalHalves, subgroupsAreConsecutive } from './probes'

/** What this device can do beyond WebGPU's minimum, and was allowed to use. */
export interface GpuFeatures {
  /** Subgroup operations, on a device whose lanes lie in a workgroup as the kernels expect. */
  subgroups: boolean
  /** `unpack2x16float` keeps subnormal halves, which WGSL lets a device take for zero. */
  subnormalHalves: boolean
  /** Kernels are told by the commands themselves what they work on (`immediate_address_space`). */
  immediates: boolean
}

const everything: GpuFeatures = { subgroups: true, subnormalHalves: true, immediates: true }

/** An open device with what the engine needs to know about it. */
export interface Gpu {
  readonly device: GPUDevice
  readonly features: GpuFeatures
  /** Lanes of the narrowest subgroup; wider ones may occur. Without meaning where there are none. */
  readonly subgroupMinSize: number
  /** Bytes of one buffer, and of what a kernel sees of one; what is larger is cut up. */
  readonly limits: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>
  readonly adapter: {
    vendor: string
    architecture: string
    description: string
    /** The processor in place of a GPU, its memory the machine's own. */
    isSoftware: boolean
  }
  /** Settles, once, when the device goes away; its error is `device-lost`. */
  readonly lost: Promise<EngineError>
  /**
   * What `work` resolves to, unless the device is lost before (`device-lost`), or has refused a
   * command since it was opened: then the results are worth nothing, and that is our bug.
   */
  settle<T>(work: Promise<T>): Promise<T>
}

/** Limits that the kernels and the weights can make use of; each is requested as the adapter offers it. */
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const

/** Immediates that kernels are given: `Work` in gpu/kernel.ts. */
export const workBytes = 12

/** No subgroup is narrower, WebGPU says; for browsers that do not tell how wide they are. */
const leastSubgroupSize = 4

/**
 * Devices never become garbage; of a destroyed one little is left. Chromium (156) would otherwise wait for itself for
 * ever, and all of this thread with it: where it hears that a submission has ended whose queue is garbage by then, it
 * tells the GPU that nobody refers to the queue while it holds the lock that telling takes. A destroyed device is
 * no safer: whoever was at work with it may submit once more.
 */
const opened: GPUDevice[] = []

/**
 * Opens the most powerful adapter with all it offers.
 *
 * `allow` withholds features that the adapter has: tests use it to prove the variants without them.
 * @throws EngineError `webgpu-missing`, `adapter-missing`
 */
export async function openGpu(
  webgpu: GPU | undefined,
  allow: GpuFeatures = everything,
): Promise<Gpu> {
  if (!webgpu) throw new EngineError({ code: 'webgpu-missing' })
  const adapter = await webgpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new EngineError({ code: 'adapter-missing' })

  const subgroups = allow.subgroups && adapter.features.has('subgroups')
  const requiredFeatures: GPUFeatureName[] = []
  if (subgroups) requiredFeatures.push('subgroups')
  const device = await adapter.requestDevice({
    requiredFeatures,
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
  })
  opened.push(device)

  const lost = device.lost.then(
    (info) => new EngineError({ code: 'device-lost', reason: info.message || info.reason }),
  )
  let refusal: Error | undefined
  device.addEventListener('uncapturederror', ({ error }) => {
    refusal ??= new Error(`the GPU refused a command: ${error.message}`)
  })

  const { vendor, architecture, description, subgroupMinSize, isFallbackAdapter } = adapter.info
  const { maxBufferSize, maxStorageBufferBindingSize, maxImmediateSize = 0 } = device.limits
  // Browsers from before have neither the list nor the limit.
  const { wgslLanguageFeatures: language = new Set() } = webgpu
  const immediates = language.has('immediate_address_space') && maxImmediateSize >= workBytes
  return {
    device,
    features: {
      subgroups: subgroups && (await subgroupsAreConsecutive(device)),
      subnormalHalves: allow.subnormalHalves && (await keepsSubnormalHalves(device)),
      immediates: allow.immediates && immediates,
    },
    subgroupMinSize: subgroupMinSize || leastSubgroupSize,
    limits: { maxBufferSize, maxStorageBufferBindingSize },
    // Not every browser tells.
    adapter: { vendor, architecture, description, isSoftware: isFallbackAdapter ?? false },
    lost,
    async settle(work) {
      const done = await Promise.race([
        work.then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
        lost,
      ])
      if (done instanceof EngineError) throw done
      if ('error' in done) {
        // A loss fails the work under way just before it is announced.
        const cause = await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 20))])
        throw cause ?? done.error
      }
      if (refusal) throw refusal
      return done.value
    },
  }
}
