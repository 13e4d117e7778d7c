import { describe, expect, it } from 'vitest'
import type { Engine, MeasureRequest } from '../../engine/index'
import { type BenchmarkProgress, runBenchmark } from './benchmark'
import { spreadOf } from './spread'

/** An engine whose rounds take ever less time, from a first one that is slow. */
function createMeasured() {
  const requests: MeasureRequest[] = []
  const engine: Pick<Engine, 'measure' | 'measureCopyRate'> = {
    measureCopyRate: async () => 4e9,
    async measure(request, options) {
      requests.push(request)
      options?.onProgress?.({ done: request.contextTokens, total: request.contextTokens })
      const decodeMs = request.seed === 0 ? 9000 : 200 / request.seed
      const prefillMs = request.seed === 0 ? 9000 : 100
      const token = { dispatches: 39, neededBytes: 20e6 }
      return { cachedTokens: 0, prefillMs, firstTokenMs: prefillMs + 5, decodeMs, token }
    },
  }
  return { engine, requests }
}

const plan = {
  contexts: [0, 1024],
  promptTokens: 64,
  decodedTokens: 20,
  rounds: 3,
  spentMs: 60_000,
}

describe('runBenchmark', () => {
  it('leaves the first round out, and never measures a prompt twice', async () => {
    const { engine, requests } = createMeasured()
    const { copyBytesPerSecond, speeds } = await runBenchmark(engine, plan)
    expect(copyBytesPerSecond).toBe(4e9)
    expect(speeds.map(({ contextTokens }) => contextTokens)).toEqual([0, 1024])
    // 20 tokens in 200, 100 and 66.7 ms.
    expect(speeds[0]?.decode?.tokensPerSecond).toEqual({ median: 200, low: 150, high: 250 })
    expect(speeds[0]?.prefill).toEqual({ median: 640, low: 640, high: 640 })
    expect(speeds[0]?.firstTokenMs.median).toBe(105)
    // 200 tokens a second of 20 MB each, where 4 GB a second can be copied.
    expect(speeds[0]?.decode?.shareOfCopy).toBe(1)
    const prompts = requests.map(({ contextTokens, seed }) => `${contextTokens}/${seed}`)
    expect(new Set(prompts).size).toBe(requests.length)
  })

  it('reports how far it is, to the end', async () => {
    const { engine } = createMeasured()
    const heard: BenchmarkProgress[] = []
    await runBenchmark(engine, plan, { onProgress: (progress) => heard.push(progress) })
    const done = heard.map((progress) => progress.done)
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(heard.at(-1)).toEqual({ done: 7, total: 8, contextTokens: 1024, prefilledTokens: 1024 })
  })

  it('measures once at least where it takes long', async () => {
    const { engine, requests } = createMeasured()
    const { speeds } = await runBenchmark(engine, { ...plan, contexts: [0], spentMs: 0 })
    expect(requests).toHaveLength(2)
    expect(speeds[0]?.decode?.tokensPerSecond.median).toBe(100)
  })

  it('says nothing of a share where the ceiling is not known', async () => {
    const { engine } = createMeasured()
    const unknown = { ...engine, measureCopyRate: async () => undefined }
    const { speeds } = await runBenchmark(unknown, plan)
    expect(speeds[0]?.decode?.shareOfCopy).toBeUndefined()
  })
})

describe('spreadOf', () => {
  it('takes what lies between two values where there is none in the middle', () => {
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1.75, high: 3.25 })
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 })
  })
})
