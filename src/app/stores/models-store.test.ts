import { describe, expect, it, vi } from 'vitest'
import { EngineError, type EngineErrorData } from '../../engine/errors'
import type {
  Engine,
  LoadProgress,
  LoadRequest,
  MemoryReport,
  ModelInfo,
  ModelReport,
  StoredModelSummary,
} from '../../engine/index'
import type { Picks } from '../model/picks'
import { createEngineStore } from './engine-store'
import { createModelsStore } from './models-store'
import { createSettingsStore } from './settings-store'

const base = 'https://page.test/app/'
const mini = `${base}models/gpt-oss-mini/`
const gptOss20b = 'https://huggingface.co/openai/gpt-oss-20b/resolve/main'
const mirror = 'https://mirror.test/20b'
const nothing = { done: 0, total: 0 }

const memoryOf = (contextTokens: number): MemoryReport => ({
  contextTokens,
  weightBytes: 1000,
  kvCacheBytes: contextTokens,
  scratchBytes: 10,
  totalBytes: 1010 + contextTokens,
  bufferCount: 3,
  largestBufferBytes: 900,
  verdict: { fit: 'unknown' },
})

interface Job {
  model: string
  report: (done: number) => void
  finish: () => void
  fail: (data: EngineErrorData) => void
}

/**
 * An engine with storage and no bytes: its downloads and loads are ended by the test, everything
 * else is answered at once.
 */
