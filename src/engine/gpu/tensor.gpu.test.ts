import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { openTestGpu } from '../testing/gpu'
import { allocate, expectShape, readBytes, tensorBytes, write } from './tensor'

const gpu = await openTestGpu()

describe('allocate', () => {
  it('gives zeros, in whole words', async () => {
    const tensor = allocate(gpu, 'bf16', [3, 3], 'odd')
    expect(tensor.buffer.size).toBe(20)
    expect(new Uint8Array(await readBytes(gpu, tensor))).toEqual(new Uint8Array(20))
  })

  it('refuses what the device cannot bind, and says what for', () => {
    const limits = { maxBufferSize: 1000, maxStorageBufferBindingSize: 400 }
    const small = { ...gpu, limits }
    const facts = { code: 'limit-exceeded', purpose: 'too much' }
    const thrown = (elements: number) => {
      try {
        allocate(small, 'f32', [elements], 'too much').buffer.destroy()
      } catch (error) {
        return error instanceof EngineError ? error.data : error
      }
      return undefined
    }
    expect(thrown(100)).toBeUndefined()
    expect(thrown(101)).toEqual({
      ...facts,
      limit: 'maxStorageBufferBindingSize',
      needed: 404,
      offered: 400,
    })
    expect(thrown(251)).toEqual({ ...facts, limit: 'maxBufferSize', needed: 1004, offered: 1000 })
  })

  it("asks for the adapter's own limits", () => {
    const { maxBufferSize, maxStorageBufferBindingSize } = gpu.limits
    const elements = Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4 + 1
    expect(() => allocate(gpu, 'f32', [Math.ceil(elements)], 'huge')).toThrow(EngineError)
  })
})

describe('tensorBytes', () => {
  it.each([
    { dtype: 'f32', shape: [2, 3], bytes: 24 },
    { dtype: 'f16', shape: [3], bytes: 8 },
    { dtype: 'bf16', shape: [4], bytes: 8 },
    { dtype: 'u8', shape: [5], bytes: 8 },
    { dtype: 'u32', shape: [], bytes: 4 },
  ] as const)('$dtype $shape: $bytes', ({ dtype, shape, bytes }) => {
    expect(tensorBytes(dtype, shape)).toBe(bytes)
  })
})

describe('write and readBytes', () => {
  it('reach any part of a tensor', async () => {
    const tensor = gpu.u32([6], [1, 2, 3, 4, 5, 6])
    write(gpu, tensor, Uint32Array.of(30, 40), 8)
    const words = async (...range: [number?, number?]) => [
      ...new Uint32Array(await readBytes(gpu, tensor, ...range)),
    ]
    expect(await words()).toEqual([1, 2, 30, 40, 5, 6])
    expect(await words(12)).toEqual([40, 5, 6])
    expect(await words(4, 8)).toEqual([2, 30])
  })
})

describe('expectShape', () => {
  it('names what does not fit', () => {
    const tensor = gpu.f32([2, 3])
    expectShape('x', tensor, [2, 3])
    expect(() => expectShape('x', tensor, [3, 2])).toThrow('x is [2, 3], expected [3, 2]')
    expect(() => expectShape('x', tensor, [6])).toThrow('x is [2, 3], expected [6]')
  })
})
