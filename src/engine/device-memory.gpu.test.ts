import { describe, expect, it } from 'vitest'
import { createDeviceMemory } from './device-memory'
import { EngineError } from './errors'
import { planMemory } from './model/memory-plan'
import { expectedTensors } from './model/weights'
import { readCheckpoint, tinyFolder } from './testing/golden'
import { webgpu } from './testing/gpu'
import { limitedGpu } from './testing/limited-gpu'
import { deferred } from './turns'

const { config } = readCheckpoint(tinyFolder)
const tensors = expectedTensors(config)
const model = { config, tensors, contextTokens: 2048 }

async function neededBytes(contextTokens = model.contextTokens): Promise<number> {
  return (await createDeviceMemory(webgpu).report({ ...model, contextTokens })).totalBytes
}

describe('a device check', () => {
  it('tells what the adapter offers, and that nothing is known before it is tried', async () => {
    const memory = createDeviceMemory(webgpu)
    const { adapter, limits, probe } = await memory.check()
    expect(adapter.description).not.toBe('')
    expect(limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(2 ** 27)
    expect(probe).toBeUndefined()
    expect((await memory.report(model)).verdict).toEqual({ fit: 'unknown' })
  })

  it('allocates all of a plan, and remembers that it was granted', async () => {
    const room = { bytes: await neededBytes() }
    const memory = createDeviceMemory(limitedGpu(room))
    const { probe } = await memory.check(model)
    expect(probe).toEqual({
      neededBytes: room.bytes,
      grantedBytes: room.bytes,
      memory: expect.objectContaining({ verdict: { fit: 'fits' } }),
    })
    expect((await memory.report({ ...model, contextTokens: 1024 })).verdict.fit).toBe('fits')
    // Had it kept anything, there would be no room for a second one.
    expect((await memory.check(model)).probe?.grantedBytes).toBe(room.bytes)
  })

  it.each([false, true])(
    'finds the context that there is room for, device lost: %s',
    async (losesDevice) => {
      const room = { bytes: await neededBytes(1500), losesDevice }
      const memory = createDeviceMemory(limitedGpu(room))
      const { probe } = await memory.check(model)
      expect(probe?.grantedBytes).toBeLessThanOrEqual(room.bytes)
      expect(probe?.memory.verdict).toEqual({ fit: 'fits-with-context', contextTokens: 1024 })
      expect((await memory.report(model)).verdict).toEqual(probe?.memory.verdict)
    },
  )

  it('finds that there is no room, and changes its mind when there is', async () => {
    const room = { bytes: 100_000 }
    const memory = createDeviceMemory(limitedGpu(room))
    expect((await memory.check(model)).probe?.memory.verdict).toMatchObject({
      fit: 'will-not-fit',
      cause: { code: 'device-out-of-memory', totalBytes: await neededBytes() },
    })
    room.bytes = 2 ** 30
    expect((await memory.check(model)).probe?.memory.verdict).toEqual({ fit: 'fits' })
  })

  it('counts what a loaded model holds, and learns from loads', async () => {
    const room = { bytes: 0 }
    const memory = createDeviceMemory(limitedGpu(room))
    const traits = await memory.check()
    const plan = planMemory(config, tensors, traits, model)
    await memory.allocate(async () => ({ plan, forward: Promise.resolve() }))
    expect((await memory.check(model)).probe?.grantedBytes).toBe(plan.totalBytes)
    expect((await memory.report(model)).verdict).toEqual({ fit: 'fits' })

    const { contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes } = plan
    memory.release(
      new EngineError({
        code: 'device-out-of-memory',
        ...{ contextTokens, weightBytes, kvCacheBytes, scratchBytes, totalBytes },
      }),
    )
    expect((await memory.report(model)).verdict.fit).toBe('fits-with-context')
    expect((await memory.check(model)).probe?.grantedBytes).toBe(0)
  })

  it('waits with a check until an allocation is over, and learns nothing of one that fails', async () => {
    const memory = createDeviceMemory(limitedGpu({ bytes: await neededBytes() }))
    const plan = planMemory(config, tensors, await memory.check(), model)
    const { promise: forward, reject } = deferred<never>()
    await memory.allocate(async () => ({ plan, forward }))
    const events: string[] = []
    const checked = memory.check(model).then(({ probe }) => {
      events.push('checked')
      return probe
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    events.push('failed')
    reject(new Error('no room'))
    expect((await checked)?.grantedBytes).toBe(plan.totalBytes)
    expect(events).toEqual(['failed', 'checked'])
  })

  it('does not take for held what was given back before its allocation was over', async () => {
    const memory = createDeviceMemory(limitedGpu({ bytes: 0 }))
    const plan = planMemory(config, tensors, await memory.check(), model)
    const { promise: forward, resolve } = deferred<void>()
    await memory.allocate(async () => ({ plan, forward }))
    memory.release()
    resolve()
    expect((await memory.check(model)).probe?.grantedBytes).toBe(0)
  })

  it('does not fill the memory of a machine whose adapter is software', async () => {
    const memory = createDeviceMemory(webgpu)
    const { adapter, probe } = await memory.check(model)
    expect(adapter.isSoftware).toBe(true)
    expect(probe).toBeUndefined()
    expect((await memory.report(model)).verdict).toEqual({ fit: 'unknown' })
  })

  it('is not possible without WebGPU', async () => {
    const memory = createDeviceMemory(undefined)
    await expect(memory.check(model)).rejects.toMatchObject({ data: { code: 'webgpu-missing' } })
    expect((await memory.report(model)).verdict).toMatchObject({ fit: 'will-not-fit' })
  })
})
