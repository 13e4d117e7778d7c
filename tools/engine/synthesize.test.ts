import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { tinyFolder } from '../../src/engine/testing/golden'
import { parseOptions } from './options'
import { synthesize } from './synthesize'
import { entry, temporaryFolder } from './testing'

it('writes the golden checkpoint as it is stored', async () => {
  const folder = join(temporaryFolder(), 'tiny')
  const { files } = await synthesize(parseOptions(['--shape', 'tiny', '--out', folder]))
  for (const { file, byteLength } of files) {
    const written = readFileSync(join(folder, file))
    expect(written.length).toBe(byteLength)
    if (file.endsWith('.safetensors'))
      expect(written.equals(readFileSync(new URL(file, tinyFolder)))).toBe(true)
  }
})

it('serves a checkpoint of 14 GB as a hub does, and keeps nothing of it', {
  timeout: 60_000,
}, async () => {
  const args = [entry, 'synthesize', '--shape', 'gpt-oss-20b', '--serve']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const { value: url } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/openai\/gpt-oss-20b\/resolve\/main\/$/)
  const answer = await fetch(`${url}model-00002-of-00002.safetensors`, {
    headers: { Range: 'bytes=4170000000-4170000999' },
  })
  expect(answer.headers.get('content-range')).toBe('bytes 4170000000-4170000999/4170342232')
  expect((await answer.arrayBuffer()).byteLength).toBe(1000)
})

it.each([
  { args: ['--shape', 'gpt-oss-7b', '--serve'], problem: /gpt-oss-20b, gpt-oss-120b, S/ },
  { args: ['--shape', 'S'], problem: /one of --out and --serve must be given/ },
  { args: ['--shape', 'S', '--format', 'onnx', '--serve'], problem: /safetensors and gguf/ },
])('refuses $args', async ({ args, problem }) => {
  await expect(synthesize(parseOptions(args))).rejects.toMatchObject({
    data: { code: 'request-invalid', problem: expect.stringMatching(problem) },
  })
})
