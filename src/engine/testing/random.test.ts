import { describe, expect, it } from 'vitest'
import { decodeBf16, decodeF16 } from '../reference'
import { f16Bytes } from './f16'
import { bf16Bytes, randomBf16, randomF16, randomF32, randomMxfp4 } from './random'

describe('random tensors', () => {
  it('are the same for one seed, and others for another', () => {
    expect(randomF32(100, 1)).toEqual(randomF32(100, 1))
    expect(randomF32(100, 1)).not.toEqual(randomF32(100, 2))
  })

  it('spread evenly around zero', () => {
    const values = randomF32(10_000, 3, 2)
    expect(Math.max(...values)).toBeGreaterThan(1.99)
    expect(Math.min(...values)).toBeLessThan(-1.99)
    expect(Math.abs(values.reduce((a, b) => a + b) / 10_000)).toBeLessThan(0.05)
  })

  it('fit bf16 exactly where asked to', () => {
    const values = randomBf16(1000, 4)
    expect(Float32Array.from(decodeBf16(bf16Bytes(values)))).toEqual(values)
    expect(() => bf16Bytes([1 + 2 ** -8])).toThrow(RangeError)
    expect(() => bf16Bytes([0.1])).toThrow(RangeError)
  })

  it('fit f16 exactly where asked to', () => {
    const values = randomF16(1000, 6)
    expect([...decodeF16(f16Bytes(values))]).toEqual([...values])
  })

  it('hold every MXFP4 code, and groups with the scale byte 0', () => {
    const { blocks, scales } = randomMxfp4(200, 5)
    expect(new Set([...blocks].map((byte) => byte & 15)).size).toBe(16)
    expect(new Set([...blocks].map((byte) => byte >> 4)).size).toBe(16)
    expect(new Set(scales)).toEqual(new Set([0, 120, 121, 122, 123]))
  })
})
