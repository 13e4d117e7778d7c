import { expect, it, onTestFinished } from 'vitest'
import { createHub } from '../weights/hub'
import { listen, type ServedSource, serveSource } from './http-server'
import { memorySource } from './memory-source'

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) & 255)
const source: ServedSource = {
  ...memorySource(new Map([['model.safetensors', bytes]])),
  files: ['model.safetensors'],
}

async function start(hashes?: ReadonlyMap<string, string>): Promise<string> {
  const { port, close } = await listen(serveSource(source, hashes))
  onTestFinished(close)
  return `http://127.0.0.1:${port}`
}

it.each(['', '/openai/gpt-oss-20b/resolve/main'])('serves ranges under "%s"', async (folder) => {
  const url = `${await start()}${folder}/model.safetensors`
  const part = await fetch(url, { headers: { Range: 'bytes=1001-3999' } })
  expect(part.status).toBe(206)
  expect(part.headers.get('content-range')).toBe('bytes 1001-3999/5000')
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(1001, 4000))

  const whole = await fetch(url)
  expect(whole.status).toBe(200)
  expect(whole.headers.get('access-control-allow-origin')).toBe('*')
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes)

  const head = await fetch(url, { method: 'HEAD' })
  expect(head.headers.get('content-length')).toBe('5000')
  const beyond = await fetch(url, { headers: { Range: 'bytes=5000-' } })
  expect(beyond.status).toBe(416)
})

it('answers 404 for a file that it does not have', async () => {
  expect((await fetch(`${await start()}/config.json`)).status).toBe(404)
})

it('answers the questions that the engine asks a hub', async () => {
  const base = await start(new Map([['model.safetensors', 'abcdef'.repeat(11).slice(0, 64)]]))
  const hub = createHub(`${base}/openai/gpt-oss-20b/resolve/main/`, fetch)
  const publication = await hub?.publication()
  expect(publication?.commit).toMatch(/^[0-9a-f]{40}$/)
  expect(publication?.files).toEqual([
    {
      name: 'model.safetensors',
      byteLength: 5000,
      sha256: 'abcdef'.repeat(11).slice(0, 64),
    },
  ])
})