function createWorld(settled: { stored?: Record<string, number>; settings?: object } = {}) {
  const totalBytes = 100
  const stored = new Map(Object.entries(settled.stored ?? {}))
  const jobs: Job[] = []
  const loads: (LoadRequest & Job)[] = []
  const asked: string[] = []

  function job(model: string, signal: AbortSignal | undefined, onDone: (done: number) => void) {
    return new Promise<void>((resolve, reject) => {
      const entry: Job = {
        model,
        report(done) {
          stored.set(model, done)
          onDone(done)
        },
        finish() {
          stored.set(model, totalBytes)
          resolve()
        },
        fail: (data) => reject(new EngineError(data)),
      }
      signal?.addEventListener('abort', () => entry.fail({ code: 'cancelled' }))
      jobs.push(entry)
    })
  }
  const progressOf = (done: number): LoadProgress => ({
    download: { done, total: totalBytes },
    verify: nothing,
    upload: nothing,
    compile: nothing,
  })
  const summaries = (): StoredModelSummary[] =>
    [...stored].map(([model, storedBytes]) => ({
      model,
      format: 'safetensors',
      storedBytes,
      totalBytes,
      completedAt: storedBytes === totalBytes ? 1 : undefined,
      publishedCommit: undefined,
    }))

  const engine: Omit<
    Engine,
    'chat' | 'countTokens' | 'tokenTexts' | 'measure' | 'measureCopyRate'
  > = {
    async load(request, { signal, onProgress } = {}) {
      const done = request.files
        ? new Promise<void>((resolve, reject) => {
            jobs.push({
              model: request.model,
              report: () => {},
              finish: resolve,
              fail: (data) => reject(new EngineError(data)),
            })
          })
        : job(request.model, signal, (bytes) => onProgress?.(progressOf(bytes)))
      loads.push({ ...request, ...(jobs.at(-1) as Job) })
      await done
      return { model: request.model } as ModelInfo
    },
    async download({ model }, { signal, onProgress } = {}) {
      await job(model, signal, (bytes) => onProgress?.(progressOf(bytes)))
      return summaries().find((summary) => summary.model === model) as StoredModelSummary
    },
    async inspect({ model, contextTokens = 8192 }) {
      asked.push(`inspect ${model}`)
      if (model.includes('wrong'))
        throw new EngineError({ code: 'model-unsupported', file: 'config.json', problem: 'llama' })
      return {
        model: model.includes('gguf-alone') ? `${model}/x.gguf` : model,
        format: 'safetensors',
        config: { maxPositionEmbeddings: 32_768 },
        parameterCount: 7,
        files: [],
        totalBytes,
        memory: memoryOf(contextTokens),
      } as unknown as ModelReport
    },
    async assess({ contextTokens = 8192 }) {
      asked.push('assess')
      return memoryOf(contextTokens)
    },
    async checkDevice(request) {
      asked.push(`check ${request?.config ? 'model' : 'device'}`)
      const adapter = {
        ...{ vendor: 'v', architecture: '', description: '', isSoftware: false },
        subgroups: true,
      }
      return { adapter, limits: { maxBufferSize: 1, maxStorageBufferBindingSize: 1 } }
    },
    async storage() {
      const usedBytes = [...stored.values()].reduce((a, b) => a + b, 0)
      return { usedBytes, quotaBytes: 1000, isPersistent: false }
    },
    async persist() {
      asked.push('persist')
      return false
    },
    listModels: async () => summaries(),
    async verify({ model }) {
      stored.set(model, 90)
      const damaged = [{ file: 'a.safetensors', byteOffset: 20, byteLength: 10 }]
      return { verifiedBytes: 90, damaged, unhashedBytes: 0 }
    },
    async deleteWeights(model) {
      const freedBytes = stored.get(model) ?? 0
      stored.delete(model)
      return { freedBytes }
    },
  }

  const kept: Record<string, string> = {
    'alcove-settings': JSON.stringify({ state: settled.settings ?? {}, version: 0 }),
  }
  const settings = createSettingsStore(() => ({
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => {
      kept[key] = value
    },
    removeItem: () => {},
  }))
  const picked = new Map<string, readonly File[]>()
  const picks: Picks = {
    restore: async () => [],
    isOpen: (name) => picked.has(name),
    open: async (name) => picked.get(name) ?? [],
    async add({ name, files }) {
      picked.set(name, files)
      return false
    },
    remove: async (name) => void picked.delete(name),
  }
  const engineStore = createEngineStore(engine, { model: mini })
  const network = { isOnline: true }
  const timers = new Set<{ ms: number; ring: () => void }>()
  const store = createModelsStore({
    engine,
    engineStore,
    settings,
    picks,
    base,
    isOnline: () => network.isOnline,
    setTimer(ms, ring) {
      const timer = { ms, ring }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  })
  const state = store.getState
  const entry = (model: string) => state().models.find((entry) => entry.model === model)
  const nextJob = (count: number) =>
    vi.waitFor(() => {
      expect(jobs).toHaveLength(count)
      return jobs[count - 1] as Job
    })
  /** Rings the only timer; returns how long that was set for, undefined where there was none. */
  function passPause() {
    const [timer] = timers
    if (!timer) return undefined
    timers.delete(timer)
    timer.ring()
    return timer.ms
  }
  return {
    ...{ store, state, entry, settings, engineStore, jobs, loads, nextJob, asked, stored },
    ...{ network, timers, passPause },
  }
}

describe('the list of models', () => {
  it('asks nobody about the models that everybody finds', async () => {
    const { state, asked } = createWorld()
    expect(state().models.map(({ card }) => card.name)).toEqual([
      'gpt-oss-mini',
      'gpt-oss-20b',
      'gpt-oss-120b',
    ])
    await state().assess()
    expect(asked.filter((question) => question.startsWith('inspect'))).toEqual([`inspect ${mini}`])
  })

  it('grows by an address whose files have been looked at', async () => {
    const { state, entry, settings } = createWorld()
    expect(await state().addAddress(` ${mirror}/ `)).toBeUndefined()
    expect(entry(mirror)).toMatchObject({
      kind: 'address',
      totalBytes: 100,
      parameterCount: 7,
      maxContextTokens: 32_768,
      memory: { totalBytes: 9202 },
    })
    expect(settings.getState().addedModels).toEqual([{ model: mirror, label: 'mirror.test/20b' }])
  })

  it('has the GGUF of a repository that was typed, by its own address', async () => {
    const { state, entry, settings } = createWorld()
    expect(await state().addAddress('o/gguf-alone')).toBeUndefined()
    const model = 'https://huggingface.co/o/gguf-alone/resolve/main/x.gguf'
    expect(entry(model)).toMatchObject({ totalBytes: 100 })
    expect(settings.getState().addedModels).toEqual([{ model, label: 'o/gguf-alone/x.gguf' }])
  })

  it('keeps nothing of a wrong checkpoint or of what is no address', async () => {
    const { state, settings } = createWorld()
    expect(await state().addAddress('https://mirror.test/wrong')).toMatchObject({
      code: 'model-unsupported',
    })
    expect(await state().addAddress('what is this')).toMatchObject({ code: 'request-invalid' })
    expect(state().models).toHaveLength(3)
    expect(settings.getState().addedModels).toEqual([])
  })

  it('shows what is stored under an address that has left the list', async () => {
    const { state, entry } = createWorld({ stored: { [mirror]: 30 } })
    await state().refresh()
    expect(entry(mirror)).toMatchObject({
      card: { name: 'mirror.test/20b' },
      stored: { storedBytes: 30, isComplete: false },
    })
  })

  it('assesses again with another context, and keeps that choice', async () => {
    const { state, entry, settings } = createWorld()
    await state().setContextTokens(gptOss20b, 4096)
    expect(entry(gptOss20b)).toMatchObject({ contextTokens: 4096, memory: { kvCacheBytes: 4096 } })
    expect(settings.getState().contextTokens).toEqual({ [gptOss20b]: 4096 })
  })
})

describe('a download', () => {
  it('asks for lasting storage, reports, and ends on this device', async () => {
    const { state, entry, nextJob, asked } = createWorld()
    const download = state().download(gptOss20b)
    const job = await nextJob(1)
    job.report(40)
    expect(entry(gptOss20b)?.task).toMatchObject({ progress: { download: { done: 40 } } })
    job.finish()
    await download
    expect(asked).toContain('persist')
    expect(state().persistence).toBe('refused')
    expect(entry(gptOss20b)).toMatchObject({
      task: undefined,
      stored: { isComplete: true },
      outcome: { kind: 'downloaded' },
    })
  })

  it('paused keeps its share, and goes on from there', async () => {
    const { state, entry, nextJob } = createWorld()
    void state().download(gptOss20b)
    const first = await nextJob(1)
    first.report(40)
    await state().pause(gptOss20b)
    expect(entry(gptOss20b)).toMatchObject({
      task: undefined,
      error: undefined,
      stored: { storedBytes: 40, isComplete: false },
    })

    const again = state().download(gptOss20b)
    const second = await nextJob(2)
    second.finish()
    await again
    expect(entry(gptOss20b)?.stored?.isComplete).toBe(true)
  })

  it('cancelled and deleted says how much was freed', async () => {
    const { state, entry, nextJob, stored } = createWorld()
    void state().download(gptOss20b)
    const job = await nextJob(1)
    job.report(40)
    await state().deleteStored(gptOss20b)
    expect(stored.size).toBe(0)
    expect(entry(gptOss20b)).toMatchObject({
      stored: undefined,
      outcome: { kind: 'deleted', freedBytes: 40 },
    })
  })

  it('says what ended it', async () => {
    const { state, entry, nextJob } = createWorld()
    const download = state().download(gptOss20b)
    const job = await nextJob(1)
    job.report(40)
    job.fail({ code: 'storage-full', neededBytes: 60, availableBytes: 1 })
    await download
    expect(entry(gptOss20b)).toMatchObject({
      error: { code: 'storage-full' },
      stored: { storedBytes: 40 },
    })
  })

  it('that a lost network has ended goes on when that is back, and no other', async () => {
    const { state, entry, engineStore, jobs, nextJob } = createWorld()
    await state().addAddress(mirror)
    const lost = {
      code: 'network',
      url: gptOss20b,
      detail: 'net::ERR_INTERNET_DISCONNECTED',
    } as const
    const ends: [string, EngineErrorData][] = [
      [gptOss20b, lost],
      [mirror, { ...lost, isBlocked: true }],
    ]
    for (const [model, error] of ends) {
      const download = state().download(model)
      const job = await nextJob(jobs.length + 1)
      job.report(40)
      job.fail(error)
      await download
    }
    const loading = engineStore.getState().load()
    const job = await nextJob(3)
    job.fail(lost)
    await loading

    state().resumeLost()
    const load = await nextJob(4)
    const download = await nextJob(5)
    expect([load, download].map(({ model }) => model).sort()).toEqual([mini, gptOss20b].sort())
    download.finish()
    load.finish()
    await vi.waitFor(() => expect(entry(gptOss20b)?.stored?.isComplete).toBe(true))
    expect(entry(mirror)?.error).toMatchObject({ isBlocked: true })
    expect(jobs).toHaveLength(5)
  })

  describe('that is lost again when the network seems to be back', () => {
    const lost = { code: 'network', url: gptOss20b, detail: 'net::ERR_NAME_NOT_RESOLVED' } as const

    /** A world whose download has been taken up again at once, and lost again. */
    async function lostAgain() {
      const world = createWorld()
      const { state, entry, nextJob } = world
      const failNext = async (count: number) => {
        const job = await nextJob(count)
        job.report(40)
        job.fail(lost)
        await vi.waitFor(() => expect(entry(gptOss20b)?.error).toEqual(lost))
      }
      void state().download(gptOss20b)
      await failNext(1)
      state().resumeLost()
      await failNext(2)
      async function passEveryPause() {
        // A download that is taken up begins before another look at what is stored has ended.
        while (world.passPause() !== undefined) await state().refresh()
      }
      return { ...world, failNext, passEveryPause }
    }

    it('is taken up after growing pauses, for about two minutes', async () => {
      const { passPause, failNext } = await lostAgain()
      const pauses: number[] = []
      for (let pauseMs = passPause(); pauseMs !== undefined; pauseMs = passPause()) {
        pauses.push(pauseMs)
        await failNext(2 + pauses.length)
      }
      expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000])
    })

    it('is left alone while it runs, and once it has been paused', async () => {
      const { state, jobs, passPause, passEveryPause, nextJob } = await lostAgain()
      passPause()
      await nextJob(3)
      passPause()
      await state().pause(gptOss20b)
      await passEveryPause()
      expect(jobs).toHaveLength(3)
    })

    it('is left alone once it has been deleted', async () => {
      const { state, jobs, passEveryPause } = await lostAgain()
      await state().deleteStored(gptOss20b)
      await passEveryPause()
      expect(jobs).toHaveLength(2)
    })

    it('waits for the next sign of a network where that went down', async () => {
      const { state, network, jobs, timers, passPause, nextJob } = await lostAgain()
      network.isOnline = false
      passPause()
      expect([jobs.length, timers.size]).toEqual([2, 0])
      network.isOnline = true
      state().resumeLost()
      state().resumeLost()
      await nextJob(3)
      expect(timers.size).toBe(1)
    })
  })

  it('runs beside another', async () => {
    const { state, entry, nextJob } = createWorld()
    await state().addAddress(mirror)
    const both = [state().download(gptOss20b), state().download(mirror)]
    const second = await nextJob(2)
    second.finish()
    await both[1]
    expect(entry(mirror)?.stored?.isComplete).toBe(true)
    expect(entry(gptOss20b)?.task?.kind).toBe('download')
    const first = await nextJob(2).then(() => state().pause(gptOss20b))
    expect(first).toBeUndefined()
  })
})

