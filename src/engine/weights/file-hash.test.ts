import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../testing/memory-source'
import { createFileHash } from './file-hash'

describe('createFileHash', () => {
  it.each([
    { text: '', digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    { text: 'abc', digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
  ])('hashes the examples of FIPS 180-4: "$text"', async ({ text, digest }) => {
    const hash = await createFileHash()
    await hash.update(utf8(text))
    expect(hash.digest()).toBe(digest)
  })

  it('hashes a file that comes in parts, several files at once', async () => {
    const bytes = Uint8Array.from({ length: 9 * 1024 * 1024 + 5 }, (_, i) => i % 251)
    const [whole, half] = [await createFileHash(), await createFileHash()]
    for (const [begin, end] of [
      [0, 3],
      [3, 1000],
      [1000, bytes.length],
    ]) {
      await whole.update(bytes.subarray(begin, end))
      await half.update(bytes.subarray(begin, Math.min(end as number, 500)))
    }
    const expected = (part: Uint8Array) => createHash('sha256').update(part).digest('hex')
    expect(whole.digest()).toBe(expected(bytes))
    expect(half.digest()).toBe(expected(bytes.subarray(0, 500)))
  })

  it('lets others run while it hashes much', async () => {
    const hash = await createFileHash()
    let turns = 0
    const others = setInterval(() => turns++, 0)
    await hash.update(new Uint8Array(64 * 1024 * 1024))
    clearInterval(others)
    expect(turns).toBeGreaterThan(1)
  })
})
