import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tinyFolder } from '../src/engine/testing/golden'
import { collect, failure } from '../src/engine/testing/memory-source'
import { openCheckpoint } from '../src/engine/weights/checkpoint'
import { createFsSource } from './fs-source'

async function folderWith(name: string, content: string) {
  const folder = await mkdtemp(join(tmpdir(), 'fs-source-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), content)
  return folder
}

describe('createFsSource', () => {
  it('opens a checkpoint on disk', async () => {
    const { tensors } = await openCheckpoint(createFsSource(fileURLToPath(tinyFolder)))
    expect(tensors.size).toBe(79)
  })

  it('reads a part', async () => {
    const source = createFsSource(await folderWith('x', '0123456789'))
    expect(await source.byteLength('x')).toBe(10)
    expect(await collect(source.read('x', 3, 7))).toEqual(new TextEncoder().encode('3456'))
  })

  it('names what is missing', async () => {
    const folder = await folderWith('x', '')
    const source = createFsSource(folder)
    const missing = { code: 'file-missing', file: 'config.json', neededBy: folder }
    expect(await failure(source.byteLength('config.json'))).toEqual(missing)
    expect(await failure(collect(source.read('config.json', 0, 1)))).toEqual(missing)
  })

  it('says when there is something else in the place of a file', async () => {
    const folder = await folderWith('x', '')
    expect(await failure(collect(createFsSource(join(folder, '..')).read('.', 0, 1)))).toEqual({
      code: 'file-invalid',
      file: '.',
      problem: 'cannot be read: EISDIR',
    })
  })

  it('notices a file that is shorter than it was', async () => {
    const folder = await folderWith('x', '0123456789')
    const source = createFsSource(folder)
    await truncate(join(folder, 'x'), 4)
    expect(await failure(collect(source.read('x', 0, 10)))).toEqual({
      code: 'file-truncated',
      file: 'x',
      expectedBytes: 10,
      receivedBytes: 4,
    })
    await appendFile(join(folder, 'x'), '456789')
    expect(await collect(source.read('x', 0, 10))).toHaveLength(10)
  })

  it('stops when cancelled', async () => {
    const source = createFsSource(await folderWith('x', '0123456789'))
    expect(await failure(collect(source.read('x', 0, 10, AbortSignal.abort())))).toEqual({
      code: 'cancelled',
    })
  })
})
