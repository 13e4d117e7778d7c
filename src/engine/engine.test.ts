import { describe, expect, it, onTestFinished } from 'vitest'
import type { LoadProgress } from './api'
import { createEngine } from './engine'
import { commit, startHub } from './testing/hub-server'
import { createMemoryLocks } from './testing/memory-locks'
import { failure, jsonFile, utf8 } from './testing/memory-source'
import {
  miniBytes,
  miniConfig,
  miniFiles,
  miniGguf,
  miniModel as model,
  openPlace,
  pickFiles,
} from './testing/place'
import { createMemoryShardStore } from './weights/memory-shard-store'

/** What the engine does without a GPU: files, storage, figures. */

const firstShard = 'model-00001-of-00002.safetensors'
const other = 'https://models.example/other'

/** Resolves when `isSo` holds; a test that waits for what never comes ends by its time limit. */
async function until(isSo: () => boolean) {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve))
}

describe('a download', () => {
  it('needs no GPU, counts to its end, and is found the next time', async () => {
    const { engine, requests, store } = openPlace()
    const progress: LoadProgress[] = []
    const onProgress = (step: LoadProgress) => void progress.push(step)
    const stored = await engine.download({ model }, { onProgress })
    const totalBytes = miniBytes()
    expect(stored).toMatchObject({ model, format: 'safetensors', storedBytes: totalBytes })
    expect(stored.completedAt).toBeGreaterThan(0)
    const none = { done: 0, total: 0 }
    const done = { done: totalBytes, total: totalBytes }
    expect(progress.at(-1)).toEqual({ download: done, verify: none, upload: none, compile: none })
    const counts = progress.map(({ download }) => download.done)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))

    requests.length = 0
    expect(await engine.download({ model })).toEqual(stored)
    expect(requests).toEqual([])
    expect(await store.list()).toHaveLength(1)
  })

  it('tells the commit whose published hashes its files have', async () => {
    const hub = await startHub({
      head: commit('a'),
      commits: new Map([[commit('a'), miniFiles()]]),
    })
    const { engine } = openPlace()
    const { publishedCommit } = await engine.download({ model })
    expect(publishedCommit).toBeUndefined()

    const store = createMemoryShardStore()
    const onHub = createEngine({ gpu: undefined, fetch, openStore: async () => store })
    const stored = await onHub.download({ model: hub.baseUrl })
    expect(stored.publishedCommit).toBe(commit('a'))
    expect(await onHub.listModels()).toEqual([stored])
  })

  it('of one model goes on while that of another waits', async () => {
    const { engine, hold } = openPlace()
    const release = hold('/other/model-')
    const slow = engine.download({ model: other })
    expect((await engine.download({ model })).completedAt).toBeDefined()
    expect((await engine.listModels()).map((stored) => stored.model)).toEqual([model])
    release()
    expect((await slow).completedAt).toBeDefined()
    expect((await engine.listModels()).map((stored) => stored.model).sort()).toEqual([model, other])
  })

  it('is cancelled for itself, and keeps what it has', async () => {
    const { engine, hold } = openPlace()
    const controller = new AbortController()
    let release: (() => void) | undefined
    let receivedBytes = 0
    const cancelled = engine.download(
      { model: other },
      {
        signal: controller.signal,
        onProgress({ download }) {
          // Headers are read by now; of the rest, this shard does not come.
          release ??= hold('/other/model-00002')
          receivedBytes = download.done
        },
      },
    )
    const sound = engine.download({ model })
    await until(() => receivedBytes > 636_584)
    controller.abort()
    expect(await failure(cancelled)).toEqual({ code: 'cancelled' })
    expect((await sound).completedAt).toBeDefined()
    const half = (await engine.listModels()).find((stored) => stored.model === other)
    expect(half?.completedAt).toBeUndefined()
    expect(half?.storedBytes).toBeGreaterThan(0)
    release?.()
    expect((await engine.download({ model: other })).completedAt).toBeDefined()
  })

  it('that is asked for twice runs once, and both hear of it', async () => {
    const { engine, hold, requests } = openPlace()
    const release = hold(firstShard)
    const heard = [0, 0]
    const both = [0, 1].map((who) =>
      engine.download(
        { model },
        {
          onProgress: ({ download }) => {
            heard[who] = download.done
          },
        },
      ),
    )
    await until(() => requests.includes(firstShard))
    release()
    const [first, second] = await Promise.all(both)
    expect(second).toEqual(first)
    expect(heard).toEqual([miniBytes(), miniBytes()])
    const small = requests.filter((name) => name === 'tokenizer.json')
    expect(small.length).toBeLessThanOrEqual(2) // its length, then its bytes
  })

  it('tells what is tried again, until something moves', async () => {
    const { engine, files } = openPlace()
    const sound = files.get(firstShard) as Uint8Array<ArrayBuffer>
    const obstacles: LoadProgress['obstacle'][] = []
    files.set(firstShard, 503)
    await engine.download(
      { model },
      {
        onProgress({ obstacle }) {
          obstacles.push(obstacle)
          if (obstacle) files.set(firstShard, sound)
        },
      },
    )
    expect(obstacles).toContainEqual({
      kind: 'retry',
      error: { code: 'http-status', url: `${model}/${firstShard}`, status: 503 },
      retryInMs: expect.any(Number),
    })
    expect(obstacles.at(-1)).toBeUndefined()
  })

  it('is refused where nothing can be kept', async () => {
    const { engine, storage } = openPlace()
    storage.isRefused = true
    expect(await failure(engine.download({ model }))).toMatchObject({ code: 'storage-refused' })
  })

  it('of a GGUF keeps that one file', async () => {
    const { engine, files, store } = openPlace()
    const [[name, bytes]] = [...miniGguf()] as [[string, Uint8Array<ArrayBuffer>]]
    files.clear()
    files.set(name, bytes)
    const gguf = `https://models.example/files/${name}`
    expect(await engine.download({ model: gguf })).toMatchObject({
      model: gguf,
      format: 'gguf',
      totalBytes: bytes.length,
    })
    const [stored] = await store.list()
    expect(stored?.files.map((file) => file.name)).toEqual([name])
  })

  it('of a GGUF in parts keeps them all', async () => {
    const { engine, files, store } = openPlace()
    files.clear()
    for (const [name, bytes] of miniGguf({ parts: 3 })) files.set(name, bytes)
    await engine.download({ model: 'https://models.example/mini-00001-of-00003.gguf' })
    const [stored] = await store.list()
    expect(stored?.files.map((file) => file.name)).toEqual([...files.keys()])
  })

  it.each([
    { what: 'another architecture', config: { model_type: 'llama' }, code: 'model-unsupported' },
    { what: 'a number that is none', config: { hidden_size: 'NaN' }, code: 'file-invalid' },
    { what: 'fewer layers than it has', config: { num_hidden_layers: 3 }, code: 'file-invalid' },
  ])('of $what keeps nothing', async ({ config, code }) => {
    const { engine, files, store } = openPlace()
    files.set('config.json', jsonFile({ ...miniConfig(), ...config }))
    expect((await failure(engine.download({ model }))).code).toBe(code)
    expect(await store.list()).toEqual([])
  })
})

