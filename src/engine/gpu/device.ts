import { EngineError } from '../errors'

/** What this device can do beyond WebGPU's minimum, and was allowed to use. */
export interface GpuFeatures {
  /** 16-bit floats in shaders and buffers (`shader-f16`). */
  f16: boolean
  /** Subgroup operations, on a device whose lanes lie in a workgroup as the kernels expect. */
  subgroups: boolean
}

/** An open device with what the engine needs to know about it. */
export interface Gpu {
  readonly device: GPUDevice
  readonly features: GpuFeatures
  /** Lanes of the narrowest subgroup; wider ones may occur. Without meaning where there are none. */
  readonly subgroupMinSize: number
  /** Bytes of one buffer, and of what a kernel sees of one; what is larger is cut up. */
  readonly limits: Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>
  readonly adapter: { vendor: string; architecture: string; description: string }
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

/**
 * Opens the most powerful adapter with all it offers.
 *
 * `allow` withholds features that the adapter has: tests use it to prove the variants without them.
 * @throws EngineError `webgpu-missing`, `adapter-missing`
 */
export async function openGpu(
  webgpu: GPU | undefined,
  allow: GpuFeatures = { f16: true, subgroups: true },
): Promise<Gpu> {
  if (!webgpu) throw new EngineError({ code: 'webgpu-missing' })
  const adapter = await webgpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new EngineError({ code: 'adapter-missing' })

  const f16 = allow.f16 && adapter.features.has('shader-f16')
  const subgroups = allow.subgroups && adapter.features.has('subgroups')
  const requiredFeatures: GPUFeatureName[] = []
  if (f16) requiredFeatures.push('shader-f16')
  if (subgroups) requiredFeatures.push('subgroups')
  const device = await adapter.requestDevice({
    requiredFeatures,
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
  })

  const lost = device.lost.then(
    (info) => new EngineError({ code: 'device-lost', reason: info.message || info.reason }),
  )
  let refusal: Error | undefined
  device.addEventListener('uncapturederror', ({ error }) => {
    refusal ??= new Error(`the GPU refused a command: ${error.message}`)
  })

  const { vendor, architecture, description, subgroupMinSize } = adapter.info
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
  return {
    device,
    features: { f16, subgroups: subgroups && (await subgroupsAreConsecutive(device)) },
    subgroupMinSize,
    limits: { maxBufferSize, maxStorageBufferBindingSize },
    adapter: { vendor, architecture, description },
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

/**
 * Whether lane i of a one-dimensional workgroup is lane i mod size of subgroup floor(i / size).
 *
 * WGSL does not promise it and every known driver does it; the team sums depend on it, so the
 * device is asked once.
 */
async function subgroupsAreConsecutive(device: GPUDevice): Promise<boolean> {
  const lanes = 128
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: {
      module: device.createShaderModule({
        code: `enable subgroups;
          @group(0) @binding(0) var<storage, read_write> found: array<vec2u>;
          @compute @workgroup_size(${lanes})
          fn probe(
            @builtin(local_invocation_index) index: u32,
            @builtin(subgroup_invocation_id) id: u32,
            @builtin(subgroup_size) size: u32,
          ) {
            found[index] = vec2u(id, size);
          }`,
      }),
    },
  })
  const found = device.createBuffer({
    size: lanes * 8,
    usage: bufferUsage.storage | bufferUsage.copySource,
  })
  const readable = device.createBuffer({
    size: lanes * 8,
    usage: bufferUsage.copyTarget | bufferUsage.mapRead,
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: found } }],
    }),
  )
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(found, 0, readable, 0, lanes * 8)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(mapModeRead)
  const pairs = new Uint32Array(readable.getMappedRange())
  const consecutive = Array.from({ length: lanes }, (_, lane) => lane).every((lane) => {
    const size = pairs[2 * lane + 1] ?? 0
    return size > 0 && pairs[2 * lane] === lane % size
  })
  found.destroy()
  readable.destroy()
  return consecutive
}

/**
 * GPUBufferUsage's values (WebGPU section 5.1.2) by role. The global of that name exists only where
 * the environment installs it, and the engine is handed its `GPU` object instead.
 */
export const bufferUsage = {
  mapRead: 0x0001,
  mapWrite: 0x0002,
  copySource: 0x0004,
  copyTarget: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
} as const

/** GPUMapMode.READ. */
export const mapModeRead = 0x0001
