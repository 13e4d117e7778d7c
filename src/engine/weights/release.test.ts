import { describe, expect, it, vi } from 'vitest'
import { release } from './release'

/** Bytes whose buffer has a `transfer` that is watched, whatever this Node has. */
function watched() {
  const buffer = new ArrayBuffer(8)
  const transfer = vi.fn()
  Object.defineProperty(buffer, 'transfer', { value: transfer })
  return { buffer, transfer }
}

describe('release', () => {
  it('takes an array’s buffer away', () => {
    const { buffer, transfer } = watched()
    release(new Uint8Array(buffer))
    expect(transfer.mock.calls).toEqual([[0]])
  })

  it('leaves a buffer alone of which the array is but a part', () => {
    const { buffer, transfer } = watched()
    release(new Uint8Array(buffer, 0, 4))
    expect(transfer).not.toHaveBeenCalled()
  })
})