describe('inspect', () => {
  it('tells what a model is made of, and keeps nothing', async () => {
    const { engine, store, requests } = openPlace()
    const report = await engine.inspect({ model, contextTokens: 1000 })
    expect(report).toMatchObject({
      model,
      format: 'safetensors',
      config: { numHiddenLayers: 4 },
      parameterCount: 1_391_280,
      totalBytes: miniBytes(),
      memory: { contextTokens: 1000 },
    })
    expect(report.files.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(miniBytes())
    expect(await store.list()).toEqual([])
    // Of the weights it has read the headers alone.
    expect(requests.filter((name) => name === firstShard).length).toBeLessThanOrEqual(3)
  })

  it('asks no server about what is stored', async () => {
    const { engine, requests } = openPlace()
    await engine.download({ model })
    requests.length = 0
    expect((await engine.inspect({ model })).totalBytes).toBe(miniBytes())
    expect(requests).toEqual([])
  })

  it('looks into files that were picked, a GGUF among them', async () => {
    const { engine, requests } = openPlace()
    const folder = await engine.inspect({ model: 'mine', files: pickFiles(miniFiles()) })
    // A GGUF is a model of its own, whatever lies beside it.
    const config: [string, Uint8Array<ArrayBuffer>] = ['config.json', utf8('{}')]
    const files = pickFiles([...miniGguf({ parts: 2 }), config])
    const gguf = await engine.inspect({ model: 'mine', files })
    expect([folder.format, gguf.format]).toEqual(['safetensors', 'gguf'])
    expect(gguf.parameterCount).toBe(folder.parameterCount)
    expect(gguf.files).toHaveLength(2)
    expect(requests).toEqual([])
  })

  it('finds the GGUF of a repository that holds nothing else, and asks where there are several', async () => {
    const commits = new Map([[commit('a'), miniGguf()]])
    const { baseUrl } = await startHub({ head: commit('a'), commits })
    const { engine } = openPlace({ fetch })
    const [name = ''] = miniGguf().keys()
    const report = await engine.inspect({ model: baseUrl })
    expect(report).toMatchObject({ model: `${baseUrl}/${name}`, format: 'gguf' })
    expect((await engine.inspect({ model: `${baseUrl}/` })).model).toBe(report.model)
    expect((await engine.inspect({ model: report.model })).files).toEqual(report.files)
    expect((await engine.download({ model: report.model })).format).toBe('gguf')

    commits.get(commit('a'))?.set('other.gguf', utf8('GGUF'))
    expect(await failure(engine.inspect({ model: baseUrl }))).toEqual({
      code: 'request-invalid',
      problem: `these are several models; choose one: ${name}, other.gguf`,
    })
  })

  it('seeks no other file where one was named, or files were picked', async () => {
    const commits = new Map([[commit('a'), miniGguf()]])
    const { baseUrl, paths } = await startHub({ head: commit('a'), commits })
    const { engine } = openPlace({ fetch })
    const named = engine.inspect({ model: `${baseUrl}/typo.gguf` })
    expect(await failure(named)).toMatchObject({ code: 'file-missing', file: 'typo.gguf' })
    expect(new Set(paths())).toEqual(new Set(['/openai/tiny/resolve/main/typo.gguf']))

    const asked = paths().length
    const files = pickFiles([['config.json', utf8('{}')]])
    const picked = engine.inspect({ model: baseUrl, files })
    expect((await failure(picked)).code).toBe('file-missing')
    expect(paths()).toHaveLength(asked)
  })

  it('works where nothing can be kept', async () => {
    const { engine, storage } = openPlace()
    storage.isRefused = true
    expect((await engine.inspect({ model })).totalBytes).toBe(miniBytes())
  })

  it('names what is wrong', async () => {
    const { engine, files } = openPlace()
    files.delete(firstShard)
    expect(await failure(engine.inspect({ model }))).toMatchObject({
      code: 'file-missing',
      file: firstShard,
    })
  })
})

describe('assess', () => {
  const config = miniConfig()

  it('tells what a config takes, also where there is no GPU, and asks for nothing', async () => {
    const { engine, requests } = openPlace()
    const memory = await engine.assess({ config, contextTokens: 1000 })
    // Keys and values of 4 layers with 2 heads of 32 halves.
    expect(memory.kvCacheBytes).toBe(1000 * 2 * 4 * 2 * 32 * 2)
    expect(memory.weightBytes).toBeGreaterThan(1_600_000)
    const { weightBytes, kvCacheBytes, scratchBytes, totalBytes } = memory
    expect(totalBytes).toBe(weightBytes + kvCacheBytes + scratchBytes)
    expect(memory.verdict).toEqual({
      fit: 'will-not-fit',
      neededBytes: totalBytes,
      cause: { code: 'webgpu-missing' },
    })
    expect(requests).toEqual([])
  })

  it.each([
    { config: 'text', error: { code: 'file-invalid' } },
    { config: { ...config, model_type: 'llama' }, error: { code: 'model-unsupported' } },
  ])('refuses a config that is none: $error.code', async ({ config, error }) => {
    const { engine } = openPlace()
    expect(await failure(engine.assess({ config }))).toMatchObject(error)
  })

  it('refuses a context that is none', async () => {
    const { engine } = openPlace()
    expect(await failure(engine.assess({ config, contextTokens: 0.5 }))).toMatchObject({
      code: 'request-invalid',
    })
  })
})

describe('verify', () => {
  it('drops what is damaged, and the next download fetches that and nothing else', async () => {
    const pieceBytes = 256 * 1024
    const { engine, requests } = openPlace({ pieceBytes })
    await engine.download({ model })
    const counted: number[] = []
    const sound = await engine.verify(
      { model },
      { onProgress: ({ done }) => void counted.push(done) },
    )
    expect(sound).toEqual({ verifiedBytes: miniBytes(), damaged: [], unhashedBytes: 0 })
    expect(counted.at(-1)).toBe(miniBytes())

    spoilBlobsOf(pieceBytes)
    const { damaged } = await engine.verify({ model })
    // Of 637 and 1 001 kB and the tokenizer, the pieces of full length.
    expect(damaged.length).toBeGreaterThan(4)
    expect(damaged).toContainEqual({
      file: firstShard,
      byteOffset: pieceBytes,
      byteLength: pieceBytes,
    })
    const lost = damaged.reduce((sum, { byteLength }) => sum + byteLength, 0)
    const [half] = await engine.listModels()
    expect(half).toMatchObject({ completedAt: undefined, storedBytes: miniBytes() - lost })
    restoreBlobs()

    requests.length = 0
    expect((await engine.download({ model })).storedBytes).toBe(miniBytes())
    const whole = damaged.map(({ file }) => file)
    expect(requests.every((name) => whole.includes(name))).toBe(true)
  })

  it('refuses a model that is not stored', async () => {
    const { engine } = openPlace()
    expect(await failure(engine.verify({ model }))).toMatchObject({ code: 'request-invalid' })
  })

  const original = Blob.prototype.arrayBuffer
  function restoreBlobs() {
    Blob.prototype.arrayBuffer = original
  }
  /** Turns a bit of every Blob of this length, as a disk might, until the test ends. */
  function spoilBlobsOf(length: number) {
    onTestFinished(restoreBlobs)
    Blob.prototype.arrayBuffer = async function (this: Blob) {
      const bytes = new Uint8Array(await original.call(this))
      if (this.size === length) bytes[7] = (bytes[7] ?? 0) ^ 1
      return bytes.buffer
    }
  }
})

describe('deleteWeights', () => {
  it('frees the bytes, and the next download fetches them again', async () => {
    const { engine, requests, store } = openPlace()
    await engine.download({ model })
    expect(await engine.deleteWeights(model)).toEqual({ freedBytes: miniBytes() })
    expect(await store.list()).toEqual([])
    expect(await engine.deleteWeights(model)).toEqual({ freedBytes: 0 })
    requests.length = 0
    await engine.download({ model })
    expect(requests).toContain(firstShard)
  })

  it('and verify are refused while the model is downloading, here or in another tab', async () => {
    const shared = { locks: createMemoryLocks(), openStore: sharedStore() }
    const here = openPlace(shared)
    const there = openPlace(shared)
    const release = here.hold(firstShard)
    const download = here.engine.download({ model })
    await until(() => here.requests.includes(firstShard))
    for (const { engine } of [here, there]) {
      expect(await failure(engine.deleteWeights(model))).toEqual({ code: 'model-busy', model })
      expect(await failure(engine.verify({ model }))).toEqual({ code: 'model-busy', model })
    }
    release()
    await download
    expect(await there.engine.deleteWeights(model)).toEqual({ freedBytes: miniBytes() })
  })

  function sharedStore() {
    const store = createMemoryShardStore()
    return async () => store
  }
})

describe('storage', () => {
  it('tells the figures, and asks for persistence where that can be asked', async () => {
    let isPersistent = false
    const { engine } = openPlace({
      storage: {
        estimate: async () => ({ usage: 5, quota: 9 }),
        persisted: async () => isPersistent,
      },
      persist: async () => {
        isPersistent = true
        return true
      },
    })
    expect(await engine.storage()).toEqual({ usedBytes: 5, quotaBytes: 9, isPersistent: false })
    expect(await engine.persist()).toBe(true)
    expect((await engine.storage()).isPersistent).toBe(true)
  })

  it('is refused, and never persistent, where there is none', async () => {
    const { engine } = openPlace()
    expect(await failure(engine.storage())).toMatchObject({ code: 'storage-refused' })
    expect(await engine.persist()).toBe(false)
  })
})
