import { expect, it } from 'vitest'
import { EngineError } from '../../engine/errors'
import type { Engine, LoadRequest, ModelInfo } from '../../engine/index'
import { type BenchmarkState, createBenchmarkStore } from './benchmark-store'

/** An engine that measures at once; what happens at its first measurement a test says. */
function createWorld(first: (signal: AbortSignal | undefined) => void = () => {}) {
  const loads: LoadRequest[] = []
  const contexts: number[] = []
  const engine: Pick<Engine, 'load' | 'measure' | 'measureCopyRate'> = {
    async load(request) {
      loads.push(request)
      return { model: request.model } as ModelInfo
    },
    measureCopyRate: async () => 1e9,
    async measure({ contextTokens }, { signal } = {}) {
      contexts.push(contextTokens)
      if (contexts.length === 1) first(signal)
      const token = { dispatches: 39, neededBytes: 1e6 }
      return { cachedTokens: 0, prefillMs: 10, firstTokenMs: 11, decodeMs: 12, token }
    },
  }
  const store = createBenchmarkStore(engine, () => 1234)
  const phases: BenchmarkState['status']['phase'][] = []
  store.subscribe(({ status }) => {
    if (phases.at(-1) !== status.phase) phases.push(status.phase)
  })
  return { store, loads, contexts, phases }
}

const request = { model: 'https://example.test/model/', longestContext: 1024 }

it('loads the model with room for the longest context, and measures up to that', async () => {
  const { store, loads, contexts, phases } = createWorld()
  await store.getState().run(request)
  expect(phases).toEqual(['loading', 'measuring', 'done'])
  expect(loads).toEqual([{ model: request.model, contextTokens: 1024 + 256 + 64 }])
  expect([...new Set(contexts)]).toEqual([0, 1024])
  expect(store.getState().status).toMatchObject({
    report: { info: { model: request.model }, promptTokens: 256, measuredAt: 1234 },
  })
})

it('is idle again when it is cancelled, and can be run anew', async () => {
  const { store } = createWorld((signal) => {
    store.getState().cancel()
    if (signal?.aborted) throw new EngineError({ code: 'cancelled' })
  })
  await store.getState().run(request)
  expect(store.getState().status).toEqual({ phase: 'idle' })
  await store.getState().run(request)
  expect(store.getState().status.phase).toBe('done')
})

it('says what went wrong', async () => {
  const { store } = createWorld(() => {
    throw new EngineError({ code: 'device-lost', reason: 'sleep' })
  })
  await store.getState().run(request)
  expect(store.getState().status).toEqual({
    phase: 'failed',
    error: { code: 'device-lost', reason: 'sleep' },
  })
})

it('runs one at a time', async () => {
  const { store, loads } = createWorld()
  await Promise.all([store.getState().run(request), store.getState().run(request)])
  expect(loads).toHaveLength(1)
})
