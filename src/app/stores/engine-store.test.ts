import { describe, expect, it, vi } from 'vitest'
import { EngineError } from '../../engine/errors'
import type { Engine, LoadProgress, LoadRequest, ModelInfo } from '../../engine/index'
import { createEngineStore, type EngineStatus } from './engine-store'

const address = 'https://example.test/models/mini/'
const info = { model: address, parameterCount: 7 } as ModelInfo
const nothing = { done: 0, total: 0 }
const unsaid = new AbortController().signal

/** An engine whose loads the test ends by hand, one after another. */
function handLoaded() {
  const loads: {
    request: LoadRequest
    report: (progress: LoadProgress) => void
    finish: () => void
    fail: () => void
    cancelled: () => boolean
  }[] = []
  const engine: Pick<Engine, 'load'> = {
    load: (request, options) =>
      new Promise((resolve, reject) => {
        loads.push({
          request,
          cancelled: () => options?.signal?.aborted ?? false,
          report: (progress) => options?.onProgress?.(progress),
          finish: () => resolve({ ...info, model: request.model }),
          fail: () => reject(new EngineError({ code: 'network', url: address, detail: 'offline' })),
        })
      }),
  }
  return { engine, loads }
}

describe('the engine store', () => {
  it('is in one phase at a time on the way to ready', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const seen: EngineStatus[] = [store.getState().status]
    store.subscribe(({ status }) => seen.push(status))

    const loading = store.getState().load()
    const progress: LoadProgress = {
      download: { done: 1, total: 2 },
      verify: nothing,
      upload: nothing,
      compile: nothing,
    }
    loads[0]?.report(progress)
    loads[0]?.finish()
    await loading

    expect(seen).toEqual([
      { phase: 'empty' },
      { phase: 'loading', progress: undefined },
      { phase: 'loading', progress },
      { phase: 'ready', model: info },
    ])
  })

  it('loads once, however often it is asked while it loads', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const both = [store.getState().load(), store.getState().load()]
    expect(loads).toHaveLength(1)
    loads[0]?.finish()
    await Promise.all(both)
  })

  it('says what went wrong, and a second load can succeed', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const first = store.getState().load()
    loads[0]?.fail()
    await first
    expect(store.getState().status).toEqual({
      phase: 'failed',
      error: { code: 'network', url: address, detail: 'offline' },
    })

    const second = store.getState().load()
    loads[1]?.finish()
    await second
    expect(store.getState().status.phase).toBe('ready')
  })
})

describe('another model', () => {
  const other = 'https://example.test/models/other/'

  it('takes the place of a load under way, which has nothing more to say', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const first = store.getState().load()
    const second = store.getState().use({ model: other, contextTokens: 4096 })
    expect(loads[0]?.cancelled()).toBe(true)
    expect(loads[1]?.request).toEqual({ model: other, contextTokens: 4096 })

    loads[0]?.fail()
    await first
    expect(store.getState().status.phase).toBe('loading')
    loads[1]?.finish()
    await second
    expect(store.getState()).toMatchObject({
      target: { model: other },
      status: { phase: 'ready', model: { model: other } },
    })
  })

  it('is waited for by a question that was asked before', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const ready = store.getState().whenReady(unsaid)
    void store.getState().use({ model: other })
    loads[1]?.finish()
    await ready
  })
})

it('a cancelled load can be begun again', async () => {
  const { engine, loads } = handLoaded()
  const store = createEngineStore(engine, { model: address })
  void store.getState().load()
  void store.getState().cancel()
  expect(loads[0]?.cancelled()).toBe(true)
  expect(store.getState().status).toEqual({ phase: 'empty' })

  const again = store.getState().load()
  loads[1]?.finish()
  await again
  expect(store.getState().status.phase).toBe('ready')
})

describe('whenReady', () => {
  it('starts the load where nothing has, and resolves when it is over', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const ready = store.getState().whenReady(unsaid)
    expect(loads).toHaveLength(1)
    loads[0]?.finish()
    await ready
    await store.getState().whenReady(unsaid)
    expect(loads).toHaveLength(1)
  })

  it('waits through a failure for the retry', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    const resolved = vi.fn()
    const ready = store.getState().whenReady(unsaid).then(resolved)
    loads[0]?.fail()
    await store.getState().load()
    expect(store.getState().status.phase).toBe('failed')
    expect(resolved).not.toHaveBeenCalled()

    void store.getState().load()
    loads[1]?.finish()
    await ready
  })

  it('ends when it is aborted', async () => {
    const { engine } = handLoaded()
    const controller = new AbortController()
    const ready = createEngineStore(engine, { model: address })
      .getState()
      .whenReady(controller.signal)
    controller.abort(new EngineError({ code: 'cancelled' }))
    await expect(ready).rejects.toMatchObject({ data: { code: 'cancelled' } })
  })

  it('loads again after the engine lost its model', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, { model: address })
    void store.getState().whenReady(unsaid)
    loads[0]?.finish()
    await vi.waitFor(() => expect(store.getState().status.phase).toBe('ready'))
    store.getState().forget()
    const again = store.getState().whenReady(unsaid)
    expect(loads).toHaveLength(2)
    loads[1]?.finish()
    await again
  })
})
