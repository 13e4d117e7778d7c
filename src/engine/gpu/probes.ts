/** Questions about a device that no feature or limit answers: it is asked once, by a tiny kernel. */
import { bufferUsage, mapModeRead } from './flags'

/**
 * Whether lane i of a one-dimensional workgroup is lane i mod size of subgroup floor(i / size).
 *
 * WGSL does not promise it and every known driver does it; the team sums depend on it.
 */
export async function subgroupsAreConsecutive(device: GPUDevice): Promise<boolean> {
  const lanes = 128
  const found = await probe(
    device,
    lanes,
    `enable subgroups;
    @group(0) @binding(0) var<storage, read_write> found: array<vec2u>;
    @compute @workgroup_size(${lanes})
    fn probe(
      @builtin(local_invocation_index) lane: u32,
      @builtin(subgroup_invocation_id) id: u32,
      @builtin(subgroup_size) size: u32,
    ) {
      found[lane] = vec2u(id, size);
    }`,
  )
  return Array.from({ length: lanes }, (_, lane) => lane).every((lane) => {
    const size = found[2 * lane + 1] ?? 0
    return size > 0 && found[2 * lane] === lane % size
  })
}

/**
 * Whether the sixteen FP4 codes, as halves of 2^-14 times their value, come out of
 * `unpack2x16float` as they should. Codes 1 and 9 are subnormal there.
 */
export async function keepsSubnormalHalves(device: GPUDevice): Promise<boolean> {
  const magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
  const found = await probe(
    device,
    16,
    `@group(0) @binding(0) var<storage, read_write> found: array<vec2f>;
    @compute @workgroup_size(16)
    fn probe(@builtin(local_invocation_index) code: u32) {
      let bits = ((code & 8u) << 12u) | ((code & 7u) << 9u);
      found[code] = unpack2x16float(bits | (bits << 16u)) * 16384.0;
    }`,
  )
  const values = new Float32Array(found.buffer)
  return Array.from({ length: 32 }, (_, i) => i).every((i) => {
    const code = i >> 1
    const magnitude = magnitudes[code % 8] as number
    return values[i] === (code < 8 ? magnitude : -magnitude)
  })
}

/** Runs one workgroup and returns what it left in `found`: two words for each of `lanes` lanes. */
async function probe(device: GPUDevice, lanes: number, code: string): Promise<Uint32Array> {
  const size = 8 * lanes
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  })
  const found = device.createBuffer({ size, usage: bufferUsage.storage | bufferUsage.copySource })
  const readable = device.createBuffer({
    size,
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
  encoder.copyBufferToBuffer(found, 0, readable, 0, size)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(mapModeRead)
  const words = new Uint32Array(readable.getMappedRange().slice(0))
  found.destroy()
  readable.destroy()
  return words
}
