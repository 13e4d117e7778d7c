import { describe, expect, it } from 'vitest'
import { decodeBf16, decodeF16 } from '../reference'
import { elementReaders } from './widen'

/** Every 16-bit pattern, little-endian, behind one byte so that no element is aligned. */
const patterns = new Uint8Array(1 + 2 * 65_536)
for (let bits = 0; bits < 65_536; bits++) {
  patterns[1 + 2 * bits] = bits & 255
  patterns[2 + 2 * bits] = bits >> 8
}
const bytes = patterns.subarray(1)

describe('elementReaders', () => {
  it.each([
    ['BF16', decodeBf16],
    ['F16', decodeF16],
  ] as const)('reads every %s, subnormals, infinities and NaN included', (dtype, decode) => {
    const { read } = elementReaders[dtype] as { read: (view: DataView, i: number) => number }
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const wrong: number[] = []
    decode(bytes).forEach((value, i) => {
      // f32 must hold it, too.
      const found = read(view, i)
      if (!Object.is(found, value) || !Object.is(Math.fround(found), value)) wrong.push(i)
    })
    expect(wrong).toEqual([])
  })

  it('reads F32 as it is', () => {
    const view = new DataView(Uint8Array.of(0, 0, 128, 63, 1, 0, 0, 128).buffer)
    const read = elementReaders.F32?.read
    expect(read?.(view, 0)).toBe(1)
    expect(read?.(view, 1)).toBe(-(2 ** -149))
  })
})
