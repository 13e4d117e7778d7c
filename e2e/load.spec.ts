/**
 * What bench:load measures with gpt-oss-20b, here with a model of 300 MB: it streams from a server into
 * storage and onto the GPU, and from storage alone once the browser has been restarted.
 */
import { createHash } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { type LoadReport, measureLoad, type WarmRound } from '../bench/load/measure'
import { syntheticSource } from '../src/engine/testing/synthetic-checkpoint'
import { namedRecipe } from '../src/engine/testing/synthetic-shapes'

/** JavaScript heap and array buffers above idle, whatever the size of the model. */
const MAX_HEAP_BYTES = 300e6

test('a model streams into storage and onto the GPU, and comes back without a server', async () => {
  const testInfo = test.info()
  testInfo.setTimeout(300_000)
  const report = await measureLoad({
    checkpoint: ['--shape', 'S', '--layers', '2', '--vocab', '140000'],
    adapter: 'swiftshader',
    contextTokens: 128,
    profile: testInfo.outputPath('profile'),
    hashed: true,
    holdsMemory: false,
  })

  const { cold, pieces } = report
  const { warm, blobs } = report.rounds[0] as WarmRound
  expect(blobs.byteLength).toBeGreaterThan(290e6)
  expect(cold.load.info).toMatchObject({ fromStorage: false, isStored: true })
  expect(cold.token?.completionTokens).toBe(1)
  expect(cold.peakHeapBytes - cold.idleHeapBytes).toBeLessThan(MAX_HEAP_BYTES)

  expect(warm.load.info.fromStorage).toBe(true)
  expect(warm.connections).toBe(0)
  expect(warm.token?.completionTokens).toBe(1)
  expect(warm.peakHeapBytes - warm.idleHeapBytes).toBeLessThan(MAX_HEAP_BYTES)

  for (const stored of await servedPieces(pieces)) {
    expect(stored.sha256, `piece ${stored.piece} of ${stored.file}`).toBe(stored.servedSha256)
  }

  // A share of a rate is too coarse to be held to where other tests have just used the disk.
  const blobRate = blobs.byteLength / blobs.elapsedMs
  const warmRate = blobs.byteLength / (warm.load.uploadedMs - warm.load.startedMs)
  testInfo.annotations.push({
    type: 'warm upload',
    description: `${Math.round(warmRate / 1e3)} MB/s of ${Math.round(blobRate / 1e3)} MB/s`,
  })
})

/** Stored pieces with the SHA-256 of the bytes that were served in their place. */
async function servedPieces(stored: LoadReport['pieces']) {
  const recipe = namedRecipe('S', { layers: 2, vocabSize: 140_000 })
  if (!recipe) throw new Error('there is no shape S')
  const source = syntheticSource(recipe)
  const pieces = []
  for (const { file, piece, byteLength, sha256 } of stored) {
    const begin = stored
      .filter((other) => other.file === file && other.piece < piece)
      .reduce((sum, other) => sum + other.byteLength, 0)
    const hash = createHash('sha256')
    for await (const bytes of source.read(file, begin, begin + byteLength)) hash.update(bytes)
    pieces.push({ file, piece, sha256, servedSha256: hash.digest('hex') })
  }
  const total = await Promise.all(source.files.map((file) => source.byteLength(file)))
  expect(stored.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(
    total.reduce((a, b) => a + b),
  )
  return pieces
}
