import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startServer } from '../testing/file-server'
import { commit, startHub } from '../testing/hub-server'
import { collect, failure, tinyFiles, utf8 } from '../testing/memory-source'
import { createTestClock } from '../testing/test-clock'
import { createHub } from './hub'

const SHARD = 'model-00000-of-00001.safetensors'
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const openHub = (baseUrl: string) => {
  const hub = createHub(baseUrl, fetch, { clock: createTestClock() })
  if (hub === undefined) throw new Error(`${baseUrl} is no hub`)
  return hub
}

describe('createHub', () => {
  it.each([
    'https://example.com/models/gpt-oss-20b/',
    'https://huggingface.co/openai/gpt-oss-20b',
    'https://huggingface.co/openai/gpt-oss-20b/tree/main',
    './models/mini/',
  ])('sees no hub in %s', (url) => {
    expect(createHub(url, fetch)).toBeUndefined()
  })

  it('asks which commit a branch is at, and what its files are', async () => {
    const files = tinyFiles()
    const server = await startHub({ head: commit('a'), commits: new Map([[commit('a'), files]]) })
    const publication = await openHub(`${server.baseUrl}/`).publication()
    expect(publication?.commit).toBe(commit('a'))
    expect(publication?.files).toContainEqual({
      name: SHARD,
      byteLength: files.get(SHARD)?.length,
      sha256: sha256(files.get(SHARD) ?? utf8('')),
    })
    expect(publication?.files).toContainEqual({
      name: 'config.json',
      byteLength: files.get('config.json')?.length,
    })
    expect(server.paths()).toEqual([
      '/api/models/openai/tiny/revision/main',
      `/api/models/openai/tiny/tree/${commit('a')}?recursive=true`,
    ])
    for (const { headers } of server.requests) expect(headers).not.toHaveProperty('referer')
  })

  it('need not ask what commit a commit is', async () => {
    const commits = new Map([[commit('a'), tinyFiles()]])
    const server = await startHub({ head: commit('a'), commits })
    const hub = openHub(server.baseUrl.replace('main', commit('a')))
    expect((await hub.publication())?.commit).toBe(commit('a'))
    expect(server.paths().length).toBe(1)
  })

  it('reads the files of the commit, not of the branch', async () => {
    const config = (text: string) => new Map([['config.json', utf8(text)]])
    const commits = new Map([
      [commit('a'), config('older')],
      [commit('b'), config('newer')],
    ])
    const server = await startHub({ head: commit('b'), commits })
    const source = openHub(server.baseUrl).sourceOf({ commit: commit('a'), files: [] })
    expect(await collect(source.read('config.json', 0, 5))).toEqual(new Uint8Array(utf8('older')))
  })

  it('knows the files of a folder by their names in it', async () => {
    const inFolder = new Map([
      ['f16/model.gguf', utf8('x')],
      ['README.md', utf8('y')],
    ])
    const commits = new Map([[commit('a'), inFolder]])
    const server = await startHub({ head: commit('a'), commits })
    const hub = openHub(`${server.baseUrl}/f16/`)
    expect(await hub.publication()).toEqual({
      commit: commit('a'),
      files: [{ name: 'model.gguf', byteLength: 1 }],
    })
    const source = hub.sourceOf({ commit: commit('a'), files: [] })
    expect(await source.byteLength('model.gguf')).toBe(1)
  })

  it.each([
    { answer: 'not found', status: 404, body: 'Not Found' },
    { answer: 'a private repository', status: 401, body: '{"error":"Invalid username"}' },
    { answer: 'a page', status: 200, body: '<!doctype html>' },
    { answer: 'JSON of another kind', status: 200, body: '[1, null, {"sha": 7}]' },
    { answer: 'a name that is no commit', status: 200, body: '{"sha":"../../evil"}' },
    { answer: 'a server that stays broken', status: 500, body: '' },
    { answer: 'an endless answer', status: 200, body: '['.repeat(5 * 1024 * 1024) },
  ])('claims nothing after $answer', async ({ status, body }) => {
    const { baseUrl } = await startServer((_request, response) => {
      response.writeHead(status).end(body)
    })
    const hub = openHub(baseUrl.replace('/models/tiny', '/openai/tiny/resolve/main'))
    expect(await hub.publication()).toBeUndefined()
  })

  it('claims nothing where nobody answers', async () => {
    const hub = openHub('http://127.0.0.1:9/openai/tiny/resolve/main')
    expect(await hub.publication()).toBeUndefined()
  })

  it('names the commit where its files are not listed', async () => {
    const { baseUrl } = await startServer((request, response) => {
      const isRevision = request.url?.includes('/revision/')
      response.writeHead(isRevision ? 200 : 404).end(JSON.stringify({ sha: commit('c') }))
    })
    const hub = openHub(baseUrl.replace('/models/tiny', '/openai/tiny/resolve/main'))
    expect(await hub.publication()).toEqual({ commit: commit('c'), files: [] })
  })

  it('asks a busy hub again', async () => {
    let requests = 0
    const { baseUrl } = await startServer((_request, response) => {
      const isBusy = requests++ % 2 === 0
      response.writeHead(isBusy ? 503 : 200).end(JSON.stringify({ sha: commit('d') }))
    })
    const hub = openHub(baseUrl.replace('/models/tiny', '/openai/tiny/resolve/main'))
    expect((await hub.publication())?.commit).toBe(commit('d'))
    expect(requests).toBe(4)
  })

  it('stops when cancelled', async () => {
    const hub = openHub('http://127.0.0.1:9/openai/tiny/resolve/main')
    expect(await failure(hub.publication(AbortSignal.abort()))).toEqual({ code: 'cancelled' })
  })
})
