import { describe, expect, it } from 'vitest'
import { decodeF16 } from '../reference'
import { f16Bytes } from './f16'

describe('f16', () => {
  it('has the well-known values', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x3555)
    const values = [1, -2, 65504, 2 ** -24, 2 ** -14, -0, 1365 / 4096]
    expect([...decodeF16(new Uint8Array(bits.buffer))]).toEqual(values)
    expect(f16Bytes(values)).toEqual(new Uint8Array(bits.buffer))
  })

  it('goes there and back for every finite number', () => {
    const bits = Uint16Array.from({ length: 2 * 0x7c00 }, (_, i) =>
      i < 0x7c00 ? i : 0x8000 + i - 0x7c00,
    )
    const bytes = new Uint8Array(bits.buffer)
    expect(f16Bytes(decodeF16(bytes))).toEqual(bytes)
  })

  it.each([0.1, 65505, 65536, 2 ** -25, 1 + 2 ** -11])('refuses to round %d', (value) => {
    expect(() => f16Bytes([value])).toThrow(RangeError)
  })
})
