import { describe, expect, it } from 'vitest'
import { release } from './release'

describe('release', () => {
  it('takes an array’s buffer away, as often as it is asked to', () => {
    for (let i = 0; i < 3; i++) {
      const bytes = Uint8Array.of(1, 2, 3)
      release(bytes)
      expect(bytes).toHaveLength(0)
    }
  })

  it('leaves a buffer alone of which the array is but a part', () => {
    const bytes = new Uint8Array(8).subarray(0, 4)
    release(bytes)
    expect(bytes).toHaveLength(4)
  })
})
