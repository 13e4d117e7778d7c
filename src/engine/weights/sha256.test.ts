import { describe, expect, it, vi } from 'vitest'
import { utf8 } from '../testing/memory-source'
import { sha256 } from './sha256'

describe('sha256', () => {
  it('hashes the examples of FIPS 180-4', async () => {
    expect(await sha256(utf8(''))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(await sha256(utf8('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('hashes a part of a buffer, and not the rest of it', async () => {
    expect(await sha256(utf8('xabcx').subarray(1, 4))).toBe(await sha256(utf8('abc')))
  })

  it('has no answer in an insecure context', async () => {
    vi.stubGlobal('crypto', {})
    expect(await sha256(utf8('abc'))).toBeUndefined()
  })
})