it('names damaged pieces, which leaves the model incomplete', async () => {
  const { state, entry } = createWorld({ stored: { [gptOss20b]: 100 } })
  await state().verify(gptOss20b)
  expect(entry(gptOss20b)).toMatchObject({
    stored: { storedBytes: 90, isComplete: false },
    outcome: { kind: 'verified', report: { damaged: [{ file: 'a.safetensors' }] } },
  })
})

describe('the model in use', () => {
  it('is the bundled one at first, without waiting for anything', () => {
    const { state, loads } = createWorld()
    void state().start()
    expect(loads.map(({ model }) => model)).toEqual([mini])
  })

  it('is the last one if it is stored', async () => {
    const { state, nextJob, loads, settings } = createWorld({
      stored: { [gptOss20b]: 100 },
      settings: { lastModel: gptOss20b, contextTokens: { [gptOss20b]: 4096 } },
    })
    const started = state().start()
    const job = await nextJob(1)
    expect(loads).toMatchObject([{ model: gptOss20b, contextTokens: 4096 }])
    // Should this load take the page down, the next start must not repeat it.
    expect(settings.getState().lastModel).toBeUndefined()
    job.finish()
    await started
    expect(settings.getState().lastModel).toBe(gptOss20b)
  })

  it('is the bundled one where the last one is not whole any more', async () => {
    const { state, nextJob, loads } = createWorld({
      stored: { [gptOss20b]: 40 },
      settings: { lastModel: gptOss20b },
    })
    void state().start()
    await nextJob(1)
    expect(loads.map(({ model }) => model)).toEqual([mini])
  })

  it('can be a person’s own files', async () => {
    const { state, entry, nextJob, loads } = createWorld()
    const files = [new File(['{}'], 'config.json')]
    expect(await state().addPick({ name: 'picked:mine', files, handles: [] })).toBeUndefined()
    expect(entry('picked:mine')).toMatchObject({ kind: 'picked', isKept: false, totalBytes: 100 })
    void state().use('picked:mine')
    await nextJob(1)
    expect(loads[0]?.files).toBe(files)
  })

  it('paused while it loads keeps what has arrived', async () => {
    const { state, entry, nextJob, engineStore } = createWorld()
    void state().use(gptOss20b)
    const job = await nextJob(1)
    job.report(40)
    await state().pause(gptOss20b)
    expect(engineStore.getState().status.phase).toBe('empty')
    expect(entry(gptOss20b)?.stored?.storedBytes).toBe(40)
  })
})

it('checks the device, then each model that is known by its config', async () => {
  const { state, asked } = createWorld()
  await state().checkDevice()
  expect(asked.filter((question) => question.startsWith('check'))).toEqual([
    'check device',
    'check model',
    'check model',
  ])
  expect(state().deviceCheck).toMatchObject({
    running: false,
    device: { adapter: { vendor: 'v' } },
  })
})
