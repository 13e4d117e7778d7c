import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFsSource } from '../../../tools/fs-source'
import { openLedger } from '../gpu/ledger'
import { type LoadedModel, loadModel } from '../model/load'
import { readModel } from '../read-model'
import { miniModelFolder } from '../testing/golden'
import { openTestGpu, type TestGpu } from '../testing/gpu'
import { openCheckpoint } from '../weights/checkpoint'
import { createGenerator } from './generate'
import { type MeasuredModel, measureCopyRate, measureGeneration } from './measure'

let gpu: TestGpu
let loaded: LoadedModel
let model: MeasuredModel

beforeAll(async () => {
  gpu = await openTestGpu()
  const checkpoint = await openCheckpoint(createFsSource(miniModelFolder.pathname))
  const { config } = readModel(checkpoint)
  const { vocabSize } = config
  const messageStart = vocabSize - 1
  loaded = await loadModel(gpu, config, checkpoint.tensors, { contextTokens: 1024 })
  const { forward } = loaded
  const generator = await createGenerator(gpu, forward, vocabSize, { messageStart })
  model = { forward, generator, vocabSize, messageStart }
})
afterAll(() => {
  loaded.destroy()
  gpu.device.destroy()
})

describe('measureGeneration', () => {
  /** Positions that prefill computed, once each, while `work` ran. */
  async function prefilled(work: () => Promise<unknown>): Promise<number[]> {
    const ledger = openLedger(gpu.device, loaded.forward.step)
    await work()
    ledger.close()
    const positions = ledger.submissions
      .filter(({ work: { rows } }) => rows > 1)
      .flatMap(({ work: { position, rows } }) =>
        Array.from({ length: rows }, (_, i) => position + i),
      )
    return [...new Set(positions)].sort((a, b) => a - b)
  }

  it('times a prompt after a context, which is prefilled only once', async () => {
    const request = { contextTokens: 600, promptTokens: 40, decodedTokens: 4, seed: 0 }
    const heard: number[] = []
    const first = await measureGeneration(gpu, model, request, {
      onProgress: ({ done }) => heard.push(done),
    })
    expect(heard).toEqual([512, 600])
    expect(first.firstTokenMs).toBeGreaterThan(first.prefillMs)
    expect(first.decodeMs).toBeGreaterThan(0)

    const again = () => measureGeneration(gpu, model, { ...request, seed: 1 })
    expect(await prefilled(again)).toEqual(Array.from({ length: 40 }, (_, i) => 600 + i))
  })

  it('says how much the cache held: nothing of another seed, whatever was measured before', async () => {
    const cached = async (promptTokens: number, seed: number) => {
      const request = { contextTokens: 0, promptTokens, decodedTokens: 0, seed }
      return (await measureGeneration(gpu, model, request)).cachedTokens
    }
    await cached(64, 10)
    expect(await cached(256, 11)).toBe(0)
    expect(await cached(300, 11)).toBe(256)
  })

  it('counts what a token asks of the device: more, the longer the context', async () => {
    const at = async (contextTokens: number) => {
      const request = { contextTokens, promptTokens: 8, decodedTokens: 1, seed: 2 }
      return (await measureGeneration(gpu, model, request)).token
    }
    const long = await at(600)
    const short = await at(0)
    expect(short?.neededBytes).toBeGreaterThan(100_000)
    expect(long?.neededBytes).toBeGreaterThan(short?.neededBytes ?? 0)
    const none = { contextTokens: 0, promptTokens: 8, decodedTokens: 0, seed: 3 }
    expect((await measureGeneration(gpu, model, none)).token).toBeUndefined()
  })

  it('refuses what it cannot do, and can be stopped', async () => {
    const request = { contextTokens: 0, promptTokens: 8, decodedTokens: 1, seed: 0 }
    const code = (wanted: string) => ({ data: expect.objectContaining({ code: wanted }) })
    await expect(
      measureGeneration(gpu, model, { ...request, promptTokens: 0 }),
    ).rejects.toMatchObject(code('request-invalid'))
    await expect(
      measureGeneration(gpu, model, { ...request, contextTokens: 1024 }),
    ).rejects.toMatchObject(code('context-full'))
    await expect(
      measureGeneration(
        gpu,
        model,
        { ...request, contextTokens: 900, seed: 9 },
        {
          signal: AbortSignal.abort(),
        },
      ),
    ).rejects.toMatchObject(code('cancelled'))
  })
})

describe('measureCopyRate', () => {
  it('is a rate that memory can have', async () => {
    const rate = await measureCopyRate(gpu)
    expect(rate).toBeGreaterThan(1e7)
    expect(rate).toBeLessThan(1e14)
  })
})
