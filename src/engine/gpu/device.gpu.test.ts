import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { hasOctets } from '../kernels/tile'
import { openTestGpu, webgpu } from '../testing/gpu'
import { openGpu } from './device'
import { readBytes, write } from './tensor'

describe('openGpu', () => {
  it('says when there is no WebGPU', async () => {
    await expect(openGpu(undefined)).rejects.toMatchObject({ data: { code: 'webgpu-missing' } })
  })

  it('says when WebGPU offers no adapter', async () => {
    const webgpu = { requestAdapter: async () => null } as unknown as GPU
    await expect(openGpu(webgpu)).rejects.toMatchObject({ data: { code: 'adapter-missing' } })
  })

  it('opens the device without the features that are withheld', async () => {
    const none = { subgroups: false, subnormalHalves: false, immediates: false }
    const { device, features } = await openTestGpu(none)
    expect(features).toEqual(none)
    expect(device.features.has('subgroups')).toBe(false)
  })

  it('asks for more than the least that WebGPU promises', async () => {
    const { device, limits, adapter } = await openTestGpu()
    expect(limits.maxBufferSize).toBeGreaterThan(256 * 2 ** 20)
    expect(limits.maxBufferSize).toBe(device.limits.maxBufferSize)
    expect(limits.maxStorageBufferBindingSize).toBe(device.limits.maxStorageBufferBindingSize)
    expect(adapter.description).not.toBe('')
  })

  it.each([undefined, 0])(
    'takes subgroups for as narrow as may be where their size is %o',
    async (subgroupMinSize) => {
      const silent = {
        async requestAdapter() {
          const adapter = (await webgpu.requestAdapter()) as GPUAdapter
          return new Proxy(adapter, {
            get(target, name) {
              const value = Reflect.get(target, name)
              if (name === 'info') return { vendor: '', description: '', subgroupMinSize }
              return typeof value === 'function' ? value.bind(target) : value
            },
          })
        },
      } as unknown as GPU
      const gpu = await openGpu(silent)
      expect(gpu.subgroupMinSize).toBe(4)
      expect(hasOctets(gpu)).toBe(false)
      gpu.device.destroy()
    },
  )
})

describe('settle', () => {
  it('gives what the work gives', async () => {
    const gpu = await openTestGpu()
    expect(await gpu.settle(Promise.resolve(5))).toBe(5)
    const failure = new Error('something else')
    await expect(gpu.settle(Promise.reject(failure))).rejects.toBe(failure)
  })

  it('fails as device-lost once the device is gone', async () => {
    const gpu = await openTestGpu()
    const x = gpu.f32([4])
    gpu.device.destroy()
    const lost = await gpu.lost
    expect(lost).toBeInstanceOf(EngineError)
    expect(lost.data).toMatchObject({ code: 'device-lost' })
    await expect(gpu.settle(readBytes(gpu, x))).rejects.toBe(lost)
  })

  it('fails as device-lost for work that the loss cuts off', async () => {
    const gpu = await openTestGpu()
    const never = gpu.settle(new Promise(() => {}))
    const reading = gpu.settle(readBytes(gpu, gpu.f32([4])))
    gpu.device.destroy()
    await expect(never).rejects.toMatchObject({ data: { code: 'device-lost' } })
    await expect(reading).rejects.toMatchObject({ data: { code: 'device-lost' } })
  })

  it('reports a command that the GPU refused', async () => {
    const gpu = await openTestGpu()
    const x = gpu.f32([2])
    write(gpu, x, new Uint32Array(3)) // one word too many
    const done = gpu.settle(gpu.device.queue.onSubmittedWorkDone())
    await expect(done).rejects.toThrow('the GPU refused a command')
    // What came after it may be wrong too.
    await expect(gpu.settle(Promise.resolve())).rejects.toThrow('the GPU refused a command')
  })
})
