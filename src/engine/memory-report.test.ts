import { describe, expect, it } from 'vitest'
import { type MemoryEvidence, reportMemory, reportWithoutDevice } from './memory-report'
import { parseConfig } from './model/config'
import { type DeviceTraits, planMemory } from './model/memory-plan'
import { expectedTensors } from './model/weights'
import { namedRecipe } from './testing/synthetic-shapes'

const config = parseConfig(namedRecipe('gpt-oss-20b')?.config)
const tensors = expectedTensors(config)
const model = { config, tensors, contextTokens: 8192 }

function device(bytes: number): DeviceTraits {
  return { limits: { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes } }
}
const large = device(2 ** 31)
const nothingTried: MemoryEvidence = { grantedBytes: 0, refusedBytes: Number.POSITIVE_INFINITY }

/** What gpt-oss-20b takes with so much context, prefilled in the chunks it would like. */
const wanted = (contextTokens: number) =>
  planMemory(config, tensors, large, { contextTokens }).totalBytes
/** The least that it takes with so much context, in short chunks. */
const needed = (contextTokens: number) =>
  planMemory(config, tensors, large, { contextTokens, withinBytes: 0 }).totalBytes

describe('the report of gpt-oss-20b', () => {
  it('has the figures of its memory plan', () => {
    const report = reportMemory(model, large, nothingTried)
    const { weightBytes, kvCacheBytes, scratchBytes, totalBytes } = report
    expect(totalBytes).toBe(wanted(8192))
    expect(totalBytes).toBe(weightBytes + kvCacheBytes + scratchBytes)
    expect(report.contextTokens).toBe(8192)
    // The embedding and the unembedding are the largest tensors: 201088 rows of 2880 in bf16.
    expect(report.largestBufferBytes).toBe(1_158_266_880)
    expect(report.bufferCount).toBeGreaterThan(400)
  })

  it.each([
    { what: 'nobody has tried', evidence: nothingTried, verdict: { fit: 'unknown' } },
    {
      what: 'less was granted and nothing refused',
      evidence: { ...nothingTried, grantedBytes: needed(8192) - 1 },
      verdict: { fit: 'unknown' },
    },
    {
      what: 'as much was granted',
      evidence: { ...nothingTried, grantedBytes: wanted(8192) },
      verdict: { fit: 'fits' },
    },
    {
      what: 'only more than this was refused',
      evidence: { grantedBytes: needed(8192), refusedBytes: needed(8192) + 1 },
      verdict: { fit: 'fits' },
    },
    {
      what: 'as much as 4K of context takes was granted, and no more',
      evidence: { grantedBytes: needed(4096), refusedBytes: needed(4096) + 1 },
      verdict: { fit: 'fits-with-context', contextTokens: 4096 },
    },
    {
      what: 'almost as much as 4K of context takes was granted',
      evidence: { grantedBytes: needed(4096) - 1, refusedBytes: needed(4096) },
      verdict: { fit: 'fits-with-context', contextTokens: 3072 },
    },
    {
      what: 'the context that was granted is too short to be of use',
      evidence: { grantedBytes: needed(1023), refusedBytes: needed(1024) },
      verdict: {
        fit: 'will-not-fit',
        neededBytes: needed(8192),
        cause: {
          code: 'device-out-of-memory',
          contextTokens: 8192,
          weightBytes: 13_775_206_656,
          kvCacheBytes: 12 * 2048 * (8192 + 384 + 16 * 128),
          scratchBytes: expect.any(Number),
          totalBytes: needed(8192),
        },
      },
    },
  ])('says $verdict.fit when $what', ({ evidence, verdict }) => {
    expect(reportMemory(model, large, evidence).verdict).toEqual(verdict)
  })

  it('offers the context that a limit leaves, where it is the cache that passes it', () => {
    // A position takes 1 KiB in a layer's keys: 64 Ki positions in 64 MiB.
    const asked = { ...model, contextTokens: 131_072 }
    expect(reportMemory(asked, device(2 ** 26), nothingTried).verdict).toEqual({
      fit: 'fits-with-context',
      contextTokens: 65_536,
    })
  })

  it('names the limit that no context stays within', () => {
    const oneLayer = { ...config, numHiddenLayers: 1, layerTypes: config.layerTypes.slice(0, 1) }
    const small = { ...model, config: oneLayer, tensors: expectedTensors(oneLayer) }
    // One expert of gate and up takes 8.3 MB.
    expect(reportMemory(small, device(2 ** 22), nothingTried).verdict).toMatchObject({
      fit: 'will-not-fit',
      neededBytes: expect.any(Number),
      cause: { code: 'limit-exceeded', limit: 'maxBufferSize', offered: 2 ** 22 },
    })
  })

  it('has figures where there is no device at all', () => {
    const report = reportWithoutDevice(model, { code: 'webgpu-missing' })
    expect(report.weightBytes).toBe(13_775_206_656)
    expect(report.verdict).toEqual({
      fit: 'will-not-fit',
      neededBytes: report.totalBytes,
      cause: { code: 'webgpu-missing' },
    })
  })
})
