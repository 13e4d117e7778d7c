import { describe, expect, it, vi } from 'vitest'
import { EngineError } from '../../engine/errors'
import type { Engine, LoadProgress, ModelInfo } from '../../engine/index'
import { createEngineStore, type EngineStatus } from './engine-store'

const address = 'https://example.test/models/mini/'
const info = { model: address, parameterCount: 7 } as ModelInfo
const unsaid = new AbortController().signal

/** An engine whose loads the test ends by hand, one after another. */
function handLoaded() {
  const loads: { report: (p: LoadProgress) => void; finish: () => void; fail: () => void }[] = []
  const engine: Pick<Engine, 'load'> = {
    load: (request, options) =>
      new Promise((resolve, reject) => {
        expect(request.model).toBe(address)
        loads.push({
          report: (progress) => options?.onProgress?.(progress),
          finish: () => resolve(info),
          fail: () => reject(new EngineError({ code: 'network', url: address, detail: 'offline' })),
        })
      }),
  }
  return { engine, loads }
}

describe('the engine store', () => {
  it('is in one phase at a time on the way to ready', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, address)
    const seen: EngineStatus[] = [store.getState().status]
    store.subscribe(({ status }) => seen.push(status))

    const loading = store.getState().load()
    const progress: LoadProgress = { phase: 'download', done: 1, total: 2 }
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
    const store = createEngineStore(engine, address)
    const both = [store.getState().load(), store.getState().load()]
    expect(loads).toHaveLength(1)
    loads[0]?.finish()
    await Promise.all(both)
  })

  it('says what went wrong, and a second load can succeed', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, address)
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

describe('whenReady', () => {
  it('starts the load where nothing has, and resolves when it is over', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, address)
    const ready = store.getState().whenReady(unsaid)
    expect(loads).toHaveLength(1)
    loads[0]?.finish()
    await ready
    await store.getState().whenReady(unsaid)
    expect(loads).toHaveLength(1)
  })

  it('waits through a failure for the retry', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, address)
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
    const ready = createEngineStore(engine, address).getState().whenReady(controller.signal)
    controller.abort(new EngineError({ code: 'cancelled' }))
    await expect(ready).rejects.toMatchObject({ data: { code: 'cancelled' } })
  })

  it('loads again after the engine lost its model', async () => {
    const { engine, loads } = handLoaded()
    const store = createEngineStore(engine, address)
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
